"""
A client of spotantic 0.2, which needs Python 3.12.

Its auth manager is asked for a token before each request; what a 401 means, only the client itself can be told.
"""

from typing import Any

from spotantic.client import SpotanticClient
from spotantic.models import RequestModel, _request_model
from spotantic.models.auth import AccessTokenInfo
from spotantic.types import RawAPIResponse
from spotantic.types.exceptions import SpotanticUnauthorizedError

from spotantic_nb._bearer import AuthorizationHeader
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.handover._credential import Credential


class Client(SpotanticClient):
    """
    A spotantic client that sends a request once more with another token where that was refused.

    Which scopes a request needs is left to Spotify: spotantic's own list refuses calls that Spotify answers.

    Args:
        credential: Hands out the tokens.
        **options: What ``SpotanticClient`` takes, but for ``auth_manager`` and ``check_insufficient_scope``.
    """

    def __init__(self, credential: Credential, **options: Any) -> None:
        super().__init__(_AuthManager(credential), check_insufficient_scope=False, **options)
        self._credential = credential

    def __repr__(self) -> str:
        return f"<spotantic client for {self._credential.api_url}>"

    async def request(self, request: RequestModel) -> RawAPIResponse:
        """
        Return the reply to a request; raises spotantic's own errors, and those of ``Session.token``.

        Raises:
            ConfigurationError: spotantic is set to another Web API than the login is for.
        """
        self._refuse_others(str(request.url))
        token = await self._credential.atoken()
        try:
            return await super().request(request)
        except SpotanticUnauthorizedError:
            if await self._credential.arenew(after=token) == token:
                raise
        return await super().request(request)

    def _refuse_others(self, address: str) -> None:
        if not self._credential.covers(address):
            raise ConfigurationError(
                f"spotantic asks {_request_model.API_BASE_URL}, and the login is for {self._credential.api_url}.",
                hint="Set spotantic.models._request_model.API_BASE_URL, as docs/how-to/clients.md shows.",
            )


class _AuthManager:
    """
    What spotantic asks for a token before each request.

    Args:
        credential: Hands out the tokens.
    """

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def __repr__(self) -> str:
        return f"<auth manager for {self._credential.api_url}>"

    async def get_valid_access_token(self) -> AccessTokenInfo:
        """Return the token of now as spotantic has it; its end is not told, as spotantic does not look at it."""
        token = await self._credential.atoken()
        return _Token(access_token=token, token_type="Bearer", expires_in=0)  # noqa: S106 - no secret


class _Token(AccessTokenInfo):
    """An access token whose header stays hidden in spotantic's variables and in aiohttp's errors."""

    def get_authorization_header(self) -> dict[str, str]:
        return AuthorizationHeader(super().get_authorization_header())
