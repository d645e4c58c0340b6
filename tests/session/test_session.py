"""A session against the sandbox: what a kernel knows of its project's login, and how it is told."""

import asyncio
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from logins import token_requests
from sessions import begin, log_in

from spotantic_nb import (
    AccountsUnreachableError,
    AuthorizationDeniedError,
    AuthorizationError,
    CallbackError,
    CallbackTimeoutError,
    ConfigurationError,
    InvalidGrantError,
    NotLoggedInError,
    Session,
    Status,
    UnsupportedEnvironmentError,
)
from spotantic_nb._choices import READ_ONLY_SCOPES
from spotantic_nb._portal import portal
from spotantic_nb.auth import _base
from spotantic_nb.auth._login import Login
from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.session import _async_session

LACKING = "user-follow-read"


def test_without_settings_of_its_own_a_login_asks_for_the_five_read_only_scopes(session: Session) -> None:
    log_in(session)
    assert set(session.status.granted) == set(READ_ONLY_SCOPES)
    assert session.status.missing == ()


def test_status_names_the_account_and_where_everything_is(session: Session, env_file: Path) -> None:
    log_in(session)
    status = session.status
    assert (status.state, status.account, status.flow) == ("signed in", "Ada Fjordmark", "pkce")
    assert Path(status.kept_in).parent == env_file.parent / ".spotantic"
    assert status.provenance["client_id"] == str(env_file)
    assert status.consent_ends_at is not None


def test_status_says_how_the_last_answer_came(session: Session) -> None:
    assert "Last answer" not in dict(session.status.facts())
    log_in(session)
    assert dict(session.status.facts())["Last answer"] == "brought by your browser"
    login = begin(session, force=True)
    login.offer(ScriptedUser().answer(login.url))
    session.wait_for(login)
    assert dict(session.status.facts())["Last answer"] == "pasted"


def test_the_token_file_and_its_folder_are_private(session: Session, project: Path) -> None:
    log_in(session)
    assert (project / ".spotantic").stat().st_mode & 0o777 == 0o700
    assert Path(session.status.kept_in).stat().st_mode & 0o777 == 0o600
    assert (project / ".spotantic" / ".gitignore").read_text() == "*\n"


def test_a_good_token_is_used_without_asking_anybody(session: Session) -> None:
    log_in(session)
    assert session.login("pkce", wait=False) is None
    assert Session().login("pkce", wait=False) is None


@pytest.mark.parametrize("option", ["force", "switch_user"])
def test_force_and_switch_user_ask_all_the_same(session: Session, option: str) -> None:
    log_in(session)
    login = session.login("pkce", wait=False, **{option: True})
    assert login is not None
    assert ("show_dialog=true" in login.url) == (option == "switch_user")


def test_a_scope_that_is_lacking_leads_to_a_login_for_the_union(session: Session) -> None:
    log_in(session)
    log_in(session, LACKING)
    assert set(session.status.granted) == {LACKING, *READ_ONLY_SCOPES}


@pytest.mark.rule(18)
def test_a_missing_scope_asks_the_person_and_refreshes_nothing(session: Session, sandbox: Sandbox) -> None:
    """RFC 6749, 6: a refresh cannot widen the scope."""
    log_in(session)
    assert LACKING in begin(session, LACKING).url
    assert token_requests(sandbox) == 1
    session.cancel()


def test_the_lacking_scope_is_said_in_words(session: Session) -> None:
    log_in(session)
    begin(session, LACKING)
    assert any(LACKING in notice for notice in session.status.notices)


def test_a_misspelt_scope_earns_a_warning_with_the_likely_one(session: Session) -> None:
    begin(session, "user-top-reed")
    assert any("did you mean user-top-read?" in notice for notice in session.status.notices)


def test_a_token_waits_for_the_login_on_its_way(session: Session) -> None:
    login = begin(session)
    threading.Thread(target=ScriptedUser().follow, args=(login.url,)).start()
    assert not session.token().is_expired()


async def test_atoken_leaves_the_callers_loop_free(session: Session) -> None:
    login = await asyncio.to_thread(begin, session)
    waiting = asyncio.create_task(session.atoken())
    await asyncio.to_thread(ScriptedUser().follow, login.url)
    assert not (await waiting).is_expired()


