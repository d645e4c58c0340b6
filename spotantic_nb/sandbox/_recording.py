"""
The recording: every request the sandbox has answered, with its secrets masked before they are kept.

An ASGI middleware, so that it also sees what no endpoint wanted. A request is on the record before the first byte of
its answer leaves: whoever has the answer can look it up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MASK = "***"
_SECRET = frozenset(
    {
        "access_token",
        "client_secret",
        "code",
        "code_challenge",
        "code_verifier",
        "continue",
        "pending",
        "refresh_token",
        "state",
    }
)
"""Names whose values are masked; ``continue`` and ``pending`` carry a whole authorize request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """
    One request, without its secrets.

    ``authorization`` keeps the scheme of the header (``Basic ***``, ``Bearer ***``), or is None where there was none.

    Example:
        >>> from spotantic_nb.sandbox import Sandbox
        >>> with Sandbox() as sandbox:
        ...     app = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
        ...     Session(AuthSettings(accounts_url=sandbox.url, **app)).login("client")
        ...     request = sandbox.requests[0]
        >>> request.method, request.path, request.status, request.form, request.authorization
        ('POST', '/api/token', 200, {'grant_type': 'client_credentials'}, 'Basic ***')
    """

    method: str
    path: str
    status: int
    query: Mapping[str, str]
    form: Mapping[str, str]
    authorization: str | None


class Recording:
    """The requests so far."""

    def __init__(self) -> None:
        self._requests: list[RecordedRequest] = []

    def add(self, request: RecordedRequest) -> None:
        """Append one request."""
        self._requests.append(request)

    def snapshot(self) -> list[RecordedRequest]:
        """Return the requests in the order in which they were answered."""
        return list(self._requests)


class RecordingMiddleware:
    """Note each request when its answer begins."""

    def __init__(self, app: ASGIApp, recording: Recording) -> None:
        self._app = app
        self._recording = recording

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()

        async def listen() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._recording.add(_recorded(scope, bytes(body), status=message["status"]))
            await send(message)

        await self._app(scope, listen, note)


def _recorded(scope: Scope, body: bytes, *, status: int) -> RecordedRequest:
    headers = Headers(scope=scope)
    is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return RecordedRequest(
        method=scope["method"],
        path=scope["path"],
        status=status,
        query=_masked(scope["query_string"]),
        form=_masked(body) if is_form else {},
        authorization=_masked_header(headers.get("authorization")),
    )


def _masked(encoded: bytes) -> dict[str, str]:
    pairs = parse_qsl(encoded.decode("latin-1"), keep_blank_values=True)
    return {name: _MASK if name in _SECRET else value for name, value in pairs}


def _masked_header(authorization: str | None) -> str | None:
    if authorization is None:
        return None
    scheme, space, _ = authorization.partition(" ")
    return f"{scheme} {_MASK}" if space else _MASK
