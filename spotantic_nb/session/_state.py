"""
The state of a session: one manager, at most one login that waits, and what can be told of them without asking anybody.

To be used on the portal, but for what only reads. Knows nobody who observes the status but through ``changed``.
"""

import contextlib
import os
import sys
from collections.abc import Callable

from spotantic_nb.auth._base import AuthManagerBase
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import Placement, container_mark, guessed, placement
from spotantic_nb.auth._portable_grant import PortableGrant
from spotantic_nb.errors import AccountMismatchError, ConfigurationError
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.session._ledger import Ledger
from spotantic_nb.session._managers import ProjectManagers
from spotantic_nb.session._messages import Messages
from spotantic_nb.session._token_checks import another_account, is_of_account
from spotantic_nb.settings import AuthSettings
from spotantic_nb.settings._project import Project
from spotantic_nb.status import Status


class SessionState:
    """
    Know which token is used and which login waits, and tell the status.

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
        self.came_by = ""
        """How the answer to the last login came; empty where none was answered in this kernel."""
        self.ledger = Ledger()
        self.required_account: str | None = None
        """The id of the only account whose tokens are handed out; None where any account's are."""

    @property
    def login(self) -> Login | None:
        """The login that waits for its answer in this process, if there is one."""
        return self._login if self._login is not None and self._login.is_of_this_process else None

    @property
    def fresh_token(self) -> AccessTokenInfo | None:
        """The token, where it can be used as it is and nothing has to be waited for."""
        if self.login is not None or self._manager is None:
            return None
        token = self._manager.fresh_token
        if token is None or self.required_account is None:
            return token
        return token if is_of_account(token, self.required_account) else None

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
            notices=[*map(str, self._mismatches(token)), *self.managers.notices(), *self.messages.notices],
            needed=self.ledger.entries(),
            came_by=self.came_by,
        )

    def grant(self) -> PortableGrant:
        """Return what lets another machine use this login; raises NotLoggedInError where it is not a person's."""
        manager = self._manager_in_use()
        settings, token = (manager.auth_settings, manager.access_token_info) if manager else (self.settings(), None)
        return PortableGrant.of(settings, token, with_secret=manager is not None and manager.flow == "code")

    def _look_again(self) -> None:
        """Find the project of the current folder, which may be another one by now, unless one is in use."""
        if self._manager is None and self.login is None:
            self._project.look_again()

    def _manager_in_use(self, settings: AuthSettings | None = None) -> AuthManagerBase | None:
        """Return the manager whose token is used; one for the newest stored token where there was none so far."""
        if self._manager is None:
            self._manager = self.managers.stored(settings or self.settings())
        return self._manager

    def _mismatches(self, token: AccessTokenInfo | None) -> list[AccountMismatchError]:
        """Return the error, if any, for a token that is known to be another account's than the one that is required."""
        if token is None or token.account is None or is_of_account(token, self.required_account):
            return []
        return [another_account(self.required_account or "", token.account)]

    def _held_token(self) -> AccessTokenInfo | None:
        with contextlib.suppress(ConfigurationError):
            manager = self._manager_in_use()
            return manager.access_token_info if manager else None
        return None
