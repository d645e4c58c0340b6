"""A process that is forked from a kernel: it shares the token file, and waits for nothing that only its parent has."""

import asyncio
import importlib
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from spotantic_nb import NotLoggedInError, Session, _background_loop
from spotantic_nb._portal import portal
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._store import MemoryTokenStore
from spotantic_nb.errors import AuthorizationError, CallbackError
from spotantic_nb.sandbox import Sandbox, ScriptedUser

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


class Child:
    """
    A forked process that does one thing and says what came of it.

    Args:
        act: What it does.
        waits: Whether it does so only when it is asked for the result.
    """

    def __init__(self, act: Callable[[], object], *, waits: bool = False) -> None:
        self._act, self._waits = act, waits
        go, self._go = os.pipe()
        self._said, say = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 advises against what this test is about
            self._process = os.fork()
        if self._process == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(20)
            if waits:
                os.read(go, 1)
            os.write(say, self._result().encode())
            os._exit(0)
        os.close(say)
        os.close(go)

    def _result(self) -> str:
        try:
            return str(self._act())
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent judges it
            return repr(error)

    def said(self) -> str:
        """Return what came of it, failing where it did not end by itself."""
        if self._waits:
            os.write(self._go, b"!")
        os.close(self._go)
        with os.fdopen(self._said, encoding="utf-8") as said:
            text = said.read()
        assert os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1]) == 0
        return text


@pytest.fixture
def session(spotify_project: Path) -> Session:
    return Session()


def begin(session: Session) -> Login:
    login = session.login(wait=False, force=True)
    assert login is not None
    return login


def finish(session: Session, login: Login) -> None:
    ScriptedUser().follow(login.url)
    session.wait_for(login)


class TestWhileALoginWaits:
    @pytest.fixture
    def login(self, session: Session) -> Login:
        return begin(session)

    @pytest.mark.parametrize(
        ("act", "result"),
        [
            (lambda session, login: session.token(), repr(NotLoggedInError("Not logged in."))),
            (lambda session, login: asyncio.run(session.atoken()), repr(NotLoggedInError("Not logged in."))),
            (lambda session, login: session.status.state, "signed out"),
            (lambda session, login: session.cancel(), "None"),
            (lambda session, login: session.logout().state, "signed out"),
            (lambda session, login: begin(session).done, "False"),
            (lambda session, login: Session.use(None), "None"),
            (lambda session, login: login.cancel(), "None"),
        ],
        ids=["token", "atoken", "status", "cancel", "logout", "login", "use", "cancel of the login itself"],
    )
    def test_a_child_does_what_it_is_asked_for_and_leaves_the_login_to_its_parent(
        self, session: Session, login: Login, act: Callable[[Session, Login], object], result: str
    ) -> None:
        Session.use(session)
        assert Child(lambda: act(session, login)).said() == result
        finish(session, login)
        assert session.status.state == "signed in"

    @pytest.mark.parametrize("act", [Session.wait_for, lambda _, login: login.offer("")], ids=["wait for", "answer"])
    def test_a_child_is_told_that_it_cannot_finish_it(
        self, session: Session, login: Login, act: Callable[[Session, Login], object]
    ) -> None:
        said = Child(lambda: act(session, login)).said()
        assert said.startswith((AuthorizationError.__name__, CallbackError.__name__))

    def test_a_child_finds_the_token_once_its_parent_is_signed_in(self, session: Session, login: Login) -> None:
        child = Child(lambda: session.token().fingerprint, waits=True)
        finish(session, login)
        assert child.said() == session.token().fingerprint

    def test_a_child_that_lives_on_does_not_keep_the_port(self, session: Session, login: Login, port: int) -> None:
        child = Child(lambda: "was there", waits=True)
        finish(session, login)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=30)
        assert begin(session).unreachable == ""
        assert child.said() == "was there"


def test_a_child_that_lives_on_does_not_keep_the_port_of_a_sandbox(port: int) -> None:
    with Sandbox(port=port) as first:
        child = Child(lambda: "was there", waits=True)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=30)
    first.start()
    assert child.said() == "was there"
    first.stop()


def test_a_child_that_stops_a_sandbox_leaves_that_of_its_parent_running(sandbox: Sandbox, session: Session) -> None:
    assert Child(sandbox.stop).said() == "None"
    finish(session, begin(session))


def test_who_watches_the_parent_is_told_nothing_of_the_child_and_who_watches_the_child_is(session: Session) -> None:
    seen: list[str] = []
    session.observe(lambda status: seen.append("parent"))
    portal.run(lambda: asyncio.sleep(0))

    def be_watched() -> list[str]:
        seen.clear()
        session.observe(lambda status: seen.append("child"))
        session.logout()
        return seen

    assert Child(be_watched).said() == "['child']"


@pytest.mark.parametrize("is_kept", [True, False], ids=["file", "memory"])
def test_a_child_forked_during_a_refresh_gets_a_token_or_an_error(
    session: Session, sandbox: Sandbox, spotify_project: Path, *, is_kept: bool
) -> None:
    with (spotify_project / ".env").open("a") as file:
        file.write(f"SPOTANTIC_AUTH_STORE_ACCESS_TOKEN={is_kept}\n")
    finish(session, begin(session))
    sandbox.knobs.token_delay = 1
    refresh = threading.Thread(target=session.refresh)
    refresh.start()
    _wait_until_held(session)
    child = Child(lambda: session.token(refresh=True).expires_in)
    refresh.join()
    assert child.said() == "3600"


def test_a_child_does_not_wait_for_what_its_parent_was_importing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is imported is locked, and httpcore imports something at each request."""
    importing, forked = threading.Event(), threading.Event()
    os.register_at_fork(after_in_parent=forked.set)

    class Slow(MetaPathFinder, Loader):
        def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
            return ModuleSpec(name, self) if name == "slowly_imported" else None

        def exec_module(self, module: ModuleType) -> None:
            importing.set()
            forked.wait(0.5)  # ends at once where a fork does not wait for the portal

    monkeypatch.setattr(sys, "meta_path", [Slow(), *sys.meta_path])
    portal.call(lambda: importlib.import_module("slowly_imported"))
    assert importing.wait(20)
    assert Child(lambda: importlib.import_module("slowly_imported").__name__).said() == "slowly_imported"
    del sys.modules["slowly_imported"]


def test_two_threads_may_fork_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the portal's handlers alone: filelock refuses it."""
    monkeypatch.setattr(_background_loop, "_STAND_STILL", 60)
    portal.run(lambda: asyncio.sleep(0))

    def fork() -> None:
        for _ in range(100):
            portal._loop._stand_still()
            portal._loop._go_on()

    with ThreadPoolExecutor(2) as threads:
        for forked in [threads.submit(fork), threads.submit(fork)]:
            forked.result(timeout=30)
    assert portal.run(lambda: asyncio.sleep(0, "goes on")) == "goes on"


def _wait_until_held(session: Session) -> None:
    manager = session._async_session._manager
    assert manager is not None
    store = manager.store._in_this_process if isinstance(manager.store, FileTokenStore) else manager.store
    assert isinstance(store, MemoryTokenStore)
    next(turn for turn in iter(store._lock._last_turn, None) if not turn.is_over)