def test_the_header_works_and_hides_its_token(session: Session) -> None:
    log_in(session)
    headers = session.headers()
    assert headers["Authorization"] == f"Bearer {session.token().access_token.get_secret_value()}"
    assert session.token().access_token.get_secret_value() not in repr(headers)


def test_a_pasted_address_works_where_the_port_is_taken(session: Session, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        login = begin(session)
        assert f"127.0.0.1:{port} cannot be listened on" in login.unreachable
        login.offer(ScriptedUser().answer(login.url))
        session.wait_for(login)
    assert session.status.state == "signed in"


def test_rubbish_keeps_the_attempt_alive(session: Session) -> None:
    login = begin(session)
    for rubbish in ("", "AQcode", "http://[", "https://example.com/?code=1&state=2", "\0" * 1000):
        with pytest.raises(CallbackError):
            login.offer(rubbish)
    ScriptedUser().follow(login.url)
    session.wait_for(login)


def test_an_answer_that_comes_too_late_is_told_so(session: Session) -> None:
    login = begin(session)
    address = ScriptedUser().answer(login.url)
    session.cancel()
    with pytest.raises(CallbackError, match="This login has ended"):
        login.offer(address)


def test_a_new_login_replaces_the_one_on_its_way(session: Session) -> None:
    first, second = begin(session), begin(session)
    assert isinstance(first.error, AuthorizationError)
    assert not second.done


def test_many_logins_at_once_leave_one(session: Session) -> None:
    def try_to_begin(_: int) -> Login | None:
        try:
            return begin(session)
        except AuthorizationError:
            return None

    with ThreadPoolExecutor(8) as threads:
        for _ in range(20):
            begun = list(threads.map(try_to_begin, range(8)))
            assert [login.done for login in begun if login].count(False) == 1


def test_a_failed_login_leaves_the_token_as_it_was(session: Session) -> None:
    log_in(session)
    before = session.token()
    login = begin(session, force=True)
    ScriptedUser().follow(login.url, decision="cancel")
    with pytest.raises(AuthorizationDeniedError):
        session.wait_for(login)
    assert session.token().access_token == before.access_token


def test_without_a_token_the_reason_of_the_failed_login_is_raised(session: Session) -> None:
    login = begin(session)
    ScriptedUser().follow(login.url, decision="cancel")
    with pytest.raises(AuthorizationDeniedError):
        session.token()
    assert session.status.message.startswith("The login was cancelled on Spotify's page (access_denied).")


@pytest.mark.parametrize("ask", [lambda session, _: session.token(), Session.wait_for], ids=["token", "wait_for"])
def test_an_error_that_is_raised_again_and_again_is_another_one_each_time(
    session: Session, ask: Callable[[Session, Login], object]
) -> None:
    login = begin(session)
    ScriptedUser().follow(login.url, decision="cancel")
    raised = []
    for _ in range(3):
        with pytest.raises(AuthorizationDeniedError) as caught:
            ask(session, login)
        raised.append((caught.value, len(caught.traceback)))
    assert len({id(error) for error, _ in raised}) == 3
    assert len({length for _, length in raised}) == 1


def test_a_login_that_nobody_answers_ends_by_itself(session: Session) -> None:
    login = session.login("pkce", timeout=0.1, wait=False)
    assert login is not None
    with pytest.raises(CallbackTimeoutError):
        session.wait_for(login)


def test_a_script_is_shown_the_link_and_waits(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    def follow_what_is_shown(status: Status) -> None:
        login = session._async_session._login
        if status.state == "waiting" and login is not None:
            threading.Thread(target=ScriptedUser().follow, args=(login.url,)).start()

    session.observe(follow_what_is_shown)
    session.login("pkce")
    assert "Log in to Spotify: http://127.0.0.1" in capsys.readouterr().err
    assert session.status.state == "signed in"


def test_observers_are_told_of_every_change_until_they_leave(session: Session) -> None:
    seen: list[str] = []
    tell: Callable[[Status], None] = lambda status: seen.append(status.state)  # noqa: E731
    session.observe(tell)
    log_in(session)
    session.unobserve(tell)
    session.logout()
    assert seen[0] == "waiting"
    assert seen[-1] == "signed in"


def test_an_observer_that_fails_does_not_take_the_login_with_it(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    session.observe(lambda status: 1 / 0)  # type: ignore[arg-type, return-value]
    with caplog.at_level(logging.ERROR):
        log_in(session)
    assert session.status.state == "signed in"
    assert "An observer of the login failed." in caplog.text


def test_refresh_moves_the_expiry(session: Session) -> None:
    log_in(session)
    before = session.status.expires_at
    after = session.refresh().expires_at
    assert before is not None
    assert after is not None
    assert after > before


def test_logout_forgets_memory_and_file_and_says_where_to_withdraw(session: Session, project: Path) -> None:
    log_in(session)
    assert "spotify.com/account/apps" in session.logout().message
    assert not list(project.glob(".spotantic/*.json"))
    with pytest.raises(NotLoggedInError):
        session.token()


def test_a_working_folder_that_was_deleted_keeps_the_token_in_memory_with_one_note(
    sandbox: Sandbox, project: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {
        "CLIENT_ID": sandbox.client_id,
        "REDIRECT_URI": f"http://127.0.0.1:{port}/callback",
        "ACCOUNTS_URL": sandbox.accounts_url,
        "API_URL": sandbox.api_url,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"SPOTANTIC_AUTH_{name}", value)
    (project / ".git").rmdir()
    project.rmdir()
    session = Session()
    log_in(session)
    status = session.status
    assert (status.state, status.kept_in) == ("signed in", "this kernel's memory")
    assert [notice for notice in status.notices if "memory only" in notice] == list(status.notices)
    assert session.logout().state == "signed out"
    assert not project.exists()


def test_a_broken_token_file_is_moved_aside_said_once_and_the_login_goes_on(session: Session) -> None:
    log_in(session)
    file = Path(session.status.kept_in)
    file.write_text("{broken")
    again = Session()
    log_in(again)
    assert sum("kept as" in notice for notice in again.status.notices) == 1
    assert [path.read_text() for path in file.parent.glob("*.broken-*")] == ["{broken"]


def test_an_unwritable_folder_keeps_the_token_in_memory_and_says_so(session: Session, project: Path) -> None:
    (project / ".spotantic").write_text("not a folder")
    log_in(session)
    assert not session.token().is_expired()
    assert sum("in this kernel's memory only" in notice for notice in session.status.notices) == 1


def test_a_consent_that_was_withdrawn_leads_to_a_new_login(session: Session, sandbox: Sandbox) -> None:
    sandbox.knobs.access_lifetime = 1
    log_in(session)
    sandbox.revoke_consent("ada")
    with pytest.raises(InvalidGrantError):
        session.token()
    login = begin(session)
    assert any("ended or was withdrawn" in notice for notice in session.status.notices)
    ScriptedUser().follow(login.url)
    session.wait_for(login)


def test_a_service_in_trouble_keeps_the_token_and_asks_nobody(session: Session, sandbox: Sandbox) -> None:
    sandbox.knobs.access_lifetime = 1
    log_in(session)
    sandbox.knobs.token_fault = "503_text"
    with pytest.raises(AccountsUnreachableError):
        session.login("pkce", wait=False)
    sandbox.knobs.token_fault, sandbox.knobs.access_lifetime = None, 3600
    assert session.login("pkce", wait=False) is None


def test_an_account_that_the_app_may_not_use_is_explained_and_stays_signed_in(
    session: Session, sandbox: Sandbox
) -> None:
    sandbox.knobs.allowlisted = False
    log_in(session)
    assert session.status.state == "signed in"
    assert any("User Management" in notice for notice in session.status.notices)


@pytest.mark.parametrize(
    ("uri", "instead"),
    [
        ("http://localhost:9000/callback", "http://127.0.0.1:9000/callback"),
        ("http://192.168.1.5:9000/callback", "https://192.168.1.5:9000/callback"),
    ],
)
def test_a_redirect_uri_that_spotify_would_refuse_is_refused_first(env_file: Path, uri: str, instead: str) -> None:
    with env_file.open("a") as file:
        file.write(f"SPOTANTIC_AUTH_REDIRECT_URI={uri}\n")
    with pytest.raises(ConfigurationError, match=f"Register {instead}"):
        Session().login("pkce", wait=False)


def test_a_hyphen_in_a_loopback_path_earns_a_warning(env_file: Path, port: int) -> None:
    with env_file.open("a") as file:
        file.write(f"SPOTANTIC_AUTH_REDIRECT_URI=http://127.0.0.1:{port}/log-in\n")
    session = Session()
    begin(session)
    assert any("hyphen" in notice for notice in session.status.notices)


def test_settings_written_after_an_error_count_for_the_next_login(project: Path, env_file: Path) -> None:
    text = env_file.read_text()
    env_file.write_text("")
    session = Session()
    with pytest.raises(ConfigurationError, match="SPOTANTIC_AUTH_CLIENT_ID"):
        session.login("pkce", wait=False)
    assert session.status.state == "not set up"
    env_file.write_text(text)
    log_in(session)


def test_a_login_that_is_ended_while_it_is_being_begun_opens_no_port(
    session: Session, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    async def be_ended(*_: object) -> bool:
        await session.acancel()
        return False

    monkeypatch.setattr(_async_session, "is_served_by", be_ended)
    with pytest.raises(AuthorizationError, match="The login was cancelled"):
        session.login("pkce", wait=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))


def test_there_is_one_session_per_kernel_until_another_is_used(session: Session) -> None:
    assert Session.current() is Session.current()
    Session.use(session)
    assert Session.current() is session


def test_while_a_session_takes_the_place_of_another_there_is_one_at_every_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class NeverEmpty(dict[str, Session]):
        def pop(self, *_: object) -> Session:  # type: ignore[override]
            pytest.fail("whoever asks now makes a third")

    first, second = Session(), Session()
    with monkeypatch.context() as patch:
        patch.setattr(Session, "_in_use", NeverEmpty(current=first))
        Session.use(second)
        assert Session.current() is second


def test_a_session_that_is_replaced_ends_its_login(session: Session) -> None:
    Session.use(session)
    login = begin(session)
    Session.use(None)
    assert login.done


def test_a_flow_that_is_none_is_refused_with_the_choice(session: Session) -> None:
    with pytest.raises(ConfigurationError, match="Choose one of pkce, code, client"):
        session.login("implicit")  # type: ignore[arg-type]


def test_a_link_that_cannot_be_shown_leaves_no_login_behind(
    session: Session, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
        monkeypatch.setattr(sys, name, None)
    with pytest.raises(UnsupportedEnvironmentError, match="There is nowhere to show anything"):
        session.login("pkce")
    if (login := session.pending_login) is not None:
        portal.run(login.ended)  # in vain, where nobody ends it
    assert session.status.state == "signed out"
    socket.create_server(("127.0.0.1", port)).close()


def test_a_script_that_cannot_listen_asks_for_the_address(
    session: Session, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda question: ScriptedUser().answer(session._async_session._login.url))
    with socket.create_server(("127.0.0.1", port)):
        session.login("pkce")
    assert session.status.state == "signed in"


def test_a_script_whose_person_is_elsewhere_says_why_it_asks_for_the_address(
    session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPOTANTIC_AUTH_BROWSER", "elsewhere")
    monkeypatch.setattr("getpass.getpass", lambda question: ScriptedUser().answer(session._async_session._login.url))
    session.login("pkce")
    assert session.status.state == "signed in"
    assert session.placement.reason in capsys.readouterr().err


class TestInAFolderThatChanges:
    @pytest.fixture
    def elsewhere(self, spotify_project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The current folder: beside the project, with no app set up."""
        folder = spotify_project.parent / "elsewhere"
        folder.mkdir()
        monkeypatch.chdir(folder)
        return folder

    @pytest.mark.usefixtures("elsewhere")
    def test_who_could_not_log_in_there_can_where_the_project_is(
        self, spotify_project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session = Session()
        with pytest.raises(ConfigurationError, match="CLIENT_ID is not set"):
            session.login("pkce", wait=False)
        monkeypatch.chdir(spotify_project)
        assert session.status.state == "signed out"
        log_in(session)
        assert session.root == spotify_project
        assert list((spotify_project / ".spotantic").glob("*.json"))

    def test_who_is_signed_in_stays_so(self, session: Session, elsewhere: Path, spotify_project: Path) -> None:
        os.chdir(spotify_project)
        log_in(session)
        os.chdir(elsewhere)
        assert (session.status.state, session.root) == ("signed in", spotify_project)

    def test_a_login_that_is_on_its_way_ends_where_it_was_begun(
        self, session: Session, elsewhere: Path, spotify_project: Path
    ) -> None:
        os.chdir(spotify_project)
        login = begin(session)
        os.chdir(elsewhere)
        assert session.status.state == "waiting"
        ScriptedUser().follow(login.url)
        session.wait_for(login)
        assert (session.status.state, session.root) == ("signed in", spotify_project)

    def test_who_logged_out_is_asked_about_the_folder_that_is_current(
        self, session: Session, elsewhere: Path, spotify_project: Path
    ) -> None:
        os.chdir(spotify_project)
        log_in(session)
        os.chdir(elsewhere)
        session.logout()
        assert (session.status.state, session.root) == ("not set up", elsewhere)

    def test_a_session_of_a_given_folder_stays_there(self, elsewhere: Path, spotify_project: Path) -> None:
        session = Session(start=spotify_project)
        os.chdir(elsewhere)
        assert (session.status.state, session.root) == ("signed out", spotify_project)


def test_another_path_for_the_token_counts_at_once(session: Session, env_file: Path, project: Path) -> None:
    assert session.status.state == "signed out"
    with env_file.open("a") as file:
        file.write("SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH=tokens/mine.json\n")
    log_in(session)
    assert (project / "tokens" / "mine.json").exists()


def test_lines_of_the_env_file_that_are_none_are_named_once_as_long_as_they_are_there(
    session: Session, env_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = env_file.read_text()
    env_file.write_text(f"oops this is none\n{good}")
    log_in(session)
    assert session.status.notices == (
        f"Line 1 of {env_file} is not NAME=value and is left out: correct it, or put a # before it.",
    )
    assert not [record for record in caplog.records if record.name.startswith("dotenv")]
    session.logout()
    env_file.write_text(good)
    assert session.status.notices == ()


def test_a_malformed_setting_leaves_the_guess_where_the_browser_is(session: Session, env_file: Path) -> None:
    env_file.write_text("SPOTANTIC_AUTH_BROWSER=nowhere\n")
    assert session.placement.browser == "here"
    assert session.status.message == (
        f"SPOTANTIC_AUTH_BROWSER is not usable: Input should be 'here' or 'elsewhere'. Correct it in {env_file}."
    )


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (EOFError, "The prompt was closed"),
        (NotImplementedError, "Nobody can type an address here"),
        (RuntimeError, "Nobody can type an address here"),
    ],
)
def test_a_prompt_that_nobody_answers_ends_the_login(
    session: Session, port: int, monkeypatch: pytest.MonkeyPatch, trouble: type[Exception], told: str
) -> None:
    def no_input(question: str) -> str:
        raise trouble

    monkeypatch.setattr("getpass.getpass", no_input)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(AuthorizationError, match=told):
        session.login("pkce")
    with pytest.raises(AuthorizationError, match="cancelled"):
        session.token()


def test_a_different_account_than_last_time_is_said(session: Session) -> None:
    log_in(session)
    login = begin(session, force=True)
    ScriptedUser("grace").follow(login.url)
    session.wait_for(login)
    assert "This project was used as Ada Fjordmark before; you are Grace Okonwater now." in session.status.notices


def test_the_same_account_again_is_not(session: Session) -> None:
    log_in(session)
    log_in(session, force=True)
    assert session.status.notices == ()


@pytest.fixture
def elsewhere(session: Session, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session on another machine, which was given the grant of a login here."""
    log_in(session)
    for line in str(session.export_grant()).splitlines()[1:]:
        monkeypatch.setenv(*line.split("="))
    monkeypatch.setenv("SPOTANTIC_AUTH_ACCOUNTS_URL", sandbox.accounts_url)
    monkeypatch.setenv("SPOTANTIC_AUTH_API_URL", sandbox.api_url)
    folder = tmp_path / "home" / "elsewhere"
    folder.mkdir()
    return Session(start=folder)


def test_a_grant_that_was_brought_along_needs_no_person(elsewhere: Session, session: Session) -> None:
    assert not elsewhere.token().is_expired()
    there, here = elsewhere.status.consent_ends_at, session.status.consent_ends_at
    assert there is not None
    assert here is not None
    assert abs((there - here).total_seconds()) < 2


def test_logging_in_with_a_grant_asks_nobody_and_learns_the_account(elsewhere: Session) -> None:
    assert elsewhere.login("pkce", wait=False) is None
    assert elsewhere.status.account == "Ada Fjordmark"


def test_a_log_out_says_that_the_grant_in_the_settings_logs_in_again(elsewhere: Session) -> None:
    elsewhere.token()
    status = elsewhere.logout()
    assert status.state == "signed in"
    assert status.message == (
        "The token was removed, but SPOTANTIC_AUTH_REFRESH_TOKEN (SPOTANTIC_AUTH_REFRESH_TOKEN) logs in by itself "
        "while its consent lasts: remove it to stay signed out."
    )


def test_a_grant_is_hidden_unless_it_is_printed(session: Session) -> None:
    log_in(session)
    grant, token = session.export_grant(), session.token().refresh_token
    assert token is not None
    assert token.get_secret_value() in str(grant)
    assert token.get_secret_value() not in repr(grant)


def test_a_grant_that_ended_is_said_and_a_new_one_takes_its_place(
    elsewhere: Session, session: Session, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.revoke_consent("ada")
    with pytest.raises(InvalidGrantError):
        elsewhere.token()
    log_in(session, force=True)
    for line in str(session.export_grant()).splitlines()[1:]:
        monkeypatch.setenv(*line.split("="))
    assert elsewhere.login("pkce", wait=False) is None


def test_without_a_person_there_is_no_grant_to_take_along(session: Session) -> None:
    with pytest.raises(NotLoggedInError, match="no login of a person"):
        session.export_grant()


def test_a_consent_that_ended_is_said_plainly_by_the_status(session: Session, sandbox: Sandbox) -> None:
    log_in(session)
    sandbox.revoke_consent("ada")
    with pytest.raises(InvalidGrantError):
        session.refresh()
    assert session.status.state == "log in again"
    assert session.status.message.startswith("The consent ended or was withdrawn")


def test_a_login_after_the_consent_ended_asks_the_person_though_the_token_is_good(
    session: Session, sandbox: Sandbox
) -> None:
    log_in(session)
    sandbox.revoke_consent("ada")
    with pytest.raises(InvalidGrantError):
        session.refresh()
    assert not session.token().is_expired()
    login = begin(session)
    assert session.status.state == "waiting"
    ScriptedUser().follow(login.url)
    session.wait_for(login)
    assert (session.status.state, session.refresh().state) == ("signed in", "signed in")


def test_another_kernels_refresh_and_logout_are_noticed(
    session: Session, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "_LOOK_AGAIN", 0)
    log_in(session)
    other = Session()
    other.refresh()
    assert session.token().access_token == other.token().access_token
    other.logout()
    with pytest.raises(NotLoggedInError):
        session.token()


def test_a_grant_of_less_than_was_asked_for_is_reported(session: Session, sandbox: Sandbox) -> None:
    sandbox.knobs.reply_scope = "less"
    log_in(session)
    [missing] = session.status.missing
    assert f"Spotify did not grant {missing}; what needs it will be refused." in session.status.notices


def test_the_desk_of_earlier_versions_still_leads_to_the_login_and_says_what_to_use(session: Session) -> None:
    login = session.login("pkce", wait=False)
    with pytest.warns(DeprecationWarning, match="use the session itself"):
        assert session.desk.login is login
