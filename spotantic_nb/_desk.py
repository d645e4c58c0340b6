"""
The login desk of one session: one manager, at most one login on its way, and what to say about them.

Everything async of a session happens here, on the portal. Knows no thread, no notebook, and nobody who is watching
but through ``changed``.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from spotantic_nb._env_file import PREFIX
from spotantic_nb._exposure import exposures_of
from spotantic_nb._foreign_text import isolated
from spotantic_nb._managers import ProjectManagers
from spotantic_nb._project import Project
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.auth._base import AuthManagerBase, RefreshableAuthManager
from spotantic_nb.auth._choices import Flow, warning_about_scopes
from spotantic_nb.auth._flows import PersonalFlowManager
from spotantic_nb.auth._grant import PortableGrant
from spotantic_nb.auth._login import Login, cancelled
from spotantic_nb.auth._redirect_uri import warning_about
from spotantic_nb.errors import ConfigurationError, InvalidGrantError, NotLoggedInError, SpotanticNbError, anew
from spotantic_nb.models import AccessTokenInfo, Account
from spotantic_nb.status import Status

_SIGNED_OUT = "Signed out. To withdraw the app's access as well: https://www.spotify.com/account/apps"

_STILL_SIGNED_IN = (
    f"The token was forgotten, but {PREFIX}REFRESH_TOKEN ({{}}) logs in by itself while its consent lasts: "
    "remove it to stay signed out."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What one login was asked to be."""

    flow: Flow
    scopes: frozenset[str]
    """The scopes to ask for; the settings' own where this is empty."""
    force: bool = field(kw_only=True, default=False)
    switch_user: bool = field(kw_only=True, default=False)
    timeout: float | None = field(kw_only=True, default=None)


