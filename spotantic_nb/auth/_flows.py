"""The three flow managers: what each needs, and how each tells the accounts service which app is asking."""

import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cached_property, partial

from pydantic import SecretStr

from spotantic_nb._text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._attempt import Answer, AuthorizationAttempt
from spotantic_nb.auth._base import AuthManagerBase
from spotantic_nb.auth._placement import container_mark, placement
from spotantic_nb.auth._prompt import ask_the_person
from spotantic_nb.auth._redirect_uri import refuse_bad_redirect_uri
from spotantic_nb.auth._refreshable import RefreshableAuthManager
from spotantic_nb.errors import ScopeMissingError
from spotantic_nb.models import AccessTokenInfo, AccessTokenRequestBody, Account

Receiver = Callable[[AuthorizationAttempt], Awaitable[Answer]]
"""Brings the answer to an attempt; raises an AuthorizationError where none comes."""


class PersonalFlowManager(RefreshableAuthManager):
    """
    What both flows with a person have in common: begin an attempt, obtain one address, redeem it.

    ``receiver`` may be assigned before the first use, to obtain the answer in another way.

    Example:
        >>> import asyncio
        >>> from spotantic_nb.sandbox import ScriptedUser
        >>> manager = AuthCodePKCEFlowManager(AuthSettings(scope="user-top-read"))
        >>> attempt = manager.begin()
        >>> address = ScriptedUser().answer(attempt.url)  # a person follows the link, and ends at this address
        >>> asyncio.run(manager.complete(attempt, attempt.answer(address)))
        >>> manager.access_token_info.scope
        'user-top-read'
    """

    @cached_property
    def receiver(self) -> Receiver:
        """What brings the answer to an attempt: the listener, or the person who pastes the address at a prompt."""
        place = placement(self._auth_settings, os.environ, sys.modules, container_mark())
        return partial(ask_the_person, callback_timeout=self._auth_settings.callback_timeout, place=place)

    @hides_locals
    async def authorize(self) -> None:
        """
        Log a person in: show the link, wait for the answer, redeem it.

        Raises:
            ConfigurationError: A setting that the flow needs is missing, or Spotify would refuse it.
            AuthorizationError: The person said no, did not answer in time, or the answer was not one.
            TokenRequestError: The accounts service gave no token.
        """
        attempt = self.begin()
        await self.complete(attempt, await self.receiver(attempt))

    def begin(self, *, switch_user: bool = False) -> AuthorizationAttempt:
        """
        Begin an attempt; nothing is sent. Give its answer (``AuthorizationAttempt.answer``) to ``complete``.

        Args:
            switch_user: Ask the person again even where they agreed before, so that they can change the account.

        Raises:
            ConfigurationError: A setting that the flow needs is missing, or Spotify would refuse it.
        """
        self._check_app()
        client_id, redirect_uri, scope = self._auth_settings.require("client_id", "redirect_uri", "scope")
        refuse_bad_redirect_uri(redirect_uri)
        return AuthorizationAttempt.begin(
            authorize_url=self.accounts.authorize_url,
            client_id=client_id,
            redirect_uri=redirect_uri,
            scope=scope,
            switch_user=switch_user,
            forwarded_to=self._auth_settings.forwarded_to,
        )

    @hides_locals
    async def complete(
        self, attempt: AuthorizationAttempt, answer: Answer, *, at_least: frozenset[str] = frozenset()
    ) -> None:
        """
        Redeem the answer to an attempt. The code in it is sent once, whatever happens.

        Args:
            attempt: What the person was sent to.
            answer: What came back.
            at_least: The scopes without which the token held so far is kept.

        Raises:
            AuthorizationDeniedError: The person, or Spotify, refused.
            ScopeMissingError: One of the scopes in ``at_least`` was not granted.
            TokenRequestError: The accounts service gave no token.
        """
        code = answer.code()
        async with self.store.exclusive():
            await self._obtain(partial(self._redeem, attempt, code, at_least))

    async def remember(self, account: Account, token: AccessTokenInfo) -> None:
        """
        Store the account with the token that it was asked with, or with the one that took its place meanwhile.

        Raises:
            NotLoggedInError: The token was removed meanwhile.

        Example:
            >>> import asyncio
            >>> from spotantic_nb.models import Account
            >>> manager = AuthCodePKCEFlowManager(AuthSettings(scope="user-top-read"))
            >>> asyncio.run(manager.authorize())
            >>> asyncio.run(manager.remember(Account(id="ada", name="Ada"), manager.access_token_info))
            >>> manager.access_token_info.account
            Account(name='Ada')
        """
        async with self.store.exclusive():
            newest = self._newest(token)
            if newest.authorized_at == token.authorized_at:  # the same consent, which no refresh changes
                self._keep(newest.model_copy(update={"account": account}))

    async def _redeem(self, attempt: AuthorizationAttempt, code: str, at_least: frozenset[str]) -> AccessTokenInfo:
        body = AccessTokenRequestBody(
            grant_type="authorization_code",
            code=code,
            redirect_uri=attempt.redirect_uri,
            code_verifier=attempt.verifier,
        )
        token = await self._request_token(body)
        # A reply that names no scope grants what was asked for (RFC 6749, section 5.1).
        granted = self._auth_settings.scope if token.scope is None else token.scope
        token = token.model_copy(update={"scope": granted, "authorized_at": datetime.now(UTC)})
        if missing := at_least - token.scopes:
            raise _not_granted(missing)
        return token

    def _check_app(self) -> None:
        """Raise where a setting is missing that says which app is asking."""


