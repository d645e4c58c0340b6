"""Tokens and request parameters: what they keep, what they send, what they never show."""

import errno
import json
import os
import stat
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import NoReturn

import pytest
from IPython.lib.pretty import pretty
from pydantic import BaseModel, HttpUrl, SecretStr, ValidationError

from spotantic_nb import models
from spotantic_nb.errors import NotLoggedInError, TokenStoreError
from spotantic_nb.models import AccessTokenInfo, AccessTokenRequestBody, Account, AuthCodeRequestParams

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

URIS = [
    "http://127.0.0.1:80/x",
    "http://127.0.0.1:8000",
    "https://Example.COM/Callback",
    "https://example.com:443",
    "http://[::1]:8080/cb?app=%7e&x=1",
]
"""Redirect URIs that a URL library would rewrite; Spotify compares exactly (RFC 6749, section 3.1.2.3)."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still."""
    monkeypatch.setattr(models, "_now", lambda: NOW)


@pytest.fixture
def five_hours_behind() -> Iterator[None]:
    """Local time is UTC-5."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "XYZ5")
        time.tzset()
        yield
    time.tzset()


def token(**fields: object) -> AccessTokenInfo:
    """Return a token as the token endpoint sends it, with some fields changed."""
    reply = {"access_token": "PLANTED-secret-access", "token_type": "Bearer", "expires_in": 3600}
    return AccessTokenInfo.model_validate({**reply, **fields})


def body(**fields: object) -> AccessTokenRequestBody:
    """Return the form of a code exchange, with some fields changed."""
    form = {
        "grant_type": "authorization_code",
        "code": "PLANTED-secret-code",
        "redirect_uri": "http://127.0.0.1:8000",
        "client_id": "PLANTED-secret-app",
        "code_verifier": "PLANTED-secret-verifier",
        "refresh_token": "PLANTED-secret-refresh",
    }
    return AccessTokenRequestBody.model_validate({**form, **fields})


def params(**fields: object) -> AuthCodeRequestParams:
    """Return the query of an authorization request, with some fields changed."""
    query = {
        "client_id": "PLANTED-secret-app",
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:8000",
        "scope": "user-top-read",
        "state": "PLANTED-secret-state",
    }
    return AuthCodeRequestParams.model_validate({**query, **fields})


class TestAccessTokenInfo:
    @pytest.mark.parametrize("field", ["scope", "refresh_token", "authorized_at", "account"])
    def test_what_a_reply_may_leave_out_is_none(self, field: str) -> None:
        assert getattr(token(), field) is None

    @pytest.mark.parametrize("field", ["access_token", "token_type", "expires_in"])
    def test_what_a_reply_must_hold_is_asked_for(self, field: str) -> None:
        reply = json.loads(token().model_dump_json(exclude={field}))
        with pytest.raises(ValidationError, match=rf"(?m)^{field}$"):
            AccessTokenInfo.model_validate(reply)

    @pytest.mark.parametrize("written", ["Bearer", "bearer", "BEARER", "bEaReR"])
    def test_the_token_type_is_compared_without_case(self, written: str) -> None:
        assert token(token_type=written).token_type == "Bearer"

    @pytest.mark.parametrize("written", ["mac", "", "Bearer ", None, 7])
    def test_another_token_type_is_refused(self, written: object) -> None:
        with pytest.raises(ValidationError, match="token_type"):
            token(token_type=written)

    @pytest.mark.usefixtures("clock")
    def test_a_new_token_ends_expires_in_seconds_from_now(self) -> None:
        assert token(expires_in=3600).expires_at == NOW + timedelta(hours=1)

    def test_the_real_clock_is_aware_and_in_utc(self) -> None:
        end = token(expires_in=3600).expires_at
        assert end
        assert end.tzinfo is UTC
        assert timedelta(minutes=59) < end - datetime.now(UTC) <= timedelta(hours=1)

    def test_an_end_that_is_given_is_kept(self) -> None:
        assert token(expires_at=NOW).expires_at == NOW

    def test_an_end_in_another_zone_is_turned_into_utc(self) -> None:
        end = token(expires_at=datetime(2026, 11, 24, 14, 0, tzinfo=timezone(timedelta(hours=2)))).expires_at
        assert end
        assert (end, end.tzinfo) == (NOW, UTC)

    @pytest.mark.usefixtures("five_hours_behind")
    @pytest.mark.parametrize("field", ["expires_at", "authorized_at"])
    def test_a_naive_moment_is_read_as_local_time(self, field: str) -> None:
        moment = getattr(token(**{field: "2026-11-24T07:00:00"}), field)
        assert (moment, moment.tzinfo) == (NOW, UTC)

    @pytest.mark.usefixtures("clock")
    @pytest.mark.parametrize(("seconds_left", "expired"), [(61, False), (60, True), (0, True), (-1, True)])
    def test_a_token_counts_as_expired_a_minute_early(self, seconds_left: int, expired: bool) -> None:  # noqa: FBT001
        assert token(expires_at=NOW + timedelta(seconds=seconds_left)).is_expired() is expired

    def test_a_token_without_an_end_cannot_say_whether_it_is_over(self) -> None:
        timeless = token()
        timeless.expires_at = None
        with pytest.raises(ValueError, match="expires_at is None"):
            timeless.is_expired()

    def test_the_token_that_ends_later_is_newer(self) -> None:
        older, newer = token(expires_at=NOW), token(expires_at=NOW + timedelta(seconds=1))
        assert (newer.is_newer_than(older), older.is_newer_than(newer), older.is_newer_than(older)) == (
            True,
            False,
            False,
        )

    @pytest.mark.parametrize(
        ("scope", "scopes"), [(None, set()), ("", set()), ("user-top-read  streaming", {"user-top-read", "streaming"})]
    )
    def test_the_scopes_are_a_set(self, scope: str | None, scopes: set[str]) -> None:
        assert token(scope=scope).scopes == scopes

    def test_a_secret_is_dumped_as_plain_text(self) -> None:
        assert token().dump_secret_value(SecretStr("PLANTED-secret")) == "PLANTED-secret"


class TestAuthorizationHeader:
    def test_it_is_what_a_request_needs(self) -> None:
        header = token(token_type="bearer").get_authorization_header()
        assert header == {"Authorization": "Bearer PLANTED-secret-access"}
        assert json.dumps(header) == '{"Authorization": "Bearer PLANTED-secret-access"}'

    @pytest.mark.parametrize("show", [repr, str, pretty, "{}".format, "{!r}".format])
    def test_whoever_prints_it_sees_no_token(self, show: Callable[[object], str]) -> None:
        assert show(token().get_authorization_header()) == "{'Authorization': 'Bearer **********'}"


class TestSucceeding:
    OLD = token(
        refresh_token="PLANTED-secret-old",
        authorized_at=NOW,
        account=Account(id="1", name="Ada"),
        scope="user-top-read",
    )

    @pytest.mark.parametrize("field", ["refresh_token", "authorized_at", "account", "scope"])
    def test_what_the_reply_leaves_out_is_inherited(self, field: str) -> None:
        assert getattr(token().succeeding(self.OLD), field) == getattr(self.OLD, field)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("refresh_token", SecretStr("PLANTED-secret-new")),
            ("authorized_at", NOW + timedelta(days=1)),
            ("account", Account(id="2", name="Bob")),
            ("scope", "streaming"),
        ],
    )
    def test_what_the_reply_brings_replaces_the_old(self, field: str, value: object) -> None:
        assert getattr(token(**{field: value}).succeeding(self.OLD), field) == value

    def test_an_empty_refresh_token_does_not_replace_the_old_one(self) -> None:
        assert token(refresh_token="").succeeding(self.OLD).refresh_token == SecretStr("PLANTED-secret-old")

    def test_token_and_end_are_the_new_ones(self) -> None:
        new = token(access_token="PLANTED-secret-next", expires_at=NOW + timedelta(hours=1)).succeeding(self.OLD)
        assert (new.access_token, new.expires_at) == (SecretStr("PLANTED-secret-next"), NOW + timedelta(hours=1))

    def test_neither_token_is_changed(self) -> None:
        before, reply = self.OLD.model_copy(), token()
        reply.succeeding(self.OLD)
        assert (self.OLD, reply.refresh_token) == (before, None)


@pytest.mark.parametrize(
    ("consented", "ends"),
    [
        ("2026-01-15", "2026-07-15"),
        ("2026-08-31", "2027-02-28"),
        ("2027-08-31", "2028-02-29"),
        ("2026-08-28", "2027-02-28"),
        ("2026-06-30", "2026-12-30"),
        ("2026-12-31", "2027-06-30"),
        ("2028-02-29", "2028-08-29"),
        ("2026-10-31", "2027-04-30"),
    ],
)
def test_the_consent_ends_on_the_same_day_six_months_later(consented: str, ends: str) -> None:
    assert token(authorized_at=f"{consented}T23:59:58Z").consent_ends_at == datetime.fromisoformat(f"{ends}T23:59:58Z")


def test_a_consent_of_an_unknown_date_has_no_end() -> None:
    assert token().consent_ends_at is None


class TestTokenFile:
    @pytest.fixture
    def path(self, project: Path) -> Path:
        return project / "token.json"

    def test_a_stored_token_is_loaded_as_it_was(self, path: Path) -> None:
        stored = token(
            scope="user-top-read",
            refresh_token="PLANTED-secret-refresh",
            authorized_at=NOW,
            account=Account(id="1", name="Zoë"),
        )
        stored.store_token(path)
        assert AccessTokenInfo.load_token(path) == stored

    def test_only_the_owner_can_read_the_file(self, path: Path) -> None:
        token().store_token(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_the_file_holds_the_token_and_no_empty_fields(self, path: Path) -> None:
        token().store_token(path)
        content = json.loads(path.read_text())
        assert content["access_token"] == "PLANTED-secret-access"
        assert content.keys() == {"access_token", "token_type", "expires_in", "expires_at"}

    def test_without_a_file_nobody_is_logged_in(self, path: Path) -> None:
        with pytest.raises(NotLoggedInError, match=r"There is no token at .*token\.json"):
            AccessTokenInfo.load_token(path)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"null",
            b"[]",
            b"PLANTED-secret",
            b'{"access_token": "PLANTED-secret"}',
            b'{"access_token": "PLANTED-secret", "token_type": "PLANTED-secret", "expires_in": "PLANTED-secret"}',
            b'{"access_token": "PLANTED-secret"',
            b"\xff\xfePLANTED-secret",
            b"[" * 100_000,
        ],
    )
    def test_a_broken_file_is_named_and_never_quoted(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        with pytest.raises(TokenStoreError, match=r"token\.json holds no readable token") as caught:
            AccessTokenInfo.load_token(path)
        assert "PLANTED" not in "".join(traceback.format_exception(caught.value))

    @pytest.mark.rule(16)
    @pytest.mark.parametrize("bad", [" ", "\n", "é", "\ud800", "\x00"], ids=ascii)
    def test_a_token_that_fits_no_header_is_no_token_and_not_shown(self, path: Path, bad: str) -> None:
        """RFC 6749, appendix A.12: an access token is made of visible characters."""
        path.write_text(json.dumps({"access_token": f"PLANTED{bad}", "token_type": "Bearer", "expires_in": 9}))
        with pytest.raises(TokenStoreError) as caught:
            AccessTokenInfo.load_token(path)
        assert "PLANTED" not in "".join(traceback.format_exception_only(caught.value))

    @pytest.mark.rule(17)
    def test_a_token_is_neither_stored_nor_loaded_through_a_symbolic_link(self, path: Path) -> None:
        """RFC 6749, 10.3."""
        theirs = path.with_name("target")
        token().store_token(theirs)
        path.symlink_to("target")
        before = theirs.read_text()
        with pytest.raises(TokenStoreError, match="symbolic link"):
            token(access_token="other").store_token(path)
        with pytest.raises(TokenStoreError, match="symbolic link"):
            AccessTokenInfo.load_token(path)
        assert theirs.read_text() == before

    @pytest.mark.rule(17)
    def test_a_write_that_fails_leaves_the_old_token_and_no_traces(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RFC 6749, 10.3."""

        def fail(*_: object) -> NoReturn:
            raise OSError(errno.ENOSPC, "No space left on device")

        kept = token()
        kept.store_token(path)
        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(TokenStoreError):
            token(access_token="other").store_token(path)
        assert AccessTokenInfo.load_token(path) == kept
        assert [entry.name for entry in path.parent.iterdir() if "token" in entry.name] == ["token.json"]


