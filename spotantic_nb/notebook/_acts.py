"""
What the buttons do: each act runs on the portal, waits for nothing there, and tells everybody who watches.

Always with the kernel's current session: the one that a panel was made for may have been replaced by a sandbox's.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from spotantic_nb._desk import Wish
from spotantic_nb._env_file import from_dashboard, write_app
from spotantic_nb.auth._receivers import open_browser
from spotantic_nb.errors import CallbackError, SpotanticNbError, StateMismatchError
from spotantic_nb.notebook import _sandbox
from spotantic_nb.session import Session

_on_their_way: set[asyncio.Task[None]] = set()
"""The acts that are not over yet; asyncio itself keeps no task alive."""


def log_in(wish: Wish) -> None:
    """Begin a login, in the place of one that is on its way."""
    _start(_log_in(wish))


def refresh() -> None:
    """Renew the token."""
    _start(Session.current().desk.token(refresh=True))


def log_out() -> None:
    """Forget the project's tokens."""
    _start(Session.current().desk.sign_out())


def cancel() -> None:
    """End the login that is on its way."""
    _start(Session.current().desk.stop_login())


def paste(text: str) -> None:
    """Take an address that the person pasted for the login that is on its way."""
    desk = Session.current().desk
    if desk.login is None:
        return
    if not text.strip():
        desk.say("The box is empty: paste the whole address of the tab you were sent to.")
        return
    try:
        desk.login.offer(text)
    except (CallbackError, StateMismatchError) as error:
        desk.say(str(error))
    else:
        desk.say("The address has arrived, and the login is being finished.")


def set_up(client_id: str, client_secret: str) -> None:
    """Write the person's app into the project's ``.env``, and go on to the login."""
    _start(_set_up(client_id, client_secret))


def use_sandbox() -> None:
    """Start an offline Spotify, and go on to a login there."""
    _start(_use_sandbox())


def _start(act: Coroutine[Any, Any, object]) -> None:
    task = asyncio.get_running_loop().create_task(_telling(act))
    _on_their_way.add(task)
    task.add_done_callback(_on_their_way.discard)


async def _telling(act: Coroutine[Any, Any, object]) -> None:
    try:
        await act
    except SpotanticNbError as error:
        Session.current().desk.say(str(error))


async def _log_in(wish: Wish) -> None:
    session = Session.current()
    login = await session.desk.begin(wish)
    if login is not None and session.placement.can_open:
        open_browser(login.url)


async def _set_up(client_id: str, client_secret: str) -> None:
    session = Session.current()
    client_id = from_dashboard(client_id, "client id")
    client_secret = from_dashboard(client_secret, "client secret") if client_secret.strip() else ""
    warnings = await asyncio.to_thread(write_app, session.root, client_id=client_id, client_secret=client_secret)
    await _log_in(Wish("code" if client_secret else "pkce", frozenset()))
    session.desk.note(*warnings)


async def _use_sandbox() -> None:
    await _sandbox.switch_on()
    await _log_in(Wish("pkce", frozenset()))
