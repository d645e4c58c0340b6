"""
Authentication for httpx, and for httpx2, which is another package with the same classes.

Each of the two refuses the other's ``Auth``, so the class derives from both where both are in use.
"""

import sys
from collections.abc import AsyncGenerator, Generator
from functools import cache
from typing import Any

from spotantic_nb.handover._credential import MASK, Credential

_UNAUTHORIZED = 401


def bearer_auth(credential: Credential) -> Any:
    """Return what the ``auth=`` of a client, or of one request, takes: httpx, and httpx2 where that is imported."""
    import httpx

    libraries = [httpx, *([sys.modules["httpx2"]] if "httpx2" in sys.modules else [])]
    return _class_for(*libraries)(credential)


@cache
def _class_for(*libraries: Any) -> Any:
    """Return the class for these packages; made when it is asked for, as importing httpx takes long."""
    return type("BearerAuth", (_Bearer, *(library.Auth for library in libraries)), {"_libraries": libraries})


class _Bearer:
    """Send the token of now, and once more with another one where that was refused."""

    _libraries: tuple[Any, ...]

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def __repr__(self) -> str:
        return f"<BearerAuth for {self._credential.api_url}>"

    def __reduce__(self) -> tuple[Any, tuple[Credential]]:
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
        is_ours = self._credential.covers(str(response.request.url))  # and not where a redirect has led
        can_repeat = any(isinstance(request.stream, library.ByteStream) for library in self._libraries)
        return bool(response.status_code == _UNAUTHORIZED and is_ours and can_repeat)


def _with(token: str, request: Any) -> Any:
    request.headers["Authorization"] = f"Bearer {token}"
    return request


def _mask(request: Any) -> None:
    """Take the token out of what was sent: whoever keeps, pickles or prints it keeps none."""
    request.headers["Authorization"] = MASK
