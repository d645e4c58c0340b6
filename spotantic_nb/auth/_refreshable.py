"""
Managers whose token is renewed with a refresh token, without the person.
"""

from abc import abstractmethod
from datetime import UTC, datetime

from pydantic import SecretStr

from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._base import AuthManagerBase
from spotantic_nb.auth._portable_grant import grant_in_place_of
from spotantic_nb.errors import InvalidGrantError, NotLoggedInError, TokenExpiredError
from spotantic_nb.models import AccessTokenInfo, AccessTokenRequestBody
from spotantic_nb.settings import AuthSettings


class RefreshableAuthManager(AuthManagerBase):
    """
    A manager whose token can be renewed without the person.

    Args:
        auth_settings: What the flow needs to know.
        access_token_info: A token obtained earlier; otherwise the stored one is used, where there is one.
        allow_lazy_refresh: Whether ``get_valid_access_token`` may renew an expired token by itself.

    Example:
        >>> import asyncio
        >>> manager = AuthCodePKCEFlowManager(AuthSettings(scope="user-top-read"))
        >>> asyncio.run(manager.authorize())
        >>> before = manager.access_token_info
        >>> asyncio.run(manager.refresh())
        >>> manager.access_token_info.is_newer_than(before)
        True
    """

    def __init__(
        self,
        auth_settings: AuthSettings,
        access_token_info: AccessTokenInfo | None = None,
        allow_lazy_refresh: bool = False,  # noqa: FBT001, FBT002 - as the reference has it
    ) -> None:
        super().__init__(auth_settings, access_token_info)
        self._allow_lazy_refresh = allow_lazy_refresh

    def _portable_grant(self) -> AccessTokenInfo | None:
        return grant_in_place_of(self._token, self._auth_settings)

    async def refresh(self) -> None:
        """
        Hold another token than before, without asking the person (RFC 6749, section 6).

        Where another kernel renewed the token meanwhile, that one is taken and nothing is sent.

        Raises:
            ConfigurationError: A setting that the flow needs is missing.
            NotLoggedInError: There is no token yet, or it came without a refresh token.
            InvalidGrantError: The consent ended or was withdrawn.
            AccountsUnreachableError: No usable answer came; the token held is kept.
        """
        # The token as this manager knows it, not as it may be by now: what others obtained since will do.
        await self._renew(self._token or self._held(), insist=True)

    @hides_locals
    async def bring(self, refresh_token: SecretStr) -> AccessTokenInfo:
        """
        Hold, store and return what the refresh token of another program brings; the token held stays where none does.

        When the person consented is not known then.

        Raises:
            InvalidGrantError: The refresh token is over, or another app's.
            TokenRequestError: The accounts service gave no token for another reason.

        Example:
            >>> import asyncio
            >>> other = AuthCodePKCEFlowManager(AuthSettings(scope="user-top-read"))
            >>> asyncio.run(other.authorize())
            >>> manager = AuthCodePKCEFlowManager(AuthSettings())
            >>> asyncio.run(manager.bring(other.access_token_info.refresh_token)).scope
            'user-top-read'
        """
        body = AccessTokenRequestBody(grant_type="refresh_token", refresh_token=refresh_token)

        async def request() -> AccessTokenInfo:
            fresh = await self._request_token(body)
            return fresh.model_copy(update={"refresh_token": fresh.refresh_token or refresh_token})

        async with self.store.exclusive():
            return await self._obtain(request)

    async def _renew_unasked(self, expired: AccessTokenInfo) -> AccessTokenInfo:
        if self._allow_lazy_refresh:
            return await self._renew(expired)
        stored = self._stored()
        if stored is None or stored.is_expired():
            raise TokenExpiredError(
                "The access token has expired.",
                hint="Call refresh(), or make the manager with allow_lazy_refresh=True.",
            )
        self._token = stored
        return stored

    async def _request_successor(self, token: AccessTokenInfo) -> AccessTokenInfo:
        if token.refresh_token is None:
            raise NotLoggedInError("This token came without a refresh token.", hint="Log in again to get one.")
        body = AccessTokenRequestBody(grant_type="refresh_token", refresh_token=token.refresh_token)
        try:
            fresh = await self._request_token(body)
        except InvalidGrantError:
            # Marked and kept: it may hold a good access token yet, and Spotify has been wrong about this before.
            self._keep(token.model_copy(update={"ended_at": datetime.now(UTC)}), in_place_of=token)
            raise
        return fresh.succeeding(token)

    @abstractmethod
    async def _request_token(self, body: AccessTokenRequestBody) -> AccessTokenInfo:
        """Send a token request with this flow's way of saying which app is asking."""
