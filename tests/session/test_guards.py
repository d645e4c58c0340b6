"""What code needs before it goes on: scopes that the person is asked for, and an account that is checked."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from logins import fields_of, token_requests
from sessions import begin, log_in

from spotantic_nb import (
    AccountMismatchError,
    AccountsUnreachableError,
    AuthorizationDeniedError,
    NotLoggedInError,
    ScopeMissingError,
    Session,
    Status,
    UnsupportedEnvironmentError,
)
from spotantic_nb._choices import READ_ONLY_SCOPES
from spotantic_nb._portal import portal
from spotantic_nb.auth import _base
from spotantic_nb.auth._login import Login
from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.sandbox._people import PEOPLE
from spotantic_nb.session import _guards

NEEDED, ALSO = "playlist-modify-private", "user-follow-read"
ADA, GRACE = PEOPLE["ada"].account_id, PEOPLE["grace"].account_id


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The links that a person was shown; they agree to each."""
    return _followed(monkeypatch, lambda url: ScriptedUser().follow(url))


def _followed(monkeypatch: pytest.MonkeyPatch, act: Callable[[str], object]) -> list[str]:
    shown: list[str] = []

    def invite(login: Login, _: object) -> None:
        shown.append(login.url)
        act(login.url)

    monkeypatch.setattr(_guards, "invite", invite)
    return shown


