"""
Authentication for aiohttp: a middleware of its client (aiohttp 3.12.4 and later), and so for whatever is built on that.

It sees every request that is sent, those of a redirect and of a connection that was lost too.
"""

from typing import TYPE_CHECKING

from spotantic_nb._bearer import MASK, BearerText
from spotantic_nb.handover._credential import Credential

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

_UNAUTHORIZED = 401


class BearerMiddleware:
    """
    Send the token of now, and once more with another one where that was refused.

    Args:
        credential: Hands out the tokens.
    """

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def __repr__(self) -> str:
        return f"<BearerMiddleware for {self._credential.api_url}>"

    async def __call__(self, request: "ClientRequest", handler: "ClientHandlerType") -> "ClientResponse":
        """Send the request, and once more after a 401; with nothing of ours where it goes to another service."""
        if not self._credential.covers(str(request.url)):
            return await handler(request)
        token = await self._credential.atoken()
        try:
            response = await handler(_with(token, request))
            if response.status != _UNAUTHORIZED or _is_gone(request):
                return response
            other = await self._renewed(token, response)
            if other == token:
                return response
            response.release()
            return await handler(_with(other, request))
        finally:
            # Sent: the response and its errors show the headers of this very request.
            request.headers["Authorization"] = MASK

    async def _renewed(self, token: str, response: "ClientResponse") -> str:
        try:
            return await self._credential.arenew(after=token)
        except BaseException:
            response.release()  # nobody else has it
            raise


def _with(token: str, request: "ClientRequest") -> "ClientRequest":
    request.headers["Authorization"] = BearerText(f"Bearer {token}")
    return request


def _is_gone(request: "ClientRequest") -> bool:
    """Tell whether a body was read while it was sent, and cannot be read again."""
    body = request.body
    return not isinstance(body, bytes) and body.consumed