class Desk:
    """
    Log in and hand out tokens.

    Args:
        project: Is looked for again, from the current folder, while there is neither a token nor a login on its way.
        managers: Makes the managers.
        notices: What a person should know besides; the managers' stores add to it too.
        changed: Is called whenever the status has changed.
    """

    def __init__(
        self, project: Project, managers: ProjectManagers, *, notices: list[str], changed: Callable[[], None]
    ) -> None:
        self._project = project
        self._managers = managers
        self._notices = notices
        self._changed = changed
        self._manager: AuthManagerBase | None = None
        self._login: Login | None = None
        self._turn = 0
        """Counts what takes the place of a login: one that was begun before the last such moment is not finished."""
        self._failure: BaseException | None = None
        self._last_words = ""
        self._words_about: AccessTokenInfo | None = None

    @property
    def login(self) -> Login | None:
        """The login that is on its way in this process, if there is one."""
        return self._login if self._login is not None and self._login.is_of_this_process else None

    @property
    def fresh_token(self) -> AccessTokenInfo | None:
        """The token, where it can be used as it is and nothing has to be waited for."""
        if self.login is not None or self._manager is None:
            return None
        token = self._manager.access_token_info
        return None if token is None or token.is_expired() else token

    def status(self) -> Status:
        """
        Return how things stand.

        Raises:
            ConfigurationError: There is no token yet, and a setting is malformed.
        """
        self._look_again()
        settings = self._manager.auth_settings if self._manager else self._managers.settings()
        manager = self._manager_if_any() if settings.client_id else None
        token = manager.access_token_info if manager else None
        flow, kept_in = (manager.flow, self._managers.place_of(manager)) if manager else (None, "")
        return Status.of(settings, token, flow=flow, kept_in=kept_in).now(
            waiting=self.login is not None,
            # Another kernel may have logged in or out since: words about what was before are no longer true.
            last_words=self._last_words if token == self._words_about else "",
            notices=[*self._managers.notices(), *self._notices],
        )

    async def token(self, *, refresh: bool) -> AccessTokenInfo:
        """Return a good token, waiting for a login that is on its way; renewed first if that is asked for."""
        while (login := self.login) is not None:
            await login.ended()
        self._look_again()
        manager = self._manager_if_any()
        if manager is None:
            if self._failure is not None:
                raise anew(self._failure)
            raise NotLoggedInError("Nobody is logged in.", hint="Run %spotantic_login first.")
        before = manager.access_token_info
        if refresh:
            await _renew(manager)
        token = await manager.get_valid_access_token()
        if token is not before:
            self.say("")
        return token

    async def begin(self, wish: Wish) -> Login | None:
        """
        Return a new login, open for its answer, in the place of one that is on its way; None where all is done.

        Raises:
            AuthorizationError: Another login, a cancellation or a log out took its place while it was being begun.
        """
        turn = await self._next_turn()
        self._refuse_outdated(turn)
        self._notices.clear()
        self._look_again()
        manager = self._manager_for(wish)
        if not wish.force and await self._is_served_by(manager):
            await self._introduce(manager, None)
            await self._sign_in(manager, turn)
        elif isinstance(manager, PersonalFlowManager):
            self._refuse_outdated(turn)
            return await self._ask_the_person(manager, wish)
        else:
            await manager.authorize()
            await self._sign_in(manager, turn)
        return None

    async def stop_login(self) -> None:
        """End the login that is on its way or just being begun, and wait until its port is free."""
        await self._next_turn()

    async def _next_turn(self) -> int:
        """Take the place of the login that is on its way or just being begun, and wait until its port is free."""
        self._turn += 1
        turn = self._turn
        # Not what was opened meanwhile by whoever came later: it took this turn's place.
        while turn == self._turn and (login := self.login) is not None:
            await login.stop()
        return turn

    def _refuse_outdated(self, turn: int) -> None:
        if turn != self._turn:
            raise cancelled()

    def grant(self) -> PortableGrant:
        """
        Return what lets another machine use this login.

        Raises:
            NotLoggedInError: Nobody is logged in, or not as a person.
        """
        manager = self._manager_if_any()
        token = manager.access_token_info if manager else None
        if manager is None or token is None or token.refresh_token is None:
            raise NotLoggedInError("There is no login of a person to take along.", hint="Run %spotantic_login first.")
        return PortableGrant.of(manager.auth_settings, token, with_secret=manager.flow == "code")

    async def sign_out(self) -> None:
        """Forget the tokens of all flows, in memory and on disk."""
        await self.stop_login()
        await self._managers.forget()
        self._manager = self._failure = None
        settings = self._managers.settings()
        origin = settings.provenance.get("refresh_token", "argument")
        self.say(_SIGNED_OUT if settings.refresh_token is None else _STILL_SIGNED_IN.format(isolated(origin)))

    def _manager_for(self, wish: Wish) -> AuthManagerBase:
        """Return a manager that asks for the scopes wished for, and for those that its token has already."""
        settings = self._managers.settings()
        wanted = wish.scopes or frozenset((settings.scope or "").split())
        self._note(warning_about_scopes(wanted))
        self._note(warning_about(settings.redirect_uri or ""))
        held = self._managers.manager(wish.flow, settings).access_token_info
        if held is not None and held.scope is not None and wanted - held.scopes:
            lacking = isolated(" ".join(sorted(wanted - held.scopes)))
            self._note(f"The login so far lacks {lacking}; this one asks for it as well.")
            wanted |= held.scopes
        return self._managers.manager(wish.flow, settings.model_copy(update={"scope": " ".join(sorted(wanted))}))

    async def _is_served_by(self, manager: AuthManagerBase) -> bool:
        """Tell whether the manager has, or can renew, a token with the scopes that its settings ask for."""
        held = manager.access_token_info
        if held is None:
            return False
        if held.ended_at is not None:
            self._note("The consent for the login so far ended or was withdrawn.")
            return False
        try:
            token = await manager.get_valid_access_token()
        except (InvalidGrantError, NotLoggedInError) as error:
            self._note(error.message)
            return False
        return manager.flow == "client" or token.scopes >= frozenset((manager.auth_settings.scope or "").split())

    async def _ask_the_person(self, manager: PersonalFlowManager, wish: Wish) -> Login:
        attempt = manager.begin(switch_user=wish.switch_user)
        timeout = wish.timeout or manager.auth_settings.callback_timeout
        login = self._login = Login(attempt, timeout=timeout, complete=partial(self._complete, manager))
        login.when_done(self._login_over)
        await login.ready()
        self.say("")
        return login

    async def _complete(self, manager: PersonalFlowManager, attempt: AuthorizationAttempt, callback: str) -> None:
        before = manager.access_token_info
        await manager.complete(attempt, callback)
        await self._introduce(manager, before.account if before else None)
        await self._warn_of_exposure(manager)
        self._manager = manager
        if missing := self.status().missing:
            self._note(f"Spotify did not grant {isolated(' '.join(missing))}; what needs it will be refused.")

    async def _introduce(self, manager: AuthManagerBase, before: Account | None) -> None:
        """Ask once whose login it is, remember it, and say so where it was somebody else's before."""
        token = await manager.get_valid_access_token()
        if token.account is not None or not isinstance(manager, PersonalFlowManager):
            return
        from spotantic_nb.auth._whoami import whoami  # httpx with it: by now it is loaded anyway

        try:
            account = await whoami(manager.auth_settings.api_url, token)
            await manager.remember(account, token)
        except SpotanticNbError as error:
            self._note(str(error))  # the login is done all the same
        else:
            if before is not None and before.id != account.id:
                self._note(
                    f"This project was used as {isolated(before.name)} before; you are {isolated(account.name)} now."
                )

    def _login_over(self, login: Login) -> None:
        self._login = None
        self._failure = login.error
        self.say(str(login.error or ""))

    async def _sign_in(self, manager: AuthManagerBase, turn: int) -> None:
        await self._warn_of_exposure(manager)
        self._refuse_outdated(turn)
        self._manager, self._failure = manager, None
        self.say("")

    async def _warn_of_exposure(self, manager: AuthManagerBase) -> None:
        file = self._managers.file_of(manager)
        if file is not None:
            for warning in await asyncio.to_thread(exposures_of, file):
                self._note(warning)

    def _look_again(self) -> None:
        """Find the project of the current folder, which may be another one by now, unless one is in use."""
        if self._manager is None and self.login is None:
            self._project.look_again()

    def _manager_if_any(self) -> AuthManagerBase | None:
        self._manager = self._manager or self._managers.stored()
        return self._manager

    def say(self, words: str) -> None:
        """Tell everybody who watches what happened; without words, that something did."""
        self._last_words, self._words_about = words, self._token_held()
        self._changed()

    def note(self, *notices: str) -> None:
        """Tell everybody who watches what a person should know besides, until the next login begins."""
        self._notices.extend(notices)
        self._changed()

    def _token_held(self) -> AccessTokenInfo | None:
        with contextlib.suppress(ConfigurationError):
            manager = self._manager_if_any()
            return manager.access_token_info if manager else None
        return None

    def _note(self, notice: str) -> None:
        if notice:
            self._notices.append(notice)


async def _renew(manager: AuthManagerBase) -> None:
    if isinstance(manager, RefreshableAuthManager):
        await manager.refresh()
    else:
        await manager.authorize()
