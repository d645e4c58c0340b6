"""
Which token is valid, and one refresh at a time.

The store's lock around reload, decide, ask and write is the only lock. Who waited for it finds the successor that
somebody else obtained, and adopts it: refreshing means "afterwards the token is newer than the one I held". Who finds
that the token was removed meanwhile keeps nothing: somebody logged out.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any, ClassVar, TypeVar

from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._accounts import AccountsService
from spotantic_nb.auth._choices import Flow
from spotantic_nb.auth._store import FileTokenStore, MemoryTokenStore, TokenStore
from spotantic_nb.auth._token_file import LoginKey
from spotantic_nb.errors import InvalidGrantError, NotLoggedInError, TokenExpiredError
from spotantic_nb.models import AccessTokenInfo, AccessTokenRequestBody
from spotantic_nb.settings import AuthSettings

T = TypeVar("T")

_log = logging.getLogger(__name__)


class AuthManagerBase(ABC):
    """
    Obtain an access token, keep it, and hand it out while it is good.

    ``accounts`` and ``store`` may be assigned before the first use, to talk to another service or keep the token
    elsewhere.

    Args:
        auth_settings: What the flow needs to know.
        access_token_info: A token obtained earlier; otherwise the stored one is used, where there is one.
    """

    flow: ClassVar[Flow]

    def __init__(self, auth_settings: AuthSettings, access_token_info: AccessTokenInfo | None = None) -> None:
        self._auth_settings = auth_settings
        self._given = access_token_info
        self._token = access_token_info

    @property
    def auth_settings(self) -> AuthSettings:
        """The settings this manager was given."""
        return self._auth_settings

    @property
    def access_token_info(self) -> AccessTokenInfo | None:
        """The token this manager holds, expired or not; None before the first login."""
        if self._token is None or self.store.has_news():
            self._token = self._stored()
        if self._token is None or self._token.ended_at is not None:
            return self._brought_along() or self._token
        return self._token

    def _brought_along(self) -> AccessTokenInfo | None:
        """Return the grant that the settings bring from elsewhere, unless it is the held one; an app has none."""
        return None

    @cached_property
    def accounts(self) -> AccountsService:
        """The accounts service that is asked."""
        return AccountsService(self._auth_settings.accounts_url)

    @cached_property
    def store(self) -> TokenStore:
        """Where the token is kept: a file if ``store_access_token`` says so, otherwise memory."""
        if self._auth_settings.store_access_token:
            return FileTokenStore(self._auth_settings.access_token_file_path, key=self._key)
        return MemoryTokenStore()

    @property
    def _key(self) -> LoginKey:
        return LoginKey.of(self._auth_settings, self.flow)

    @abstractmethod
    async def authorize(self) -> None:
        """Obtain a first token."""

    async def get_valid_access_token(self) -> AccessTokenInfo:
        """
        Return a token with at least a minute to live.

        Raises:
            NotLoggedInError: There is no token yet.
            TokenExpiredError: The token is over, and may not be renewed without being asked for.
            TokenRequestError: The token is over and could not be renewed.
        """
        token = self._held()
        return await self._renew_unasked(token) if token.is_expired() else token

    async def _renew_unasked(self, expired: AccessTokenInfo) -> AccessTokenInfo:
        return await self._renew(expired)

    async def _renew(self, held: AccessTokenInfo, *, insist: bool = False) -> AccessTokenInfo:
        """
        Return a good token newer than ``held``: one that somebody else obtained meanwhile, or a successor.

        Args:
            held: The token to replace.
            insist: Ask even where Spotify said before that the grant is over.
        """
        async with self.store.exclusive():
            newest = self._newest(held)
            if newest.is_newer_than(held) and not newest.is_expired():
                _log.info("Adopted token %s, which another kernel obtained.", newest.fingerprint)
                self._token = newest
                return newest
            if newest.ended_at is not None and not insist:
                raise _consent_ended(newest.ended_at)
            return await self._obtain(partial(self._request_successor, newest), in_place_of=newest)

    def _newest(self, held: AccessTokenInfo) -> AccessTokenInfo:
        """
        Return what the store has, unless that is over and ``held`` is another grant.

        Raises:
            NotLoggedInError: The store had ``held`` and has nothing any more.
        """
        stored = self._stored()
        if stored is None and not self._is_from_outside(held):
            self._token = None
            raise NotLoggedInError(
                "The token was removed meanwhile: you logged out, here or in another notebook.", hint="Log in again."
            )
        is_over = stored is not None and stored.ended_at is not None and stored.refresh_token != held.refresh_token
        return held if stored is None or is_over else stored

    def _is_from_outside(self, token: AccessTokenInfo) -> bool:
        """Tell whether a token was never in the store: it was handed in, or brought along by the settings."""
        grant = self._auth_settings.refresh_token
        return token is self._given or (grant is not None and token.refresh_token == grant)

    def _stored(self) -> AccessTokenInfo | None:
        """Return the stored token, unless it belongs to another login."""
        stored = self.store.load()
        return stored if stored is not None and self._key.fits(stored) else None

    async def _obtain(
        self, request: Callable[[], Awaitable[AccessTokenInfo]], *, in_place_of: AccessTokenInfo | None = None
    ) -> AccessTokenInfo:
        """
        Make a token request and keep its answer; the caller holds the store.

        Raises:
            NotLoggedInError: The token that the answer was to take the place of was removed meanwhile.
        """

        @hides_locals
        async def ask_and_keep() -> AccessTokenInfo:
            token = await request()
            self._keep(token, in_place_of=in_place_of)
            _log.info("Obtained token %s, good until %s.", token.fingerprint, token.expires_at)
            return token

        # A rotated refresh token exists nowhere but in the reply: nobody may come between the question and the disk.
        return await _uninterrupted(ask_and_keep())

    @abstractmethod
    async def _request_successor(self, token: AccessTokenInfo) -> AccessTokenInfo:
        """Ask the accounts service for a token in the place of this one."""

    def _keep(self, token: AccessTokenInfo, *, in_place_of: AccessTokenInfo | None = None) -> None:
        if in_place_of is not None:
            self._newest(in_place_of)  # raises where somebody logged out meanwhile
        self._token = self._key.signed(token)
        self.store.save(self._token)

    def _held(self) -> AccessTokenInfo:
        token = self.access_token_info
        if token is None:
            raise NotLoggedInError("Nobody is logged in.", hint="Log in first: %spotantic_login, or authorize().")
        return token


class RefreshableAuthManager(AuthManagerBase):
    """
    A manager whose token can be renewed without the person.

    Args:
        auth_settings: What the flow needs to know.
        access_token_info: A token obtained earlier; otherwise the stored one is used, where there is one.
        allow_lazy_refresh: Whether ``get_valid_access_token`` may renew an expired token by itself.
    """

    def __init__(
        self,
        auth_settings: AuthSettings,
        access_token_info: AccessTokenInfo | None = None,
        allow_lazy_refresh: bool = False,  # noqa: FBT001, FBT002 - as the reference has it
    ) -> None:
        super().__init__(auth_settings, access_token_info)
        self._allow_lazy_refresh = allow_lazy_refresh

    def _brought_along(self) -> AccessTokenInfo | None:
        grant = self._auth_settings.refresh_token
        if grant is None or (self._token is not None and self._token.refresh_token == grant):
            return None
        return AccessTokenInfo.of_grant(grant, self._auth_settings.authorized_at)

    async def refresh(self) -> None:
        """
        Hold a newer token than before, without asking the person (RFC 6749, section 6).

        Where another kernel renewed the token meanwhile, that one is taken and nothing is sent.

        Raises:
            ConfigurationError: A setting that the flow needs is missing.
            NotLoggedInError: There is no token yet, or it came without a refresh token.
            InvalidGrantError: The consent ended or was withdrawn.
            AccountsUnreachableError: No usable answer came; the token held is kept.
        """
        # The token as this manager knows it, not as it may be by now: what others obtained since is newer, and will do.
        await self._renew(self._token or self._held(), insist=True)

    async def _renew_unasked(self, expired: AccessTokenInfo) -> AccessTokenInfo:
        if self._allow_lazy_refresh:
            return await self._renew(expired)
        stored = self._stored()
        if stored is None or stored.is_expired():
            raise TokenExpiredError(
                "The access token is over.",
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


def _consent_ended(ended_at: datetime) -> InvalidGrantError:
    return InvalidGrantError(
        f"The consent for this login ended or was withdrawn on {ended_at:%Y-%m-%d} (invalid_grant).",
        hint="Log in again.",
    )


async def _uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """Finish ``work`` even if the caller is cancelled meanwhile, and only then let the cancellation through."""
    task = asyncio.ensure_future(work)
    interruption: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            interruption = error
    if interruption is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not report it as forgotten
    raise interruption
