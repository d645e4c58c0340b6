"""
What a session tells of itself: how the login stands, whom it is kept for, and who is told when that changes.
"""

import warnings
from pathlib import Path

from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import Placement
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.session._async_session import AsyncSession
from spotantic_nb.session._messages import Messages
from spotantic_nb.session._observers import Observer, Observers
from spotantic_nb.settings import AuthSettings
from spotantic_nb.settings._project import Project
from spotantic_nb.status import Status


class Standing:
    """The part of a session that is looked at; nothing of it asks Spotify or a person."""

    _async_session: AsyncSession
    _observers: Observers
    _project: Project

    @property
    def root(self) -> Path:
        """The folder of the project."""
        return self._project.root

    @property
    def env_file(self) -> Path:
        """The ``.env`` that is read, whether it is there already or not."""
        return self._project.env_file

    @property
    def settings(self) -> AuthSettings:
        """The settings as they are now, with a session's defaults; raises ConfigurationError where one is malformed."""
        return self._async_session.managers.settings()

    @property
    def placement(self) -> Placement:
        """Where the person's browser is: as the settings say, or else as far as can be guessed from here."""
        return self._async_session.placement()

    @property
    def desk(self) -> AsyncSession:
        """Deprecated: what is needed of it are methods and properties of the session itself."""
        warnings.warn("Session.desk is deprecated: use the session itself.", DeprecationWarning, stacklevel=2)
        return self._async_session

    @property
    def pending_login(self) -> Login | None:
        """The login that waits for its answer, if there is one."""
        return self._async_session.login

    @property
    def messages(self) -> Messages:
        """The message and the notices of the status; to be changed on the portal."""
        return self._async_session.messages

    @property
    def status(self) -> Status:
        """How things stand, without a secret."""
        try:
            return self._async_session.status()
        except ConfigurationError as error:
            return Status(state="signed out", message=str(error), service="", notices=tuple(self.messages.notices))

    def observe(self, observer: Observer) -> None:
        """Have ``observer`` called with the status, on the portal: at each change, and every few seconds."""
        self._observers.add(observer)

    def unobserve(self, observer: Observer) -> None:
        """Stop calling ``observer``."""
        self._observers.remove(observer)
