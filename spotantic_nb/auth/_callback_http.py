"""
A request to the redirect URI, and its reply.

Only a GET of the redirect URI's own path, with its own Host, that answers this attempt counts. Everything else (a
favicon, another page's request, noise) gets a short refusal, and the login goes on. No request line is logged: it may
hold the code. The pages are static: nothing of the request is echoed, and nothing is loaded (RFC 9700, section 4.2.4).
The answer does not stay in the tab's address.
"""

import asyncio
import base64
import hashlib
from dataclasses import dataclass, field, replace
from http import HTTPStatus

import h11

from spotantic_nb.auth._attempt import Answer, AuthorizationAttempt
from spotantic_nb.auth._redirect_uri import Loopback
from spotantic_nb.errors import CallbackError, StateMismatchError

_MAX_REQUEST = 16 * 1024
"""Bytes of request line and headers; an answer of Spotify takes a tenth of it."""

_READ_TIMEOUT = 10.0
"""Seconds that a connection may take to say what it wants."""

_STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem}"
    "h1{font-size:1.6rem}:root{color-scheme:light dark}"
)
_FORGET = 'history.replaceState(null,"",location.pathname)'
"""Takes the answer out of the tab's address and its history."""


def _hash(text: str) -> str:
    """Return how a Content-Security-Policy names an inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_FORGET)}; frame-ancestors 'none'",
    ),
    ("Connection", "close"),
)


def _page(title: str, text: str, *, script: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>{text}</p>{script and f'<script>{script}</script>'}</html>"
    ).encode()


_GRANTED = _page(
    "You can close this tab", "Spotify's answer has arrived; your notebook finishes the login.", script=_FORGET
)
_DENIED = _page(
    "Nothing was granted", "Your notebook says why. You can close this tab and log in again.", script=_FORGET
)
_REFUSED = _page(
    "This is not the page you want",
    "If Spotify sent you here, copy the whole address of this tab and paste it where you began the login. "
    "Otherwise go back there and follow the link.",
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request is answered with."""

    status: int
    data: bytes = field(repr=False)
    """All bytes to send."""
    answer: Answer | None = None
    """The answer in the request, where it answers the attempt."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    status: int
    page: bytes
    answer: Answer | None = None


async def reply_to(reader: asyncio.StreamReader, loopback: Loopback, attempt: AuthorizationAttempt) -> Reply:
    """
    Read one request, and return its reply.

    Raises:
        TimeoutError: Nothing whole came within 10 seconds.
        OSError: The other side went away.
    """
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_REQUEST)
    async with asyncio.timeout(_READ_TIMEOUT):
        request = await _next_request(connection, reader)
    verdict = _judge(request, loopback, attempt) if request else _Verdict(400, _REFUSED)
    if request and request.method == b"HEAD":
        verdict = replace(verdict, page=b"")
    return Reply(verdict.status, _on_the_wire(connection, verdict), verdict.answer)


def _judge(request: h11.Request, loopback: Loopback, attempt: AuthorizationAttempt) -> _Verdict:
    hosts = [value.decode("latin-1").lower() for name, value in request.headers if name == b"host"]
    path, _, query = request.target.decode("latin-1").partition("?")
    if len(hosts) != 1 or not loopback.hosts.issuperset(hosts):
        return _Verdict(400, _REFUSED)  # a page that had its own name resolved to this machine
    if path != loopback.path:
        return _Verdict(404, _REFUSED)
    if request.method != b"GET":
        return _Verdict(405, _REFUSED)
    try:
        answer = attempt.answer(f"{loopback.address}?{query}")
    except (CallbackError, StateMismatchError):
        return _Verdict(400, _REFUSED)
    return _Verdict(200, _GRANTED if answer.is_granted else _DENIED, answer)


async def _next_request(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
    """Return the request line and headers that come over this connection, or None where they are no HTTP."""
    try:
        while (event := connection.next_event()) is h11.NEED_DATA:
            connection.receive_data(await reader.read(_MAX_REQUEST))
    except h11.RemoteProtocolError:
        return None
    return event if isinstance(event, h11.Request) else None


def _on_the_wire(connection: h11.Connection, verdict: _Verdict) -> bytes:
    if connection.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
        return b""  # the other side hung up before it asked for anything
    length = ("Content-Length", str(len(verdict.page)))
    allow = [("Allow", "GET")] if verdict.status == HTTPStatus.METHOD_NOT_ALLOWED else []
    head = h11.Response(status_code=verdict.status, headers=[*_HEADERS, length, *allow])
    events = [head, h11.Data(data=verdict.page), h11.EndOfMessage()]
    return b"".join(connection.send(event) or b"" for event in events)
