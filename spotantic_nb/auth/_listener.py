"""
The loopback listener: one small HTTP server that waits for one answer (RFC 8252, section 7.3).

Only a GET of the redirect URI's own path, with its own Host, that answers this attempt counts. Everything else (a
favicon, a stranger's tab, an idle connection, rubbish) gets a short refusal, and the login goes on. No request line
is logged: it may hold the code.
"""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from http import HTTPStatus

import h11

from spotantic_nb._foreign_text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth import _pages
from spotantic_nb.auth._mailbox import Mailbox
from spotantic_nb.auth._redirect_uri import DEFAULT_REDIRECT_URI, Loopback
from spotantic_nb.errors import CallbackError, LoopbackUnavailableError, StateMismatchError

_log = logging.getLogger(__name__)

_MAX_REQUEST = 16 * 1024
"""Bytes of request line and headers; an answer of Spotify takes a tenth of it."""

_READ_TIMEOUT = 10.0
"""Seconds that a connection may take to say what it wants."""

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


@contextlib.asynccontextmanager
async def listening(loopback: Loopback, mailbox: Mailbox) -> AsyncIterator[None]:
    """
    Listen on the address of the redirect URI and put the answer into the mailbox; the port is free again afterwards.

    Raises:
        LoopbackUnavailableError: The address cannot be listened on.
    """
    visits = _Visits(loopback, mailbox)
    # Not asyncio's own socket: where there is no IPv6, it has none, and says nothing. Not serving yet: asyncio would
    # then pause once more before it hands the server over, and a login that is ended in that moment would leave it
    # listening for ever.
    server = await asyncio.start_server(visits.serve, sock=_bound(loopback), limit=_MAX_REQUEST, start_serving=False)
    try:
        await server.start_serving()
        yield
    finally:
        for listener in server.sockets:
            # Not only closed: a child that was forked meanwhile has it too, and would keep the port.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
        # The connections first: since Python 3.12 a server waits for a browser that keeps an idle one open.
        server.close()
        await visits.end()
        await server.wait_closed()


def _bound(loopback: Loopback) -> socket.socket:
    try:
        return socket.create_server(
            (loopback.host, loopback.port), family=socket.AF_INET6 if ":" in loopback.host else socket.AF_INET
        )
    except OSError as error:
        why, remedy = _REASONS.get(error.errno or 0, (isolated(error.strerror or type(error).__name__), _ANOTHER_PORT))
        raise LoopbackUnavailableError(
            f"{isolated(loopback.netloc)} cannot be listened on: {why}.", hint=remedy
        ) from error


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    page: bytes
    answer: str | None = None
    """The whole address, where it answers the attempt."""


class _Visits:
    """The connections of one listener."""

    def __init__(self, loopback: Loopback, mailbox: Mailbox) -> None:
        self._loopback = loopback
        self._mailbox = mailbox
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
                # The other side went away, or said nothing in time; or the login is over, and asyncio of Python 3.11
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
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_REQUEST)
        async with asyncio.timeout(_READ_TIMEOUT):
            request = await _next_request(connection, reader)
        reply = self._judge(request) if request else _Reply(400, _pages.REFUSED)
        if request and request.method == b"HEAD":
            reply = replace(reply, page=b"")
        # In one step of the loop: whoever sees the page finds the login answered, and the end of the login, which
        # closes this connection, finds the page on its way.
        if reply.answer is not None:
            self._mailbox.deliver(reply.answer)
        writer.write(_on_the_wire(connection, reply))
        _log.debug("Answered a request with status %s.", reply.status)

    def _judge(self, request: h11.Request) -> _Reply:
        hosts = [value.lower() for name, value in request.headers if name == b"host"]
        target = request.target.decode("latin-1")
        if hosts != [self._loopback.netloc.encode()]:
            return _Reply(400, _pages.REFUSED)  # a page that had its own name resolved to this machine
        if target.partition("?")[0] != self._loopback.path:
            return _Reply(404, _pages.REFUSED)
        if request.method != b"GET":
            return _Reply(405, _pages.REFUSED)
        callback = f"http://{self._loopback.netloc}{target}"
        try:
            granted = self._mailbox.attempt.grants(callback)
        except (CallbackError, StateMismatchError):
            return _Reply(400, _pages.REFUSED)
        return _Reply(200, _pages.GRANTED if granted else _pages.DENIED, callback)


async def _next_request(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
    """Return the request line and headers that come over this connection, or None where they are no HTTP."""
    try:
        while (event := connection.next_event()) is h11.NEED_DATA:
            connection.receive_data(await reader.read(_MAX_REQUEST))
    except h11.RemoteProtocolError:
        return None
    return event if isinstance(event, h11.Request) else None


def _on_the_wire(connection: h11.Connection, reply: _Reply) -> bytes:
    if connection.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
        return b""  # the other side hung up before it asked for anything
    length = ("Content-Length", str(len(reply.page)))
    allow = [("Allow", "GET")] if reply.status == HTTPStatus.METHOD_NOT_ALLOWED else []
    head = h11.Response(status_code=reply.status, headers=[*_pages.HEADERS, length, *allow])
    events = [head, h11.Data(data=reply.page), h11.EndOfMessage()]
    return b"".join(connection.send(event) or b"" for event in events)