class TestRequests:
    @pytest.mark.parametrize("make", [body, params])
    @pytest.mark.parametrize("uri", URIS)
    def test_the_redirect_uri_goes_out_byte_for_byte(self, make: Callable[..., BaseModel], uri: str) -> None:
        assert make(redirect_uri=uri).model_dump(mode="json")["redirect_uri"] == uri

    @pytest.mark.parametrize("make", [body, params])
    @pytest.mark.parametrize("uri", ["", "callback", "127.0.0.1:8000", "/callback", "http://", "ftp://127.0.0.1"])
    def test_what_is_no_web_address_is_no_redirect_uri(self, make: Callable[..., BaseModel], uri: str) -> None:
        with pytest.raises(ValidationError, match="redirect_uri"):
            make(redirect_uri=uri)

    def test_a_parsed_url_is_taken_as_well(self) -> None:
        assert params(redirect_uri=HttpUrl("https://example.com/cb")).redirect_uri == "https://example.com/cb"

    def test_the_form_holds_what_is_set_in_plain_text(self) -> None:
        form = AccessTokenRequestBody(grant_type="refresh_token", refresh_token=SecretStr("PLANTED-secret"))
        wire = form.model_dump(mode="json", exclude_none=True)
        assert wire == {"grant_type": "refresh_token", "refresh_token": "PLANTED-secret"}

    def test_a_form_needs_no_more_than_its_grant_type(self) -> None:
        empty = dict.fromkeys(["code", "redirect_uri", "client_id", "code_verifier", "refresh_token"])
        assert AccessTokenRequestBody(grant_type="client_credentials").model_dump() == {
            "grant_type": "client_credentials",
            **empty,
        }

    def test_the_query_holds_what_is_set_in_plain_text(self) -> None:
        assert params(show_dialog="true").model_dump(mode="json", exclude_none=True) == {
            "client_id": "PLANTED-secret-app",
            "response_type": "code",
            "redirect_uri": "http://127.0.0.1:8000",
            "scope": "user-top-read",
            "state": "PLANTED-secret-state",
            "show_dialog": "true",
        }

    @pytest.mark.parametrize("field", ["client_id", "response_type", "redirect_uri", "scope"])
    def test_a_query_needs_these(self, field: str) -> None:
        with pytest.raises(ValidationError, match=rf"(?m)^{field}$"):
            AuthCodeRequestParams.model_validate(params().model_dump(mode="json", exclude={field}))

    @pytest.mark.parametrize("field", ["code_challenge_method", "code_challenge", "state", "show_dialog"])
    def test_a_query_may_do_without_these(self, field: str) -> None:
        query = params().model_dump(mode="json", exclude={field})
        assert getattr(AuthCodeRequestParams.model_validate(query), field) is None

    @pytest.mark.parametrize("make", [body, params])
    def test_a_secret_is_dumped_as_plain_text(self, make: Callable[[], AccessTokenRequestBody]) -> None:
        assert make().dump_secret_value(SecretStr("PLANTED-secret")) == "PLANTED-secret"


@pytest.mark.parametrize("show", [repr, str, pretty, "{}".format, "{!r}".format])
@pytest.mark.parametrize(
    "model", [token(refresh_token="PLANTED-secret-refresh"), body(), params()], ids=lambda model: type(model).__name__
)
def test_no_model_shows_a_secret(show: Callable[[object], str], model: BaseModel) -> None:
    text = show(model)
    assert "**********" in text
    assert "PLANTED" not in text


@pytest.mark.parametrize(
    "make",
    [
        lambda: token(token_type="PLANTED-secret"),
        lambda: token(expires_in="PLANTED-secret"),
        lambda: AccessTokenInfo.model_validate({"refresh_token": "PLANTED-secret"}),
        lambda: body(redirect_uri="PLANTED-secret"),
        lambda: AccessTokenRequestBody.model_validate({"code": "PLANTED-secret"}),
        lambda: params(redirect_uri="PLANTED-secret"),
        lambda: AuthCodeRequestParams.model_validate({"state": "PLANTED-secret"}),
    ],
)
def test_a_validation_error_does_not_quote_its_input(make: Callable[[], BaseModel]) -> None:
    with pytest.raises(ValidationError) as caught:
        make()
    assert "PLANTED" not in str(caught.value)
