"""
The loopback listener: one small HTTP server that waits for one answer (RFC 8252, section 7.3).

Owns the port and the connections; what a request is answered with is in ``_callback_http``.
"""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import AsyncIterator, Callable

from spotantic_nb._text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._attempt import Answer, AuthorizationAttempt
from spotantic_nb.auth._redirect_uri import DEFAULT_REDIRECT_URI, Loopback
from spotantic_nb.errors import LoopbackUnavailableError

_log = logging.getLogger(__name__)

_ANOTHER_PORT = (
    "Register another redirect URI in the dashboard and set SPOTANTIC_AUTH_REDIRECT_URI to it, as to "
    f"{DEFAULT_REDIRECT_URI}."
)
_IN_USE = (
    "another login (of another notebook, perhaps) or another program uses it",
    "End that one, or register another port in the dashboard and set SPOTANTIC_AUTH_REDIRECT_URI to it.",
)
_NOT_ALLOWED = "this user may not use this port (those below 1024 are often kept)"
_NO_ADDRESS = "this machine has no such address; IPv6 is off, perhaps"
_REASONS = {
    errno.EADDRINUSE: _IN_USE,
    errno.EACCES: (_NOT_ALLOWED, _ANOTHER_PORT),
    errno.EPERM: (_NOT_ALLOWED, _ANOTHER_PORT),
    errno.EADDRNOTAVAIL: (_NO_ADDRESS, _ANOTHER_PORT),
    errno.EAFNOSUPPORT: (_NO_ADDRESS, _ANOTHER_PORT),
}
"""Why an address cannot be listened on, and what to do then, by the number of the error."""

_NO_SUCH_ADDRESS = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""The errors of a machine without IPv6, where nobody else can listen on it either."""


@contextlib.asynccontextmanager
async def listening(
    loopback: Loopback, attempt: AuthorizationAttempt, deliver: Callable[[Answer], None]
) -> AsyncIterator[None]:
    """
    Listen on the address of the redirect URI and deliver the answer to this attempt; the port is free afterwards.

    Raises:
        LoopbackUnavailableError: The address cannot be listened on.
    """
    visits = _Visits(loopback, attempt, deliver)
    # Not asyncio's own socket: where there is no IPv6, it has none, and says nothing. Not serving yet: asyncio would
    # then pause once more before it hands the server over, and a login that is ended in that moment would leave it
    # listening for ever.
    servers = [await asyncio.start_server(visits.serve, sock=at, start_serving=False) for at in _bound(loopback)]
    try:
        for server in servers:
            await server.start_serving()
        yield
    finally:
        for server in servers:
            _close(server)
        # The connections first: since Python 3.12 a server waits for a browser that keeps an idle one open.
        await visits.end()
        for server in servers:
            await server.wait_closed()


def _close(server: asyncio.Server) -> None:
    for listener in server.sockets:
        # Not only closed: a child that was forked meanwhile has it too, and would keep the port.
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    server.close()


def _bound(loopback: Loopback) -> list[socket.socket]:
    """Return a socket at each address where the answer may arrive, as far as this machine has them."""
    sockets: list[socket.socket] = []
    for literal in loopback.literals:
        try:
            sockets.append(_socket_at(literal, loopback.port))
        except OSError as error:
            if sockets and error.errno in _NO_SUCH_ADDRESS:
                continue
            for other in sockets:
                other.close()
            raise _unavailable(literal, loopback.port, error) from error
    return sockets


def _socket_at(literal: str, port: int) -> socket.socket:
    return socket.create_server((literal, port), family=socket.AF_INET6 if ":" in literal else socket.AF_INET)


def _unavailable(literal: str, port: int, error: OSError) -> LoopbackUnavailableError:
    why, remedy = _REASONS.get(error.errno or 0, (isolated(error.strerror or type(error).__name__), _ANOTHER_PORT))
    shown = isolated(f"[{literal}]:{port}" if ":" in literal else f"{literal}:{port}")
    return LoopbackUnavailableError(f"{shown} cannot be listened on: {why}.", hint=remedy)


class _Visits:
    """The connections of one listener."""

    def __init__(self, loopback: Loopback, attempt: AuthorizationAttempt, deliver: Callable[[Answer], None]) -> None:
        self._loopback = loopback
        self._attempt = attempt
        self._deliver = deliver
        self._open: set[asyncio.Task[None]] = set()
        self._ended = False

    @hides_locals
    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, once, and close it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs every connection in a task
        self._open.add(task)
        try:
            if not self._ended:
                # The other side went away, or said nothing in time; or the login has ended, and asyncio of Python 3.11
                # would report a cancelled connection as a failure.
                with contextlib.suppress(OSError, asyncio.CancelledError):
                    await self._answer(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def end(self) -> None:
        """Close every connection that is still open."""
        self._ended = True
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from spotantic_nb.auth._callback_http import reply_to  # h11 with it, which takes longer than to listen

        reply = await reply_to(reader, self._loopback, self._attempt)
        # In one step of the loop: whoever sees the page finds the login answered, and the end of the login, which
        # closes this connection, finds the page on its way.
        if reply.answer is not None:
            self._deliver(reply.answer)
        writer.write(reply.data)
        _log.debug("Answered a request with status %s.", reply.status)
