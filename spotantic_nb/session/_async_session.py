"""
The verbs of a session as coroutines: hand out tokens, log in, log out.

Runs on the portal. An act reads the project's settings once, and works with them to its end. Knows no thread and no
notebook.
"""

import asyncio
from functools import partial
from pathlib import Path

from spotantic_nb._choices import Flow
from spotantic_nb._exposure import warning_about_neighbours
from spotantic_nb._text import isolated
from spotantic_nb.auth._attempt import Answer, AuthorizationAttempt
from spotantic_nb.auth._base import AuthManagerBase
from spotantic_nb.auth._endings import cancelled
from spotantic_nb.auth._flows import PersonalFlowManager
from spotantic_nb.auth._foreign_tokens import read_login
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._refreshable import RefreshableAuthManager
from spotantic_nb.errors import NotLoggedInError, anew
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.session._bringing import brought, flow_for, message_of, notices_about
from spotantic_nb.session._managers import LoginRequest
from spotantic_nb.session._state import SessionState
from spotantic_nb.session._token_checks import ask_whose, is_served_by, refuse_another_account, warn_of_exposure
from spotantic_nb.settings._env_file import PREFIX

_SIGNED_OUT = "Signed out. To withdraw the app's access as well: https://www.spotify.com/account/apps"

_STILL_SIGNED_IN = (
    f"The token was removed, but {PREFIX}REFRESH_TOKEN ({{}}) logs in by itself while its consent lasts: "
    "remove it to stay signed out."
)


