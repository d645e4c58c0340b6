"""
What the buttons do: each act runs on the portal, waits for nothing there, and tells everybody who watches.

A click on what is on its way already joins it: a double click, or one click in each of two panels, is one act. Always
with the kernel's current session: the one that a panel was made for may have been replaced by a sandbox's.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from datetime import UTC, datetime
from typing import Any

from spotantic_nb._desk import Wish
from spotantic_nb._env_file import from_dashboard, write_app
from spotantic_nb._times import local
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._receivers import open_browser
from spotantic_nb.errors import CallbackError, SpotanticNbError, StateMismatchError
from spotantic_nb.notebook import _sandbox
from spotantic_nb.session import Session

_JUST_NOW = 5.0
"""Seconds after a click has brought a token in which the same click asks for no other one."""

_ARRIVED = "The address has arrived, and the login is being finished."

_on_their_way: dict[tuple[Session, Hashable], asyncio.Task[None]] = {}
"""The acts that are not over yet, by their session and what they do. asyncio itself keeps no task alive."""

_begun: tuple[Session, Wish, Login | None, float] | None = None
"""What a click on Log in began last, and when; without a Login where nobody had to be asked."""

_renewed: tuple[str, float, datetime] | None = None
"""The fingerprint of the token that a click brought last, and when, by both clocks."""


def log_in(wish: Wish) -> Awaitable[None]:
    """
    Begin a login, in the place of one that is on its way; one that was begun with the same wish goes on.

    What is returned ends when the link may be followed, or the login has failed and everybody was told.
    """
    return _start(wish, lambda: _log_in(wish))


def refresh() -> None:
    """Renew the token, unless a click has just done so."""
    _start("refresh", _refresh)


def log_out() -> None:
    """Forget the project's tokens."""
    _start("log out", Session.current().desk.sign_out)


def cancel() -> None:
    """End the login that is on its way."""
    _start("cancel", Session.current().desk.stop_login)


def paste(text: str) -> None:
    """Take an address that the person pasted for the login that is on its way."""
    desk = Session.current().desk
    if desk.login is None:
        return
    if desk.login.answered:
        desk.say(_ARRIVED)
        return
    if not text.strip():
        desk.say("The box is empty: paste the whole address of the tab you were sent to.")
        return
    try:
        desk.login.offer(text)
    except (CallbackError, StateMismatchError) as error:
        desk.say(str(error))
    else:
        desk.say(_ARRIVED)


def set_up(client_id: str, client_secret: str) -> None:
    """Write the person's app into the project's ``.env``, and go on to the login."""
    _start("set up", lambda: _set_up(client_id, client_secret))


def use_sandbox() -> None:
    """Start an offline Spotify, and go on to a login there."""
    _start("use sandbox", _use_sandbox)


def _start(name: Hashable, act: Callable[[], Coroutine[Any, Any, object]]) -> asyncio.Task[None]:
    """Begin an act, or join the one of this name that is on its way."""
    key = Session.current(), name
    if key not in _on_their_way:
        task = _on_their_way[key] = asyncio.get_running_loop().create_task(_telling(act))
        task.add_done_callback(lambda _: _on_their_way.pop(key))
    return _on_their_way[key]


@hides_locals
async def _telling(act: Callable[[], Coroutine[Any, Any, object]]) -> None:
    try:
        await act()
    except SpotanticNbError as error:
        Session.current().desk.say(str(error))


async def _log_in(wish: Wish) -> None:
    global _begun  # noqa: PLW0603 - one login on its way per kernel
    session = Session.current()
    if _has_begun(session, wish):
        return
    login = await session.desk.begin(wish)
    _begun = session, wish, login, _monotonic()
    if login is not None and session.placement.can_open:
        open_browser(login.url)


def _has_begun(session: Session, wish: Wish) -> bool:
    """Tell whether a click has begun this very login: it waits now, or needed nobody and was done just now."""
    if _begun is None or _begun[:2] != (session, wish):
        return False
    *_, login, at = _begun
    if login is not None:
        return session.desk.login is login
    return session.desk.fresh_token is not None and _monotonic() - at < _JUST_NOW


async def _refresh() -> None:
    global _renewed  # noqa: PLW0603 - one token in use per kernel
    desk = Session.current().desk
    held = desk.fresh_token
    if held is not None and _renewed is not None:
        fingerprint, at, clock = _renewed
        if held.fingerprint == fingerprint and _monotonic() - at < _JUST_NOW:
            desk.say(f"The token was renewed just now, at {clock:%H:%M:%S}.")
            return
    token = await desk.token(refresh=True)
    _renewed = token.fingerprint, _monotonic(), local(datetime.now(UTC))


async def _set_up(client_id: str, client_secret: str) -> None:
    client_id = from_dashboard(client_id, "client id")
    client_secret = from_dashboard(client_secret, "client secret") if client_secret.strip() else ""
    env_file = Session.current().env_file
    warnings = await asyncio.to_thread(write_app, env_file, client_id=client_id, client_secret=client_secret)
    try:
        await log_in(Wish("code" if client_secret else "pkce", frozenset()))
    finally:
        # Only now, for a login that begins clears the notices; and whatever has become of it.
        Session.current().desk.note(*warnings)


async def _use_sandbox() -> None:
    await _sandbox.switch_on()
    await log_in(Wish("pkce", frozenset()))


def _monotonic() -> float:
    return time.monotonic()
