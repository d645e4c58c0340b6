"""The sandbox of a kernel: one at most, whoever switches it, and nothing of it left afterwards."""

import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from boxes import Show, look_again
from IPython.core.interactiveshell import InteractiveShell
from kernels import is_free
from pydantic import SecretStr
from traitlets.config import Config

from spotantic_nb import AccessTokenInfo, AuthSettings, ConfigurationError, Session
from spotantic_nb._portal import portal
from spotantic_nb.auth._redirect_uri import loopback_of
from spotantic_nb.models import Account
from spotantic_nb.notebook import _sandbox_switch
from spotantic_nb.notebook._box import LoginBox
from spotantic_nb.notebook._extension import register, unregister
from spotantic_nb.notebook._panel import Panel
from spotantic_nb.sandbox import ScriptedUser

SPOTIFY = "https://accounts.spotify.com"


@pytest.fixture(autouse=True)
def _off() -> Iterator[None]:
    yield
    portal.run(_sandbox_switch.switch_off)


def on() -> str:
    return portal.run(_sandbox_switch.switch_on)


def off() -> str:
    return portal.run(_sandbox_switch.switch_off)


def sandboxes() -> int:
    return [thread.name for thread in threading.enumerate()].count("spotify-sandbox")


def log_in() -> None:
    login = Session.current().login("pkce", wait=False)
    assert login is not None
    ScriptedUser().follow(login.url)
    Session.current().wait_for(login)