class AsyncSession(SessionState):
    """Log in and return tokens."""

    # Tokens

    async def token(self, *, refresh: bool = False, after: str | None = None) -> AccessTokenInfo:
        """
        Return a valid token, once no login waits any more.

        Args:
            refresh: Renew the token even if it is good.
            after: Return another access token than this one, which the Web API has refused, where that may help.
        """
        while (login := self.login) is not None:
            await login.ended()
        self._look_again()
        manager = self._manager_in_use()
        if manager is None:
            if self._failure is not None:
                raise anew(self._failure)
            raise NotLoggedInError("Not logged in.", hint="Run %spotantic_login first.")
        before = manager.access_token_info
        if refresh:
            await _renew(manager)
        token = await manager.get_valid_access_token()
        if after == token.access_token.get_secret_value():
            token = await manager.renew(token)
        if token is not before:
            self.messages.set("")
        if self.required_account is not None:
            await refuse_another_account(manager, token, self.required_account)
        return token

    async def require_account(self, account_id: str | None) -> None:
        """Hand out the tokens of this account only; refuse a login that is another's already."""
        self.required_account = account_id
        self.messages.set("")
        if account_id is not None and self._held_token() is not None:
            await self.token()

    # Scopes

    async def lacking(self, wanted: frozenset[str]) -> frozenset[str]:
        """
        Return which of these scopes a person has to be asked for, once no login waits any more.

        Raises:
            AccountMismatchError: The login is another person's than the one that is required.
            AuthorizationError: The login that was waited for failed, and they are lacking.
        """
        waited_for: Login | None = None
        while (login := self.login) is not None:
            await login.ended()
            waited_for = login
        for mismatch in self._mismatches(self._held_token()):
            raise mismatch
        lacking = wanted - await self._granted()
        if lacking and waited_for is not None and waited_for.error is not None:
            raise anew(waited_for.error)
        return lacking

    async def top_up(self, wanted: frozenset[str]) -> Login | None:
        """Begin a login for these scopes and those that were granted; None where none of them is lacking by now."""
        return await self.begin(self.request_for(wanted)) if await self.lacking(wanted) else None

    def request_for(self, wanted: frozenset[str]) -> LoginRequest:
        """Return what to ask for so that these scopes come to those that were granted, and nothing is lost."""
        manager, settings = self._manager_in_use(), self.managers.settings()
        token = manager.access_token_info if manager else None
        granted = token.scopes if token else frozenset[str]()
        # A login may have asked for less than a session does by itself; that is not added to it unasked.
        own = (settings.scope or "").split() if token is None or "scope" in settings.provenance else ()
        flow = manager.flow if isinstance(manager, PersonalFlowManager) else "pkce"
        return LoginRequest(flow, granted | wanted | frozenset(own), force=True, at_least=granted | wanted)

    async def _granted(self) -> frozenset[str]:
        """Return the scopes of the login, where it goes on."""
        manager = self._manager_in_use()
        token = manager.access_token_info if manager else None
        if manager is None or token is None or token.ended_at is not None:
            return frozenset()
        if token.scope is None and token.refresh_token is not None:  # a portable grant: its first token will tell
            token = await manager.get_valid_access_token()
        return token.scopes

    # Logging in and out

    async def begin(self, request: LoginRequest) -> Login | None:
        """
        Return a new login, open for its answer, which replaces one that waits; None where nobody has to be asked.

        Raises:
            AuthorizationError: Another login, a cancellation or a log out replaced it while it was being begun.
        """
        turn = await self._next_turn()
        self._refuse_outdated(turn)
        self.messages.notices.clear()
        self._look_again()
        manager = self.managers.manager_for(request)
        if not request.force and await is_served_by(manager, self.messages.notices):
            await ask_whose(manager, None, self.messages.notices)
            await self._sign_in(manager, turn)
        elif isinstance(manager, PersonalFlowManager):
            self._refuse_outdated(turn)
            return await self._open_login(manager, request)
        else:
            await manager.authorize()
            await self._sign_in(manager, turn)
        return None

    async def bring(self, path: Path, flow: Flow | None) -> None:
        """
        Log in with what the file of another program holds, and replace a login that waits.

        Raises:
            AuthorizationError: Another login, a cancellation or a log out replaced it meanwhile.
        """
        login = await asyncio.to_thread(read_login, path)
        self._look_again()
        settings = self.managers.settings()
        flow = flow_for(login, settings, flow, env_file=self._project.env_file)
        manager = self.managers.personal(flow, settings)
        turn = await self._next_turn()
        self._refuse_outdated(turn)
        self.messages.notices.clear()
        before = manager.access_token_info
        token = await brought(manager, login)
        self.messages.notices.extend(await notices_about(login, token))
        await ask_whose(manager, before.account if before else None, self.messages.notices)
        await self._sign_in(manager, turn)
        if missing := self.status().missing:
            lacking = isolated(" ".join(missing))
            self.messages.add_notices(f"This login lacks {lacking}: %spotantic_login {flow} asks for that as well.")
        self.messages.set(message_of(login.source, manager.access_token_info or token))

    async def cancel(self) -> None:
        """End the login that waits or is just being begun, and wait until its port is free."""
        await self._next_turn()

    async def sign_out(self) -> None:
        """Remove the tokens of all flows, in memory and on disk."""
        await self.cancel()
        settings = self.managers.settings()
        await self.managers.forget(settings)
        self._manager = self._failure = None
        origin = settings.provenance.get("refresh_token", "argument")
        no_grant = settings.refresh_token is None
        self.messages.set(_SIGNED_OUT if no_grant else _STILL_SIGNED_IN.format(isolated(origin)))

    async def _next_turn(self) -> int:
        self._turn += 1
        turn = self._turn
        # Not what was opened meanwhile by whoever came later: that has replaced this turn.
        while turn == self._turn and (login := self.login) is not None:
            await login.stop()
        return turn

    def _refuse_outdated(self, turn: int) -> None:
        if turn != self._turn:
            raise cancelled()

    async def _open_login(self, manager: PersonalFlowManager, request: LoginRequest) -> Login:
        attempt = manager.begin(switch_user=request.switch_user)
        if attempt.forwarded_to and (warning := warning_about_neighbours(attempt.forwarded_to)):
            self.messages.notices.append(warning)
        timeout = request.timeout or manager.auth_settings.callback_timeout
        login = self._login = Login(
            attempt, timeout=timeout, complete=partial(self._complete, manager, request, attempt)
        )
        self._login_settings = manager.auth_settings
        login.when_done(self._finish)
        await login.ready()
        self.messages.set("")
        return login

    async def _complete(
        self, manager: PersonalFlowManager, request: LoginRequest, attempt: AuthorizationAttempt, answer: Answer
    ) -> None:
        before = manager.access_token_info
        await manager.complete(attempt, answer, at_least=request.at_least)
        await ask_whose(manager, before.account if before else None, self.messages.notices)
        await warn_of_exposure(self.managers.file_of(manager), self.messages.notices)
        self._manager = manager
        if missing := self.status().missing:
            self.messages.notices.append(
                f"Spotify did not grant {isolated(' '.join(missing))}; what needs it will be refused."
            )

    def _finish(self, login: Login) -> None:
        self._login = self._login_settings = None
        self._failure, self.came_by = login.error, login.came_by or self.came_by
        self.messages.set(str(login.error or ""))

    async def _sign_in(self, manager: AuthManagerBase, turn: int) -> None:
        await warn_of_exposure(self.managers.file_of(manager), self.messages.notices)
        self._refuse_outdated(turn)
        self._manager, self._failure = manager, None
        self.messages.set("")


async def _renew(manager: AuthManagerBase) -> None:
    if isinstance(manager, RefreshableAuthManager):
        await manager.refresh()
    else:
        await manager.authorize()
