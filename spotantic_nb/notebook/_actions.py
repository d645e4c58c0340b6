"""
What the buttons do: each action runs on the portal, blocks nothing there, and ends in a message of the session.

A click that repeats an action which still runs joins it: a double click, or one click in each of two panels, is one
action. All use the kernel's current session: the one that a panel was made for may have been replaced by a sandbox's.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spotantic_nb._text import local
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._browser import open_browser
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._redirect_uri import refuse_bad_redirect_uri
from spotantic_nb.auth._registration import Registration
from spotantic_nb.errors import CallbackError, SpotanticNbError, StateMismatchError
from spotantic_nb.notebook import _sandbox_switch
from spotantic_nb.session import Session
from spotantic_nb.session._managers import LoginRequest
from spotantic_nb.settings._env_file import from_dashboard, write_app

_JUST_NOW = 5.0
"""Seconds after a click has brought a token in which the same click asks for no other one."""

_ARRIVED = "The address has arrived, and the login is being finished."

_running: dict[tuple[Session, Hashable], asyncio.Task[None]] = {}
"""The actions that have not ended yet, by their session and what they do. asyncio itself keeps no task alive."""

_begun: tuple[Session, LoginRequest, Login | None, float] | None = None
"""What a click on Log in began last, and when; without a Login where nobody had to be asked."""

_renewed: tuple[str, float, datetime] | None = None
"""The fingerprint of the token that a click brought last, and when, by both clocks."""


def log_in(request: LoginRequest) -> Awaitable[None]:
    """
    Begin a login, which replaces one that waits; one that was begun by the same request goes on.

    What is returned ends when the link may be followed, or the login has failed and the message says so.
    """
    return _start(request, lambda: _log_in(request))


def grant() -> None:
    """Begin a login for the scopes that code needs and that were not granted, with those that were."""
    _start("grant", _grant)


def refresh() -> asyncio.Task[None]:
    """Renew the token, unless a click has just done so; return the task that does."""
    return _start("refresh", _refresh)


def bring(path: Path) -> asyncio.Task[None]:
    """Log in with what the file of another program holds; return the task that does."""
    return _start(("bring", path), lambda: Session.current().abring(path))


def log_out() -> None:
    """Forget the project's tokens."""
    _start("log out", Session.current().alogout)


def cancel() -> None:
    """End the login that waits."""
    _start("cancel", Session.current().acancel)


def is_answer(text: str) -> bool:
    """Tell whether this answers the login that waits, so that nobody has to press Submit."""
    login = Session.current().pending_login
    return login is not None and not login.answered and login.is_answer(text)


def paste(text: str) -> None:
    """Take an address that the person pasted for the login that waits."""
    session, login = Session.current(), Session.current().pending_login
    if login is None:
        return
    if login.answered:
        session.messages.set(_ARRIVED)
    elif not text.strip():
        session.messages.set("The box is empty: paste the whole address of the tab you were sent to.")
    else:
        session.messages.set(_offer(login, text))


def _offer(login: Login, text: str) -> str:
    try:
        login.offer(text)
    except (CallbackError, StateMismatchError) as error:
        return str(error)
    return _ARRIVED


def set_up(client_id: str, client_secret: str, registered: Registration) -> None:
    """Write the person's app and what it was registered with into the project's ``.env``, and go on to the login."""
    _start("set up", lambda: _set_up(client_id, client_secret, registered))


def use_sandbox() -> None:
    """Start an offline Spotify, and go on to a login there."""
    _start("use sandbox", _use_sandbox)


def _start(name: Hashable, action: Callable[[], Coroutine[Any, Any, object]]) -> asyncio.Task[None]:
    """Begin an action, or join the one of this name that runs."""
    key = Session.current(), name
    if key not in _running:
        task = _running[key] = asyncio.get_running_loop().create_task(_to_its_end(action))
        task.add_done_callback(lambda _: _running.pop(key))
    return _running[key]


@hides_locals
async def _to_its_end(action: Callable[[], Coroutine[Any, Any, object]]) -> None:
    try:
        await action()
    except SpotanticNbError as error:
        Session.current().messages.set(str(error))


async def _log_in(request: LoginRequest) -> None:
    global _begun  # noqa: PLW0603 - one login at a time per kernel
    session = Session.current()
    if _has_begun(session, request):
        return
    login = await session.begin(request)
    _begun = session, request, login, _monotonic()
    if login is None:
        return
    if session.placement.can_open:
        open_browser(login.url)
    login.link_is_shown()


async def _grant() -> None:
    session = Session.current()
    if session.status.lacking:
        await _log_in(session.request_for_lacking())


def _has_begun(session: Session, request: LoginRequest) -> bool:
    """Tell whether a click has begun this very login: it waits now, or needed nobody and was done just now."""
    if _begun is None or _begun[:2] != (session, request):
        return False
    *_, login, at = _begun
    if login is not None:
        return session.pending_login is login
    return session.fresh_token is not None and _monotonic() - at < _JUST_NOW


async def _refresh() -> None:
    global _renewed  # noqa: PLW0603 - one token in use per kernel
    session = Session.current()
    held = session.fresh_token
    if held is not None and _renewed is not None:
        fingerprint, at, clock = _renewed
        if held.fingerprint == fingerprint and _monotonic() - at < _JUST_NOW:
            session.messages.set(f"The token was renewed just now, at {clock:%H:%M:%S}.")
            return
    token = await session.atoken(refresh=True)
    _renewed = token.fingerprint, _monotonic(), local(datetime.now(UTC))


async def _set_up(client_id: str, client_secret: str, registered: Registration) -> None:
    app = {"client_id": from_dashboard(client_id, "client id")}
    if client_secret.strip():
        app["client_secret"] = from_dashboard(client_secret, "client secret")
    session = Session.current()
    refuse_bad_redirect_uri(registered.redirect_uri)
    app |= registered.missing_in(session.settings)
    warnings = await asyncio.to_thread(write_app, session.env_file, app)
    try:
        await log_in(LoginRequest("code" if "client_secret" in app else "pkce"))
    finally:
        # Only now, for a login that begins clears the notices; and whatever has become of it.
        Session.current().messages.add_notices(*warnings)


async def _use_sandbox() -> None:
    await _sandbox_switch.switch_on()
    await log_in(LoginRequest("pkce"))


def _monotonic() -> float:
    return time.monotonic()