class TestOn:
    def test_a_second_time_it_is_the_same(self) -> None:
        on()
        first = Session.current()
        assert "talks to the sandbox" in on()
        assert (Session.current(), sandboxes()) == (first, 1)

    def test_from_many_threads_and_panels_at_once_there_is_one(self, show: Show) -> None:
        panels = [show(Panel) for _ in range(4)]
        buttons = [panel.button("Try the sandbox") for panel in panels]
        buttons[0].click()  # before the rest: once the sandbox is on, these buttons are gone, and a click does nothing
        with ThreadPoolExecutor(8) as pool:
            done = [pool.submit(act) for act in [on, *(button.click for button in buttons)] * 4]
        assert [thread.exception() for thread in done] == [None] * len(done)
        for panel in panels:
            panel.wait_for("Log in to Spotify")
        assert sandboxes() == 1
        off()
        assert sandboxes() == 0

    def test_while_another_session_is_in_use_it_is_used_again(self) -> None:
        on()
        of_the_sandbox, mine = Session.current(), Session()
        Session.use(mine)
        on()
        assert (Session.current(), sandboxes()) == (of_the_sandbox, 1)
        off()
        assert Session.current() is mine

    def test_with_a_malformed_variable_nothing_is_left_running(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SPOTANTIC_AUTH_CALLBACK_TIMEOUT", "soon")
        with pytest.raises(ConfigurationError, match="SPOTANTIC_AUTH_CALLBACK_TIMEOUT is not usable"):
            on()
        assert sandboxes() == 0


class TestOff:
    def test_goes_back_to_the_session_from_before_with_its_login(self, spotify_settings: AuthSettings) -> None:
        token = AccessTokenInfo(access_token=SecretStr("mine"), token_type="Bearer", expires_in=3600, scope="s")
        mine = Session(spotify_settings)
        Session.use(mine)
        portal.run(lambda: keep(mine, token))
        on()
        assert "in use before" in off()
        assert Session.current() is mine
        assert mine.token().access_token.get_secret_value() == "mine"

    def test_leaves_a_session_alone_that_took_its_place(self) -> None:
        on()
        mine = Session()
        Session.use(mine)
        assert "in use now" in off()
        assert (Session.current(), sandboxes()) == (mine, 0)

    def test_ends_a_login_that_waits_and_its_box_stays_as_it_ended(self, show: Show) -> None:
        on()
        redirect_uri = Session.current().settings.redirect_uri
        login = Session.current().login("pkce", wait=False)
        assert redirect_uri is not None
        assert login is not None
        box = show(lambda: LoginBox(login))
        off()
        loopback = loopback_of(redirect_uri)
        assert loopback is not None
        assert is_free(loopback.port)
        assert str(login.error) == "The login was cancelled. Log in again when you like."
        look_again()
        assert "The login was cancelled." in box.text

    def test_ends_a_login_of_its_session_after_another_took_its_place(self) -> None:
        on()
        its = Session.current()
        Session.use(Session())
        login = its.login("pkce", wait=False)
        assert login is not None
        off()
        assert login.done

    def test_without_a_sandbox_says_so(self) -> None:
        assert off() == "No sandbox was started in this kernel."

    def test_ten_times_on_and_off_leaves_nothing(self) -> None:
        on(), off()
        before = set(threading.enumerate())
        sessions = count(Session)
        for _ in range(10):
            on()
            url = Session.current().settings.accounts_url
            log_in()
            off()
            assert is_free(int(url.rpartition(":")[2]))
        for thread in set(threading.enumerate()) - before:
            thread.join(30)  # one that has just answered may still be ending
            assert not thread.is_alive(), thread.name
        assert count(Session) <= sessions + 1
        assert Session.current().settings.accounts_url == SPOTIFY


class TestUnload:
    @pytest.fixture
    def shell(self, capsys: pytest.CaptureFixture[str]) -> Iterator[InteractiveShell]:
        config = Config()
        config.HistoryManager.enabled = False  # old IPython's is deprecated by Python 3.12
        shell = InteractiveShell(config=config)
        register(shell)
        capsys.readouterr()
        yield shell
        shell.restore_sys_module_state()

    def test_stops_the_sandbox_and_says_so_in_one_line(
        self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
    ) -> None:
        on()
        unregister(shell)
        said = capsys.readouterr().out
        assert said.startswith("Sandbox off, because the extension was unloaded.")
        assert "%spotantic_sandbox on" in said
        assert said.count("\n") == 1
        assert (sandboxes(), Session.current().settings.accounts_url) == (0, SPOTIFY)

    def test_without_a_sandbox_says_nothing(self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
        unregister(shell)
        assert capsys.readouterr().out == ""

    def test_ends_a_login_that_waits_and_keeps_the_session(self, shell: InteractiveShell, session: Session) -> None:
        login = session.login("pkce", wait=False)
        unregister(shell)
        assert login is not None
        assert login.done
        assert Session.current() is session


@pytest.mark.rule(14)
def test_the_sandbox_of_a_notebook_shares_nothing_with_the_project(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9700, 4.4: another app, another port, tokens in memory only."""
    monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_ID", "PLANTED-id")
    monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_SECRET", "PLANTED-secret")
    monkeypatch.setenv("SPOTANTIC_AUTH_REFRESH_TOKEN", "PLANTED-refresh-token")
    monkeypatch.setenv("SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH", "token.json")
    held = AccessTokenInfo(access_token=SecretStr("PLANTED-token"), token_type="Bearer", expires_in=3600, scope="s")
    held.store_token(project / "token.json")
    on()
    login = Session.current().login(wait=False)
    assert login is not None
    assert "PLANTED" not in login.url
    assert "127.0.0.1%3A8765" not in login.url


@pytest.fixture
def spotify_settings() -> AuthSettings:
    return AuthSettings(client_id=SecretStr("0" * 32), store_access_token=False)


async def keep(session: Session, token: AccessTokenInfo) -> None:
    """Have a session hold a token, as after a login."""
    manager = session._async_session.managers.manager("pkce", session.settings)
    async with manager.store.exclusive():
        manager.store.save(token.model_copy(update={"account": Account(id="1", name="Ada")}))


def count(kind: type) -> int:
    gc.collect()
    return sum(isinstance(found, kind) for found in gc.get_objects())
