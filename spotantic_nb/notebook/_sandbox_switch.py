"""
The sandbox of this kernel: an offline Spotify in a thread, and a session that talks to it instead.

This module alone starts and stops it, one switch after the other, whoever asks: magics, the buttons of several panels,
the end of the extension. Its tokens stay in memory: they are worth nothing once the kernel, and the sandbox with it,
is gone.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from spotantic_nb.errors import ConfigurationError
from spotantic_nb.session import Session
from spotantic_nb.settings import AuthSettings

if TYPE_CHECKING:
    from spotantic_nb.sandbox import Sandbox

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Running:
    """A sandbox that serves."""

    sandbox: "Sandbox"
    session: Session
    """The session that talks to it."""
    before: Session
    """The kernel's session before it was switched on."""


_running: _Running | None = None

_turns = asyncio.Lock()
"""Held on the portal, where no interrupt reaches, from the beginning of a switch to its end."""


async def switch_on() -> str:
    """
    Use the sandbox, started unless it is on or the settings lead to one already, and return in words where it is.

    Raises:
        ConfigurationError: The sandbox's packages are not installed, or a variable is malformed.
    """
    return await _in_turn(_start)


async def switch_off() -> str:
    """Stop the sandbox, go back to the session before it, and return in words what is used now."""
    used_now = await _in_turn(_stop)
    return f"Sandbox off. {used_now}" if used_now else "No sandbox was started in this kernel."


async def unload() -> str:
    """Stop the sandbox because the extension goes, and return what to tell the person; nothing where there is none."""
    used_now = await _in_turn(_stop)
    if not used_now:
        return ""
    return (
        f"Sandbox off, because the extension was unloaded. {used_now} "
        "To go on with a new sandbox, load the extension and run %spotantic_sandbox on."
    )


def is_on() -> bool:
    """Tell whether this kernel's session talks to a sandbox that was started here."""
    return _running is not None and Session.current() is _running.session


async def _in_turn(act: Callable[[], T]) -> T:
    """Do this in a thread once no other switch runs; to its end, even where the caller is cancelled."""

    async def do() -> T:
        async with _turns:
            return await asyncio.to_thread(act)

    return await asyncio.shield(do())


def _start() -> str:
    global _running  # noqa: PLW0603 - one sandbox per kernel
    before = Session.current()
    if _running is not None:
        if before is not _running.session:
            _running = replace(_running, before=before)
            Session.use(_running.session)
        return _already_at(_running.sandbox.url)
    status = before.status
    if status.state != "not set up" and urlsplit(status.service).hostname in {"127.0.0.1", "::1"}:
        return _already_at(status.service)
    sandbox = _new_sandbox()
    try:
        session = Session(_settings_for(sandbox))
    except ConfigurationError:
        sandbox.stop()
        raise
    _running = _Running(sandbox, session, before)
    Session.use(session)
    return f"Sandbox on at {sandbox.url}: an offline Spotify with invented people. Nothing reaches the real one."


def _stop() -> str:
    """Stop the sandbox and say what is used in its place; an empty text where there is none."""
    global _running
    if _running is None:
        return ""
    running, _running = _running, None
    is_in_use = Session.current() is running.session
    if is_in_use:
        Session.use(running.before)
    running.session.cancel()
    running.sandbox.stop()
    return (
        f"The next login goes by {'the settings that were in use before' if is_in_use else 'the session in use now'}."
    )


def _already_at(url: str) -> str:
    return f"This kernel talks to the sandbox at {url}. Nothing reaches Spotify."


def _new_sandbox() -> "Sandbox":
    try:
        from spotantic_nb.sandbox import Sandbox
    except ImportError:
        raise ConfigurationError(
            "The sandbox's packages are not installed.", hint="Run: pip install 'spotantic-nb[sandbox]'"
        ) from None
    sandbox = Sandbox()
    sandbox.start()
    return sandbox


def _settings_for(sandbox: "Sandbox") -> AuthSettings:
    return AuthSettings(
        _env_file=None,
        client_id=SecretStr(sandbox.client_id),
        client_secret=SecretStr(sandbox.client_secret),
        redirect_uri=f"http://127.0.0.1:{_free_port()}/callback",
        accounts_url=sandbox.accounts_url,
        api_url=sandbox.api_url,
        refresh_token=None,  # a portable grant belongs to Spotify alone
        store_access_token=False,
    )


def _free_port() -> int:
    """Return a port for the sandbox's redirect URI that no real login uses (RFC 9700, section 4.4)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
