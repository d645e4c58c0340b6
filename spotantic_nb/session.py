"""
What this kernel knows about the login of its project.

A session is the face of the login desk: plain calls from any thread, and a Status for whoever watches. Knows no
notebook: magics and panel are built on it, and a script can use it as it is.
"""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

from spotantic_nb._audience import Audience
from spotantic_nb._desk import Desk, Wish
from spotantic_nb._managers import ProjectManagers
from spotantic_nb._portal import portal
from spotantic_nb._project import Project
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._choices import Flow
from spotantic_nb.auth._grant import PortableGrant
from spotantic_nb.auth._invitation import invite
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import Placement, guessed, placement
from spotantic_nb.errors import ConfigurationError, anew
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.settings import AuthSettings
from spotantic_nb.status import Status


class Session:
    """
    Log in, hand out tokens, and tell how things stand. Every method may be called from any thread.

    Args:
        settings: The settings to use; otherwise the project's are read, anew for every login.
        start: The folder from which the project is looked for, upward; otherwise the current one, and that is looked at
            again as long as nobody is logged in.
    """

    _in_use: ClassVar[dict[str, "Session"]] = {}
    """The session of this kernel, under ``current``: in a dict, as the portal's loop is, for want of a safe lock."""

    def __init__(self, settings: AuthSettings | None = None, *, start: Path | None = None) -> None:
        self._notices: list[str] = []
        self._project = Project(start)
        self._managers = ProjectManagers(self._project, settings, notify=self._notices.append)
        self._audience = Audience(lambda: self.status)
        self._desk = Desk(self._project, self._managers, notices=self._notices, changed=self._audience.tell)

    # One session for the whole kernel

    @classmethod
    def current(cls) -> "Session":
        """Return the session of this kernel; the first call makes it, for the project of the current folder."""
        return cls._in_use.get("current") or cls._in_use.setdefault("current", cls())

    @classmethod
    def use(cls, session: "Session | None") -> None:
        """
        Make this the session of the kernel; None has the next ``current`` make one for the project again.

        A login that is on its way is ended, and who observed the previous session goes on with the new one.
        """
        if session is None:
            previous = cls._in_use.pop("current", None)
        else:  # never without one: whoever asks meanwhile would make another
            previous, cls._in_use["current"] = cls._in_use.get("current"), session
        if previous is not None:
            previous.cancel()
            previous._audience.move_to(lambda: cls.current()._audience)  # noqa: SLF001 - of the same class

    # Tokens

    def token(self, *, refresh: bool = False) -> AccessTokenInfo:
        """
        Return a token with at least a minute to live, waiting for a login that is on its way.

        Args:
            refresh: Renew the token even if it is good.

        Raises:
            NotLoggedInError: There is neither a token nor a login on its way.
            AuthorizationError: The login that was waited for failed, and there was no token before.
            TokenRequestError: The token is over and could not be renewed.
        """
        if not refresh and (token := self._desk.fresh_token) is not None:
            return token
        return portal.run(lambda: self._desk.token(refresh=refresh))

    async def atoken(self, *, refresh: bool = False) -> AccessTokenInfo:
        """Return what ``token`` returns, without blocking the caller's event loop."""
        return await portal.arun(lambda: self._desk.token(refresh=refresh))

    def headers(self) -> dict[str, str]:
        """Return the ``Authorization`` header for a request that is made now; its repr is masked."""
        return self.token().get_authorization_header()

    def refresh(self) -> Status:
        """
        Renew the token and return the new status.

        Raises:
            NotLoggedInError: There is no token.
            TokenRequestError: It could not be renewed; the token held is kept.
        """
        self.token(refresh=True)
        return self.status

    # Logging in and out

    @hides_locals
    def login(  # noqa: PLR0913 - every option of the magic
        self,
        flow: Flow = "pkce",
        *,
        scope: Iterable[str] = (),
        force: bool = False,
        switch_user: bool = False,
        timeout: float | None = None,
        wait: bool = True,
    ) -> Login | None:
        """
        Log in; a login that is still on its way is replaced. A good token with these scopes needs nobody.

        Args:
            flow: ``pkce``, ``code`` or ``client``.
            scope: The scopes to ask for, in place of the settings' own.
            force: Ask the person even if there is a good token.
            switch_user: Have Spotify ask again who it is.
            timeout: Seconds to wait for the person, in place of ``callback_timeout``.
            wait: Show the link on standard error and wait for the person, as suits a script.

        Returns:
            Without ``wait``, the login that is on its way, open for its answer; None where all is done.

        Raises:
            ConfigurationError: A setting is missing, or Spotify would refuse it.
            AuthorizationError: The person said no, or nothing.
            TokenRequestError: The accounts service gave no token.
        """
        wish = Wish(flow, frozenset(scope), force=force or switch_user, switch_user=switch_user, timeout=timeout)
        login = portal.run(lambda: self._desk.begin(wish))
        if login is None or not wait:
            return login
        invite(login, self.placement)
        self.wait_for(login)
        return None

    def wait_for(self, login: Login) -> None:
        """
        Wait until a login is over; an interrupt leaves it on its way.

        Raises:
            AuthorizationError: The person said no, or nothing, or cancelled.
            TokenRequestError: The accounts service gave no token.
        """
        portal.run(login.ended)
        if login.error is not None:
            raise anew(login.error)

    def export_grant(self) -> PortableGrant:
        """
        Return what lets a machine without a person (a Colab runtime, CI) use this login: ``print`` it to see it.

        It holds the refresh token. Keep it where that machine keeps its secrets, and nowhere else.

        Raises:
            NotLoggedInError: Nobody is logged in, or not as a person.
        """
        return self._desk.grant()

    def cancel(self) -> None:
        """End a login that is on its way and free its port."""
        portal.run(self._desk.stop_login)

    def logout(self) -> Status:
        """
        Forget the tokens of this project, in memory and on disk, and end a login that is on its way.

        Spotify has no way for an app to withdraw a consent; the person can, on their account page.

        Raises:
            TokenStoreError: A token file cannot be removed.
        """
        portal.run(self._desk.sign_out)
        return self.status

    # Showing

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
        """
        The settings as they are now, with a session's defaults for what is not set.

        Raises:
            ConfigurationError: One of them is malformed.
        """
        return self._managers.settings()

    @property
    def placement(self) -> Placement:
        """Where the person's browser is: as the settings say, or else as far as can be guessed from here."""
        try:
            return placement(self.settings, os.environ, sys.modules)
        except ConfigurationError:
            return guessed(os.environ, sys.modules)

    @property
    def api_url(self) -> str:
        """The Web API that the tokens are for, without a slash at its end."""
        return self.settings.api_url

    @property
    def desk(self) -> Desk:
        """What this session does, as coroutines on the portal: for callbacks, which must not wait."""
        return self._desk

    @property
    def status(self) -> Status:
        """How things stand, without a secret."""
        try:
            return self._desk.status()
        except ConfigurationError as error:
            return Status(state="signed out", message=str(error), service="", notices=tuple(self._notices))

    def observe(self, tell: Callable[[Status], None]) -> None:
        """
        Have ``tell`` called with every new status, on the portal's thread; it must not wait there.

        It is called every few seconds as well, for what changes by itself: minutes, and what other kernels do.
        """
        self._audience.add(tell)

    def unobserve(self, tell: Callable[[Status], None]) -> None:
        """Stop calling ``tell``."""
        self._audience.remove(tell)
