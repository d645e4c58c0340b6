"""What fails, or is slow, where nobody waits for it ends in a log or on standard error: without a secret there too."""

import asyncio
import contextlib
import gc
import logging
import threading
import traceback
import webbrowser
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from failures import World, link_of, planted, secrets_in, world
from renderers import with_traceback

from spotantic_nb import Session
from spotantic_nb._portal import portal
from spotantic_nb.auth import _callback_http
from spotantic_nb.auth._browser import open_browser
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._redirect_uri import DEFAULT_REDIRECT_URI
from spotantic_nb.auth._registration import Registration
from spotantic_nb.notebook import _actions
from spotantic_nb.sandbox import ScriptedUser


class Log(logging.Handler):
    """A log that shows local variables, as those of rich, structlog and Sentry do."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{record.getMessage()}\n"
        if record.exc_info and record.exc_info[1]:
            self.text += with_traceback(record.exc_info[1])


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Log]:
    """What asyncio and the package log; httpx also tells of the person's browser, which is in this process too."""
    handler = Log()
    loggers = [logging.getLogger(name) for name in ("asyncio", "spotantic_nb")]
    for logger in loggers:
        caplog.set_level(logging.DEBUG, logger=logger.name)
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture
def here() -> Iterator[World]:
    with world() as here:
        yield here


@pytest.fixture
def session(here: World) -> Iterator[Session]:
    session = Session(here.settings(), start=here.folder)
    Session.use(session)
    yield session
    session.cancel()


async def _nothing() -> None:
    """Run on the portal after all that was handed to it before."""


def _break(*_: Any, **__: Any) -> NoReturn:
    raise ZeroDivisionError


def test_an_address_that_a_callback_fails_on_is_not_logged(
    session: Session, here: World, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Login, "_deliver", _break)
    login = session.login("pkce", wait=False)
    assert login is not None
    login.offer(here.answer(login))
    portal.run(_nothing)
    assert "Exception in callback" in log.text
    assert not secrets_in(log.text)


def test_a_request_that_the_listener_fails_on_is_not_logged(
    session: Session, here: World, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_callback_http, "_judge", lambda request, *_: _break(request.target))
    login = session.login("pkce", wait=False)
    with pytest.raises(Exception, match="disconnected"):
        ScriptedUser().follow(link_of(login))
    session.cancel()
    gc.collect()
    portal.run(_nothing)
    assert "ZeroDivisionError" in log.text
    assert not secrets_in(log.text)


def test_what_an_act_of_the_panel_fails_on_is_not_logged(
    session: Session, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_actions, "write_app", _break)
    monkeypatch.setattr(_actions, "from_dashboard", lambda text, what: text)
    portal.call(lambda: _actions.set_up("an id", planted(), Registration(DEFAULT_REDIRECT_URI)))
    portal.run(_acts_are_over)
    gc.collect()
    portal.run(_nothing)
    assert "ZeroDivisionError" in log.text
    assert not secrets_in(log.text)


async def _acts_are_over() -> None:
    for act in tuple(_actions._running.values()):
        await asyncio.wait([act])


def test_a_pasted_address_that_the_panel_fails_on_is_not_logged(
    session: Session, here: World, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = session.login("pkce", wait=False)
    assert login is not None
    monkeypatch.setattr(login, "offer", _break)
    address = here.answer(login)
    portal.call(lambda: _actions.paste(address))
    portal.run(_nothing)
    assert "ZeroDivisionError" in log.text
    assert not secrets_in(log.text)


def test_a_link_that_a_browser_fails_on_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    def broken(url: str) -> bool:
        seen.append("called")
        raise webbrowser.Error

    def hook(args: threading.ExceptHookArgs) -> None:
        stack = traceback.TracebackException(args.exc_type, args.exc_value, args.exc_traceback, capture_locals=True)  # type: ignore[arg-type]
        seen.append("".join(stack.format()) + repr(args.thread))

    monkeypatch.setattr(threading, "excepthook", hook)
    monkeypatch.setattr(webbrowser, "open", broken)
    before = set(threading.enumerate())
    open_browser(f"https://accounts.spotify.com/authorize?state={planted()}")
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert seen == ["called"]
    assert not secrets_in("".join(capfd.readouterr()) + caplog.text)


@contextlib.contextmanager
def _everything_is_slow() -> Iterator[None]:
    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    loop_of_the_portal = portal.run(loop)
    before = loop_of_the_portal.slow_callback_duration
    loop_of_the_portal.slow_callback_duration = 0
    loop_of_the_portal.set_debug(True)
    yield
    loop_of_the_portal.set_debug(False)
    loop_of_the_portal.slow_callback_duration = before


@pytest.mark.parametrize("is_pasted", [False, True])
def test_asyncios_debug_log_of_a_whole_login_holds_no_secret(
    session: Session, here: World, log: Log, *, is_pasted: bool
) -> None:
    """``PYTHONASYNCIODEBUG=1`` logs each callback that is slow, with its arguments and results."""
    with _everything_is_slow():
        login = session.login("code", wait=False)
        assert login is not None
        if is_pasted:
            login.offer(here.answer(login))
        else:
            ScriptedUser().follow(link_of(login))
        session.wait_for(login)
        session.refresh()
    assert "Executing" in log.text
    assert not secrets_in(log.text)
