"""
Which token is valid, and one refresh at a time.

The store's lock around reload, decide, ask and write is the only lock. Who waits for it adopts the successor that
somebody else obtains meanwhile: refreshing means "afterwards the token is another one than I held". Who finds that
the token was removed meanwhile keeps nothing: somebody logged out.
"""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cached_property, partial
from typing import ClassVar, TypeVar

from spotantic_nb._choices import Flow
from spotantic_nb._event_loop import uninterrupted
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._accounts import AccountsService
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.auth._store import MemoryTokenStore, TokenStore
from spotantic_nb.auth._token_file import LoginKey
from spotantic_nb.errors import InvalidGrantError, NotLoggedInError
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.settings import AuthSettings

T = TypeVar("T")

_log = logging.getLogger(__name__)

_CALM = 60.0
"""Seconds for which a token that was just obtained is not renewed because it was refused."""

_LOOK_AGAIN = 1.0
"""Seconds between two looks at the store for what another kernel did."""


class AuthManagerBase(ABC):
    """
    Obtain an access token, store it, and return it while it is valid.

    ``accounts`` and ``store`` may be assigned before the first use: another service, another place for the token.

    Args:
        auth_settings: What the flow needs to know.
        access_token_info: A token obtained earlier; otherwise the stored one is used, where there is one.

    Example:
        In a notebook, write ``await`` in place of ``asyncio.run``.

        >>> import asyncio
        >>> settings = AuthSettings(store_access_token=True, access_token_file_path="token.json")
        >>> asyncio.run(ClientCredentialsFlowManager(settings).authorize())
        >>> later = ClientCredentialsFlowManager(settings)  # as in another program
        >>> token = asyncio.run(later.get_valid_access_token())
        >>> asyncio.run(later.renew(after=token)) == token  # the Web API has refused it
        False
    """

    flow: ClassVar[Flow]

    def __init__(self, auth_settings: AuthSettings, access_token_info: AccessTokenInfo | None = None) -> None:
        self._auth_settings = auth_settings
        self._given = access_token_info
        self._token = access_token_info
        self._looked_at: tuple[AccessTokenInfo | None, float] = None, 0.0
        """A token that was found fresh, and until when it needs no other look, on the monotonic clock."""
        self._young: tuple[AccessTokenInfo | None, float] = None, 0.0
        """The token that ``renew`` returned last, and until when it is not replaced, on the monotonic clock."""

    @property
    def auth_settings(self) -> AuthSettings:
        """The settings this manager was given."""
        return self._auth_settings

    @property
    def access_token_info(self) -> AccessTokenInfo | None:
        """The token this manager holds, expired or not; None before the first login."""
        if self._token is None or self.store.has_news():
            self._token = self._stored()
        return self._portable_grant() or self._token

    @property
    def fresh_token(self) -> AccessTokenInfo | None:
        """The token where it has at least a minute to live, otherwise None; looks at most once a second."""
        token, until = self._looked_at
        # Another thread may have obtained a new token since, also between two lines of this function.
        if token is not self._token or _monotonic() >= until:
            token = self.access_token_info
            left = 0.0 if token is None else token.seconds_left()
            if left <= 0:
                return None
            self._looked_at = token, _monotonic() + min(left, _LOOK_AGAIN)
        return token

    def _portable_grant(self) -> AccessTokenInfo | None:
        """Return the token for a grant in the settings that is used in place of the held one; an app has none."""
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
            TokenExpiredError: The token has expired, and may not be renewed without being asked for.
            TokenRequestError: The token has expired and could not be renewed.
        """
        if (fresh := self.fresh_token) is not None:
            return fresh
        token = self._held()  # by now another kernel may have renewed it
        return await self._renew_unasked(token) if token.is_expired() else token

    async def renew(self, after: AccessTokenInfo) -> AccessTokenInfo:
        """
        Return another good token than ``after``, which the Web API has refused; raises what ``refresh`` does.

        That is ``after`` itself where it was returned here less than a minute ago: it is not refused for its age.
        """
        young, until = self._young
        if young is None or young.access_token != after.access_token or _monotonic() >= until:
            young = await self._renew(after)
            self._young = young, _monotonic() + _CALM
        return young

    async def _renew_unasked(self, expired: AccessTokenInfo) -> AccessTokenInfo:
        return await self._renew(expired)

    async def _renew(self, held: AccessTokenInfo, *, insist: bool = False) -> AccessTokenInfo:
        """
        Return another good token than ``held``: one that somebody else obtained meanwhile, or a successor.

        Args:
            held: The token to replace.
            insist: Ask even where Spotify said before that the grant has ended.
        """
        async with self.store.exclusive(unless=partial(self._successor, held)) as found:
            if (successor := found or self._successor(held)) is not None:
                _log.info("Adopted token %s, which another kernel obtained.", successor.fingerprint)
                self._token = successor
                return successor
            newest = self._newest(held)
            if newest.ended_at is not None and not insist:
                raise _consent_ended(newest.ended_at)
            return await self._obtain(partial(self._request_successor, newest), in_place_of=newest)

    def _successor(self, held: AccessTokenInfo) -> AccessTokenInfo | None:
        """Return another good token than ``held``, if somebody else has obtained one."""
        newest = self._newest(held)
        # Another one, whichever ends later: the clock of this machine may have been set back since.
        return None if newest.access_token == held.access_token or newest.is_expired() else newest

    def _newest(self, held: AccessTokenInfo) -> AccessTokenInfo:
        """
        Return what the store has, unless its consent has ended and ``held`` is another grant.

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
        """Tell whether a token was never in the store: it was handed in, or is the settings' portable grant."""
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
        return await uninterrupted(ask_and_keep())

    @abstractmethod
    async def _request_successor(self, token: AccessTokenInfo) -> AccessTokenInfo:
        """Ask the accounts service for a token in the place of this one."""

    def _keep(self, token: AccessTokenInfo, *, in_place_of: AccessTokenInfo | None = None) -> None:
        if in_place_of is not None:
            self._newest(in_place_of)  # raises where somebody logged out meanwhile
        token = self._key.signed(token)
        self._token = token
        self.store.save(token)

    def _held(self) -> AccessTokenInfo:
        token = self.access_token_info
        if token is None:
            raise NotLoggedInError("Not logged in.", hint="Log in first: %spotantic_login, or authorize().")
        return token


def _monotonic() -> float:
    return time.monotonic()


def _consent_ended(ended_at: datetime) -> InvalidGrantError:
    return InvalidGrantError(
        f"The consent for this login ended or was withdrawn on {ended_at:%Y-%m-%d} (invalid_grant).",
        hint="Log in again.",
    )
