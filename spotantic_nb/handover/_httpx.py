"""
Authentication for httpx, and for httpx2, which is another package with the same classes.

Each of the two refuses the other's ``Auth``, so the class derives from both where both are installed.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any

from spotantic_nb._bearer import MASK
from spotantic_nb.handover._credential import Credential

_UNAUTHORIZED = 401


def bearer_auth(credential: Credential) -> Any:
    """Return what the ``auth=`` of a client, or of one request, takes: httpx, and httpx2 where that is installed."""
    return auth_class(BearerAuth)(credential)


@cache
def auth_class(kind: Any) -> Any:
    """Return the class of this kind for these packages; made when it is asked for, as importing them takes long."""
    import httpx

    libraries = [httpx]
    with suppress(ImportError):
        libraries.append(import_module("httpx2"))
    return type(kind.__name__, (kind, *(library.Auth for library in libraries)), {"_libraries": libraries})


class BearerAuth:
    """Send the token of now, and once more with another one where that was refused."""

    _libraries: list[Any]

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def __repr__(self) -> str:
        return f"<{type(self).__name__} for {self._credential.api_url}>"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return bearer_auth, (self._credential,)

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Send the request, and once more after a 401; with nothing of ours where it goes to another service."""
        if not self._credential.covers(str(request.url)):
            yield request
            return
        token = self._credential.token()
        try:
            response = yield _with(token, request)
            if self._is_refused(response, request) and (other := self._credential.renew(after=token)) != token:
                yield _with(other, request)
        finally:
            _mask(request)

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Do what ``sync_auth_flow`` does, without blocking the caller's event loop."""
        if not self._credential.covers(str(request.url)):
            yield request
            return
        token = await self._credential.atoken()
        try:
            response = yield _with(token, request)
            if self._is_refused(response, request) and (other := await self._credential.arenew(after=token)) != token:
                yield _with(other, request)
        finally:
            _mask(request)

    def _is_refused(self, response: Any, request: Any) -> bool:
        """Tell whether the token was refused, and the request can be sent again: the body of a stream is gone."""
        if response.status_code != _UNAUTHORIZED or not self._credential.covers(str(response.request.url)):
            return False  # also where a redirect has led
        return any(isinstance(request.stream, library.ByteStream) for library in self._libraries)


def _with(token: str, request: Any) -> Any:
    request.headers["Authorization"] = f"Bearer {token}"
    return request


def _mask(request: Any) -> None:
    """Take the token out of what was sent: whoever keeps, pickles or prints it keeps none."""
    request.headers["Authorization"] = MASK