class AuthCodeFlowManager(PersonalFlowManager):
    """
    Authorization Code: a person logs in to an app that can keep a secret (RFC 6749, section 4.1).

    Needs ``client_id``, ``client_secret``, ``redirect_uri`` and ``scope``. PKCE protects the code here too (RFC 9700,
    section 2.1.1). https://developer.spotify.com/documentation/web-api/tutorials/code-flow

    Example:
        >>> import asyncio
        >>> manager = AuthCodeFlowManager(AuthSettings(scope="user-library-read"), allow_lazy_refresh=True)
        >>> asyncio.run(manager.authorize())
        >>> asyncio.run(manager.get_valid_access_token()).get_authorization_header()
        {'Authorization': 'Bearer **********'}
    """

    flow = "code"

    def _check_app(self) -> None:
        self._auth_settings.require("client_id", "client_secret")

    async def _request_token(self, body: AccessTokenRequestBody) -> AccessTokenInfo:
        return await self.accounts.request_token(body, auth=self._auth_settings.get_basic_auth())


class AuthCodePKCEFlowManager(PersonalFlowManager):
    """
    Authorization Code with PKCE: a person logs in to an app that cannot keep a secret (RFC 7636).

    Needs ``client_id``, ``redirect_uri`` and ``scope``.
    https://developer.spotify.com/documentation/web-api/tutorials/code-pkce-flow

    Example:
        >>> import asyncio
        >>> manager = AuthCodePKCEFlowManager(AuthSettings(scope="user-top-read"), allow_lazy_refresh=True)
        >>> asyncio.run(manager.authorize())
        >>> asyncio.run(manager.get_valid_access_token()).scope
        'user-top-read'
    """

    flow = "pkce"

    async def _request_token(self, body: AccessTokenRequestBody) -> AccessTokenInfo:
        [client_id] = self._auth_settings.require("client_id")
        return await self.accounts.request_token(body.model_copy(update={"client_id": SecretStr(client_id)}))


class ClientCredentialsFlowManager(AuthManagerBase):
    """
    Client Credentials: the app asks for itself, and sees the catalogue but nobody's listening (RFC 6749, 4.4).

    Needs ``client_id`` and ``client_secret``. An expired token is replaced by a new one, without being asked.
    https://developer.spotify.com/documentation/web-api/tutorials/client-credentials-flow

    Example:
        >>> import asyncio
        >>> manager = ClientCredentialsFlowManager(AuthSettings())
        >>> asyncio.run(manager.authorize())
        >>> manager.access_token_info
        AccessTokenInfo(access_token=SecretStr('**********'), account: the app itself, valid until: ...)
    """

    flow = "client"

    async def authorize(self) -> None:
        """
        Obtain a token for the app itself.

        Raises:
            ConfigurationError: ``client_id`` or ``client_secret`` is not set.
            TokenRequestError: The accounts service gave no token.
        """
        async with self.store.exclusive():
            await self._obtain(self._request_token)

    async def _request_successor(self, token: AccessTokenInfo) -> AccessTokenInfo:  # noqa: ARG002 - none is needed
        return await self._request_token()

    async def _request_token(self) -> AccessTokenInfo:
        body = AccessTokenRequestBody(grant_type="client_credentials")
        return await self.accounts.request_token(body, auth=self._auth_settings.get_basic_auth())


def _not_granted(missing: frozenset[str]) -> ScopeMissingError:
    scopes = tuple(sorted(missing))
    return ScopeMissingError(
        f"Spotify did not grant {isolated(' '.join(scopes))}; the login so far is kept.",
        hint="Log in again and agree to all of it.",
        scopes=scopes,
    )
