"""
The verbs of a session as coroutines: one manager, at most one login that waits, and what to tell about them.

Runs on the portal. An act reads the project's settings once, and works with them to its end. Knows no thread and no
notebook, and nobody who observes the status but through ``changed``.
"""

import contextlib
import os
import sys
from collections.abc import Callable
from functools import partial

from spotantic_nb._exposure import warning_about_neighbours
from spotantic_nb._text import isolated
from spotantic_nb.auth._attempt import Answer, AuthorizationAttempt
from spotantic_nb.auth._base import AuthManagerBase
from spotantic_nb.auth._endings import cancelled
from spotantic_nb.auth._flows import PersonalFlowManager
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import Placement, container_mark, guessed, placement
from spotantic_nb.auth._portable_grant import PortableGrant
from spotantic_nb.auth._refreshable import RefreshableAuthManager
from spotantic_nb.errors import ConfigurationError, NotLoggedInError, anew
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.session._managers import LoginRequest, ProjectManagers
from spotantic_nb.session._messages import Messages
from spotantic_nb.session._token_checks import ask_whose, is_served_by, warn_of_exposure
from spotantic_nb.settings import AuthSettings
from spotantic_nb.settings._env_file import PREFIX
from spotantic_nb.settings._project import Project
from spotantic_nb.status import Status

_SIGNED_OUT = "Signed out. To withdraw the app's access as well: https://www.spotify.com/account/apps"

_STILL_SIGNED_IN = (
    f"The token was removed, but {PREFIX}REFRESH_TOKEN ({{}}) logs in by itself while its consent lasts: "
    "remove it to stay signed out."
)


class AsyncSession:
    """
    Log in and return tokens.

    Args:
        settings: The settings to use; otherwise the project's are read, anew for every login.
        project: Is looked for again, from the current folder, while there is neither a token nor a login that waits.
        changed: Is called whenever the status has changed.
    """

    def __init__(self, settings: AuthSettings | None, project: Project, *, changed: Callable[[], None]) -> None:
        self.messages = Messages(token=self._held_token, changed=changed)
        self.managers = ProjectManagers(project, settings, notify=self.messages.notices.append)
        self._project = project
        self._manager: AuthManagerBase | None = None
        self._login: Login | None = None
        self._login_settings: AuthSettings | None = None
        self._turn = 0
        """Counts what replaces a login: one that was begun before the last such moment is not finished."""
        self._failure: BaseException | None = None

    # How things stand

    @property
    def login(self) -> Login | None:
        """The login that waits for its answer in this process, if there is one."""
        return self._login if self._login is not None and self._login.is_of_this_process else None

    @property
    def fresh_token(self) -> AccessTokenInfo | None:
        """The token, where it can be used as it is and nothing has to be waited for."""
        if self.login is not None or self._manager is None:
            return None
        return self._manager.fresh_token

    def settings(self) -> AuthSettings:
        """
        Return the settings of the login that waits; where none does, the project's as they are now.

        Raises:
            ConfigurationError: One of the project's settings is malformed.
        """
        return self._login_settings if self.login and self._login_settings else self.managers.settings()

    def placement(self) -> Placement:
        """Return where the person's browser is, as the settings say; as is guessed where they cannot be used."""
        try:
            return placement(self.settings(), os.environ, sys.modules, container_mark())
        except ConfigurationError:
            return guessed(os.environ, sys.modules, container_mark())

    def status(self) -> Status:
        """
        Return how things stand.

        Raises:
            ConfigurationError: There is no token yet, and a setting is malformed.
        """
        self._look_again()
        settings = self._manager.auth_settings if self._manager else self.settings()
        manager = self._manager_in_use(settings) if settings.client_id else None
        token = manager.access_token_info if manager else None
        flow, kept_in = (manager.flow, self.managers.place_of(manager)) if manager else (None, "")
        return Status.of(settings, token, flow=flow, kept_in=kept_in).now(
            waiting=self.login is not None,
            message=self.messages.about(token),
            notices=[*self.managers.notices(), *self.messages.notices],
        )

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
        return token

    def grant(self) -> PortableGrant:
        """Return what lets another machine use this login; raises NotLoggedInError where it is not a person's."""
        manager = self._manager_in_use()
        settings, token = (manager.auth_settings, manager.access_token_info) if manager else (self.settings(), None)
        return PortableGrant.of(settings, token, with_secret=manager is not None and manager.flow == "code")

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
        login = self._login = Login(attempt, timeout=timeout, complete=partial(self._complete, manager, attempt))
        self._login_settings = manager.auth_settings
        login.when_done(self._finish)
        await login.ready()
        self.messages.set("")
        return login

    async def _complete(self, manager: PersonalFlowManager, attempt: AuthorizationAttempt, answer: Answer) -> None:
        before = manager.access_token_info
        await manager.complete(attempt, answer)
        await ask_whose(manager, before.account if before else None, self.messages.notices)
        await warn_of_exposure(self.managers.file_of(manager), self.messages.notices)
        self._manager = manager
        if missing := self.status().missing:
            self.messages.notices.append(
                f"Spotify did not grant {isolated(' '.join(missing))}; what needs it will be refused."
            )

    def _finish(self, login: Login) -> None:
        self._login = self._login_settings = None
        self._failure = login.error
        self.messages.set(str(login.error or ""))

    async def _sign_in(self, manager: AuthManagerBase, turn: int) -> None:
        await warn_of_exposure(self.managers.file_of(manager), self.messages.notices)
        self._refuse_outdated(turn)
        self._manager, self._failure = manager, None
        self.messages.set("")

    def _look_again(self) -> None:
        """Find the project of the current folder, which may be another one by now, unless one is in use."""
        if self._manager is None and self.login is None:
            self._project.look_again()

    def _manager_in_use(self, settings: AuthSettings | None = None) -> AuthManagerBase | None:
        """Return the manager whose token is used; one for the newest stored token where there was none so far."""
        if self._manager is None:
            self._manager = self.managers.stored(settings or self.settings())
        return self._manager

    def _held_token(self) -> AccessTokenInfo | None:
        with contextlib.suppress(ConfigurationError):
            manager = self._manager_in_use()
            return manager.access_token_info if manager else None
        return None


async def _renew(manager: AuthManagerBase) -> None:
    if isinstance(manager, RefreshableAuthManager):
        await manager.refresh()
    else:
        await manager.authorize()
