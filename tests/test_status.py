"""What a person is shown of a login, in words and as a table, and never a secret."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from IPython.lib.pretty import pretty
from pydantic import SecretStr

from spotantic_nb._choices import Flow
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.settings import AuthSettings
from spotantic_nb.status import Status

ADA = {"id": "1", "name": "Ada"}


def _html(status: Status) -> str:
    return status._repr_html_()


def _token(*, left: timedelta = timedelta(minutes=30, seconds=30), **fields: object) -> AccessTokenInfo:
    reply = {"access_token": "PLANTED-secret-access", "token_type": "Bearer", "expires_in": 3600}
    return AccessTokenInfo.model_validate({**reply, "expires_at": datetime.now(UTC) + left, **fields})


def _status(token: AccessTokenInfo | None, *, scope: str | None = None, flow: Flow = "pkce") -> Status:
    settings = AuthSettings(client_id="PLANTED-id", client_secret="PLANTED-secret", scope=scope)
    return Status.of(settings, token, flow=flow, kept_in="/project/.spotantic/token.json")


class TestSignedOut:
    def test_it_says_so(self) -> None:
        status = _status(None)
        assert (status.state, status.message) == ("signed out", "Not signed in.")

    def test_without_a_client_id_it_is_not_even_set_up(self) -> None:
        status = Status.of(AuthSettings(), None, flow=None, kept_in="")
        assert (status.state, "SPOTANTIC_AUTH_CLIENT_ID is not set" in status.message) == ("not set up", True)

    def test_the_table_shows_what_is_known_and_no_empty_rows(self) -> None:
        assert _status(None).rows() == [
            ("Status", "Not signed in."),
            ("Service", "https://accounts.spotify.com"),
            ("Settings", "client_id (argument), client_secret (argument), scope (argument)"),
        ]


class TestSignedIn:
    def test_it_says_who_and_until_when_in_local_time(self) -> None:
        token = _token(account=ADA)
        assert token.expires_at
        until = f"{token.expires_at.astimezone():%H:%M:%S}"
        assert _status(token).message == f"Signed in as Ada, valid until {until}."

    def test_without_an_account_it_names_nobody(self) -> None:
        assert re.fullmatch(r"Signed in, valid until \d\d:\d\d:\d\d\.", _status(_token()).message)

    @pytest.mark.parametrize(("account", "who"), [(ADA, "Signed in as Ada"), (None, "Signed in")])
    def test_a_token_that_is_over_will_be_renewed(self, account: object, who: str) -> None:
        status = _status(_token(left=timedelta(seconds=-1), account=account, refresh_token="AQ"))
        assert (status.state, status.message) == ("signed in", f"{who}; the token is renewed at its next use.")

    def test_an_apps_own_token_that_expired_is_renewed_as_well(self) -> None:
        status = _status(_token(left=timedelta(seconds=-1)), flow="client")
        assert (status.state, status.message) == ("signed in", "Signed in; the token is renewed at its next use.")

    def test_a_persons_token_that_expired_without_a_refresh_token_needs_a_new_login(self) -> None:
        status = _status(_token(left=timedelta(seconds=-1), account=ADA))
        assert status.state == "log in again"
        assert status.message == "The token expired, and came without a refresh token. Log in again."

    @pytest.mark.parametrize("left", [timedelta(hours=1), timedelta(seconds=-1)])
    def test_a_consent_that_ended_needs_a_new_login_and_says_how_long_the_token_still_works(
        self, left: timedelta
    ) -> None:
        ended = datetime(2026, 11, 20, 12, tzinfo=UTC)
        status = _status(_token(left=left, account=ADA, refresh_token="AQ", ended_at=ended, authorized_at=ended))
        assert status.state == "log in again"
        assert status.message.startswith("The consent ended or was withdrawn (2026-11-20). Log in again.")
        assert ("The token that you have works until" in status.message) == (left > timedelta())
        assert dict(status.rows())["Consent ends"].endswith("(past)")

    def test_the_table_has_a_row_for_all_that_is_known(self) -> None:
        token = _token(account=ADA, scope="user-top-read streaming", authorized_at=datetime.now(UTC))
        rows = dict(_status(token, scope="streaming user-library-read").rows())
        assert list(rows) == [
            *("Status", "Account", "Flow", "Granted", "Missing", "Token valid until", "Consent ends"),
            *("Kept in", "Service", "Settings"),
        ]
        assert (rows["Account"], rows["Flow"], rows["Kept in"]) == ("Ada", "pkce", "/project/.spotantic/token.json")
        assert (rows["Granted"], rows["Missing"]) == ("streaming user-top-read", "user-library-read")

    def test_an_apps_own_token_lacks_no_scope(self) -> None:
        status = _status(_token(), scope="streaming", flow="client")
        assert (status.flow, status.missing) == ("client", ())

    @pytest.mark.parametrize(
        ("left", "words"),
        [
            (timedelta(days=179, minutes=1), "%Y-%m-%d (in 179 days)"),
            (timedelta(days=1, minutes=1), "%Y-%m-%d (in 24 hours)"),
            (timedelta(hours=23, minutes=59, seconds=30), "%H:%M (in 23 hours)"),
            (timedelta(minutes=30, seconds=30), "%H:%M (in 30 minutes)"),
            (timedelta(seconds=1, milliseconds=500), "%H:%M (in 1 second)"),
            (timedelta(seconds=-30), "%Y-%m-%d %H:%M (past)"),
            (timedelta(days=-3), "%Y-%m-%d %H:%M (past)"),
        ],
    )
    def test_a_moment_is_shown_in_local_time_with_its_distance(self, left: timedelta, words: str) -> None:
        status = _status(_token(left=left))
        assert status.expires_at
        assert dict(status.rows())["Token valid until"] == f"{status.expires_at.astimezone():{words}}"


class TestNow:
    def test_a_login_on_its_way_is_waited_for(self) -> None:
        now = _status(None).now(waiting=True, message="", notices=())
        assert (now.state, now.message) == ("waiting", "Waiting for your answer on Spotify's page.")

    @pytest.mark.parametrize("waiting", [True, False])
    def test_the_last_words_are_what_counts(self, waiting: bool) -> None:  # noqa: FBT001
        now = _status(None).now(waiting=waiting, message="The login was cancelled.", notices=())
        assert now.message == "The login was cancelled."

    def test_with_nothing_going_on_nothing_changes(self) -> None:
        status = _status(_token(account=ADA))
        assert status.now(waiting=False, message="", notices=()) == status

    def test_notices_are_shown_once_each_in_their_order(self) -> None:
        now = _status(None).now(waiting=False, message="", notices=["b", "a", "b"])
        assert [row for row in now.rows() if row[0] == "Note"] == [("Note", "b"), ("Note", "a")]


class TestShowing:
    @pytest.mark.parametrize("show", [str, pretty])
    def test_as_text_the_labels_stand_in_a_column(self, show: Callable[[object], str]) -> None:
        assert show(_status(None)) == (
            "Status    Not signed in.\n"
            "Service   https://accounts.spotify.com\n"
            "Settings  client_id (argument), client_secret (argument), scope (argument)"
        )

    def test_as_html_every_row_is_a_row(self) -> None:
        status = _status(_token(account=ADA))
        cells = re.findall(r"<tr><th [^>]*>([^<]*)</th><td [^>]*>([^<]*)</td></tr>", _html(status))
        assert cells == status.rows()

    def test_as_html_nothing_is_taken_for_markup(self) -> None:
        nasty = {"id": "1", "name": "<script>alert('1')</script>"}
        shown = _html(_status(_token(account=nasty)).now(waiting=False, message="", notices=['<img src="x">']))
        assert "<script" not in shown
        assert "<img" not in shown
        assert "&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;" in shown

    @pytest.mark.parametrize("show", [repr, str, pretty, _html, "{}".format])
    def test_no_secret_is_ever_shown(self, show: Callable[[Status], str]) -> None:
        status = _status(_token(account=ADA, refresh_token="PLANTED-secret-refresh"))
        assert "Ada" in show(status)
        assert "PLANTED" not in show(status)


@pytest.mark.parametrize(
    ("months_ago", "said"), [(1, ""), (5.2, "The consent ends in "), (6.5, "The consent ends any day now")]
)
def test_the_end_of_the_consent_is_warned_of_from_thirty_days_before(months_ago: float, said: str) -> None:
    given = datetime.now(UTC) - timedelta(days=30.5 * months_ago)
    token = AccessTokenInfo(
        access_token=SecretStr("x"), token_type="Bearer", expires_in=3600, authorized_at=given, scope="s"
    )
    message = Status.of(AuthSettings(), token, flow="pkce", kept_in="").message
    assert ("The consent" in message) == bool(said)
    assert said in message


def test_a_consent_of_unknown_date_is_called_unknown() -> None:
    token = AccessTokenInfo(access_token=SecretStr("x"), token_type="Bearer", expires_in=3600)
    rows = dict(Status.of(AuthSettings(), token, flow="pkce", kept_in="").rows())
    assert rows["Consent ends"] == "unknown"
    assert "Consent ends" not in dict(Status.of(AuthSettings(), token, flow="client", kept_in="").rows())