class TestRequire:
    def test_where_the_scopes_were_granted_nothing_happens(
        self, session: Session, sandbox: Sandbox, links: list[str]
    ) -> None:
        log_in(session)
        before = len(sandbox.requests)
        with session.require("user-top-read, playlist-read-private"):
            pass
        assert (links, len(sandbox.requests)) == ([], before)

    def test_an_expired_token_is_not_renewed_to_look_at_its_scopes(
        self, session: Session, sandbox: Sandbox, links: list[str]
    ) -> None:
        sandbox.knobs.access_lifetime = 1
        log_in(session)
        before = token_requests(sandbox)
        session.require("user-top-read")
        assert (links, token_requests(sandbox)) == ([], before)

    def test_what_is_missing_is_asked_for_with_all_that_was_granted(self, session: Session, links: list[str]) -> None:
        log_in(session)
        with session.require(NEEDED, ALSO):
            assert set(session.status.granted) == {NEEDED, ALSO, *READ_ONLY_SCOPES}
        assert len(links) == 1

    def test_a_plain_call_does_the_same_and_looks_well_at_the_end_of_a_cell(
        self, session: Session, links: list[str]
    ) -> None:
        log_in(session)
        assert repr(session.require(NEEDED)) == f"<granted: {NEEDED}>"
        assert NEEDED in session.status.granted
        assert len(links) == 1

    def test_a_login_with_fewer_scopes_than_a_sessions_own_is_not_widened_by_those(
        self, session: Session, links: list[str]
    ) -> None:
        log_in(session, "user-top-read")
        session.require(NEEDED)
        assert session.status.granted == (NEEDED, "user-top-read")

    def test_the_scopes_of_the_settings_are_asked_for_as_well(
        self, session: Session, env_file: Path, links: list[str]
    ) -> None:
        log_in(session, "user-top-read")
        with env_file.open("a") as file:
            file.write(f"SPOTANTIC_AUTH_SCOPE={ALSO}\n")
        session.require(NEEDED)
        assert session.status.granted == (NEEDED, ALSO, "user-top-read")

    def test_who_is_not_logged_in_is_asked_for_what_a_login_asks_for_and_the_scope(
        self, session: Session, links: list[str]
    ) -> None:
        session.require(NEEDED)
        assert set(session.status.granted) == {NEEDED, *READ_ONLY_SCOPES}
        assert len(links) == 1

    def test_an_apps_own_login_is_replaced_by_a_persons(self, session: Session, links: list[str]) -> None:
        session.login("client")
        session.require(NEEDED)
        assert (session.status.account, session.status.flow) == ("Ada Fjordmark", "pkce")

    def test_a_login_with_a_secret_stays_one(self, session: Session, links: list[str]) -> None:
        login = session.login("code", wait=False)
        assert login
        ScriptedUser().follow(login.url)
        session.wait_for(login)
        session.require(NEEDED)
        assert session.status.flow == "code"

    def test_a_consent_that_ended_is_asked_for_again(
        self, session: Session, sandbox: Sandbox, links: list[str]
    ) -> None:
        log_in(session)
        sandbox.revoke_consent("ada")
        with pytest.raises(Exception, match="consent"):
            session.refresh()
        session.require("user-top-read")
        assert len(links) == 1
        assert session.status.state == "signed in"

    def test_a_grant_that_was_brought_along_is_asked_for_its_scopes_first(
        self, session: Session, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: list[str]
    ) -> None:
        log_in(session)
        for line in str(session.export_grant()).splitlines()[1:]:
            monkeypatch.setenv(*line.split("="))
        monkeypatch.setenv("SPOTANTIC_AUTH_ACCOUNTS_URL", sandbox.accounts_url)
        monkeypatch.setenv("SPOTANTIC_AUTH_API_URL", sandbox.api_url)
        Session(start=tmp_path).require("user-top-read")
        assert links == []

    def test_a_login_that_waits_is_awaited_and_may_bring_the_scope(self, session: Session, links: list[str]) -> None:
        login = begin(session, NEEDED)
        session.require(NEEDED)
        assert links == [login.url]

    def test_twenty_threads_that_need_a_scope_ask_for_it_once(self, session: Session, links: list[str]) -> None:
        log_in(session)
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda _: session.require(NEEDED), range(20)))
        assert len(links) == 1

    def test_a_person_who_refuses_is_an_error_and_the_login_so_far_works(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log_in(session)
        before = session.token()
        _followed(monkeypatch, lambda url: ScriptedUser().follow(url, decision="cancel"))
        with pytest.raises(AuthorizationDeniedError), session.require(NEEDED):
            pytest.fail("this must not run")
        assert session.token() == before

    @pytest.mark.parametrize("lost", ["zzz-unknown", NEEDED])
    def test_a_grant_of_less_is_an_error_and_the_login_so_far_works(
        self, session: Session, sandbox: Sandbox, links: list[str], lost: str
    ) -> None:
        log_in(session)
        before = session.token()
        sandbox.knobs.strict_scopes, sandbox.knobs.reply_scope = False, "less"
        with pytest.raises(ScopeMissingError, match="did not grant") as caught, session.require(lost):
            pytest.fail("this must not run")
        assert caught.value.scopes
        assert session.token() == before
        assert Session().token() == before

    def test_a_kernel_without_a_person_refuses_at_once_and_says_which_line_helps(
        self, session: Session, monkeypatch: pytest.MonkeyPatch, links: list[str]
    ) -> None:
        log_in(session, "user-top-read")
        monkeypatch.setattr(_guards, "is_unattended_kernel", lambda: True)
        with pytest.raises(ScopeMissingError, match=f"lacks {NEEDED}") as caught:
            session.require(NEEDED)
        assert caught.value.scopes == (NEEDED,)
        assert caught.value.hint.endswith(f"%spotantic_login pkce --scope {NEEDED} user-top-read")
        assert (links, session.pending_login) == ([], None)

    def test_a_script_shows_the_link_on_standard_error(
        self, session: Session, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def agree(status: Status) -> None:
            if (login := session.pending_login) is not None and status.state == "waiting":
                threading.Thread(target=ScriptedUser().follow, args=(login.url,)).start()

        log_in(session)
        session.observe(agree)
        session.require(NEEDED)
        shown = capsys.readouterr().err
        assert f"This needs {NEEDED}: log in to grant it." in shown
        assert f"scope={NEEDED}" in shown

    def test_a_link_that_cannot_be_shown_leaves_no_login_behind(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log_in(session)
        for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
            monkeypatch.setattr(sys, name, None)
        with pytest.raises(UnsupportedEnvironmentError, match="There is nowhere to show anything"):
            session.require(NEEDED)
        if (login := session.pending_login) is not None:
            portal.run(login.ended)  # in vain, where nobody ends it
        assert session.status.state == "signed in"


class TestLedger:
    def test_the_status_says_which_code_asked_for_which_scope(self, session: Session, links: list[str]) -> None:
        log_in(session)
        session.require("user-top-read")
        [place] = session.status.needed["user-top-read"]
        assert place.startswith(f"{__file__}:")
        assert f"user-top-read (asked for by {place})" in str(session.status)
        assert f"user-top-read (asked for by {place})" in session.status._repr_html_()

    def test_a_file_of_the_project_is_named_from_the_current_folder(
        self, session: Session, project: Path, links: list[str]
    ) -> None:
        log_in(session)
        script = project / "tools" / "report.py"
        exec(compile("\n\nsession.require('user-top-read')", script, "exec"), {"session": session})
        assert session.status.needed == {"user-top-read": (f"{Path('tools/report.py')}:3",)}

    def test_what_was_refused_stays_as_lacking(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        log_in(session)
        _followed(monkeypatch, lambda url: ScriptedUser().follow(url, decision="cancel"))
        with pytest.raises(AuthorizationDeniedError):
            session.require(NEEDED, "user-top-read")
        assert session.status.lacking == (NEEDED,)
        assert f"{NEEDED}, not granted (asked for by " in str(session.status)

    def test_observers_hear_of_a_new_need_and_not_of_the_same_again(self, session: Session, links: list[str]) -> None:
        log_in(session)
        seen: list[Status] = []
        heard = threading.Event()
        session.observe(lambda status: (seen.append(status), heard.set()))
        for _ in range(3):
            session.require("user-top-read")
        assert heard.wait(30)
        session.token()
        assert [list(status.needed) for status in seen] == [["user-top-read"]]

    def test_of_many_places_the_last_are_named(self, session: Session) -> None:
        for number in range(5):
            session._async_session.ledger.record(["user-top-read"], f"In [{number}]")
        assert "(asked for by 2 more, In [2], In [3] and In [4])" in str(session.status)


class TestRequireAccount:
    def test_the_right_account_goes_on(self, session: Session) -> None:
        log_in(session)
        session.require_account(ADA)
        assert not session.token().is_expired()

    def test_another_account_is_an_error_that_says_how_to_go_back(self, session: Session) -> None:
        log_in(session)
        with pytest.raises(AccountMismatchError, match="the login is Ada Fjordmark's") as caught:
            session.require_account(GRACE)
        assert "%spotantic_login --switch-user" in caught.value.hint
        assert any("the login is Ada Fjordmark's" in notice for notice in session.status.notices)

    def test_who_logs_in_as_another_person_is_refused_every_token(self, session: Session) -> None:
        log_in(session)
        session.require_account(ADA)
        client, credential = session.client(), session.credential()
        log_in_as("grace", session)
        asks: list[Callable[[], object]] = [
            session.token,
            session.headers,
            credential.token,
            lambda: credential.renew(after="refused"),
            lambda: client.get("me"),
            lambda: httpx.get(f"{session.api_url}/me", auth=session.httpx_auth()),
        ]
        for ask in asks:
            with pytest.raises(AccountMismatchError):
                ask()
        client.close()
        log_in_as("ada", session)
        assert not session.token().is_expired()

    async def test_so_is_who_asks_in_a_coroutine(self, session: Session) -> None:
        login = session.login("pkce", wait=False)
        assert login
        ScriptedUser().follow(login.url)
        session.wait_for(login)
        with pytest.raises(AccountMismatchError):
            session.require_account(GRACE)
        with pytest.raises(AccountMismatchError):
            await session.atoken()
        with pytest.raises(AccountMismatchError):
            await session.credential().atoken()

    def test_another_kernels_login_as_another_person_is_noticed(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_base, "_LOOK_AGAIN", 0)
        log_in(session)
        session.require_account(ADA)
        log_in_as("grace", Session())
        with pytest.raises(AccountMismatchError, match="Grace Okonwater"):
            session.token()

    def test_whose_login_it_is_is_asked_once_where_nobody_knows(self, session: Session, sandbox: Sandbox) -> None:
        sandbox.knobs.api_fault = "500_json"
        log_in(session)
        before = asked_whose(sandbox)
        with pytest.raises(AccountsUnreachableError):
            session.require_account(ADA)
        with pytest.raises(AccountsUnreachableError):
            session.token()
        sandbox.knobs.api_fault = None
        unknown = asked_whose(sandbox)
        assert unknown > before
        for _ in range(3):
            assert not session.token().is_expired()
        assert asked_whose(sandbox) == unknown + 1

    def test_a_known_account_is_asked_nothing(self, session: Session, sandbox: Sandbox) -> None:
        log_in(session)
        before = len(sandbox.requests)
        session.require_account(ADA)
        assert len(sandbox.requests) == before

    def test_an_apps_own_login_is_nobodys(self, session: Session) -> None:
        session.login("client")
        with pytest.raises(AccountMismatchError, match="the login is the app's own"):
            session.require_account(ADA)

    def test_where_nobody_is_logged_in_it_holds_for_the_login_to_come(self, session: Session) -> None:
        session.require_account(ADA)
        with pytest.raises(NotLoggedInError):
            session.token()
        log_in_as("grace", session)
        with pytest.raises(AccountMismatchError):
            session.token()

    def test_none_lifts_it(self, session: Session) -> None:
        log_in(session)
        with pytest.raises(AccountMismatchError):
            session.require_account(GRACE)
        session.require_account(None)
        assert not session.token().is_expired()
        assert session.status.notices == ()

    def test_a_log_out_does_not_lift_it(self, session: Session) -> None:
        log_in(session)
        session.require_account(ADA)
        session.logout()
        log_in_as("grace", session)
        with pytest.raises(AccountMismatchError):
            session.token()

    def test_a_top_up_by_another_person_gives_nothing(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        log_in(session)
        session.require_account(ADA)
        _followed(monkeypatch, lambda url: ScriptedUser("grace").follow(url))
        with pytest.raises(AccountMismatchError):
            session.require(NEEDED)


def log_in_as(name: str, session: Session) -> None:
    login = begin(session, force=True)
    ScriptedUser(name).follow(login.url)
    session.wait_for(login)


def asked_whose(sandbox: Sandbox) -> int:
    return [request.path for request in sandbox.requests].count("/v1/me")


def test_the_scopes_stand_in_the_link(session: Session, links: list[str]) -> None:
    log_in(session)
    session.require(NEEDED)
    assert set(fields_of(links[0])["scope"].split()) == {NEEDED, *READ_ONLY_SCOPES}
