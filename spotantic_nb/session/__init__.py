"""
What this kernel knows about the login of its project.

Plain calls for any thread, coroutines for an event loop, a Status for observers. Knows no notebook; scripts use it too.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from spotantic_nb._choices import Flow
from spotantic_nb._portal import portal
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._portable_grant import PortableGrant
from spotantic_nb.auth._prompt import invite
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.session._async_session import AsyncSession
from spotantic_nb.session._clusters import Clusters
from spotantic_nb.session._from_elsewhere import FromElsewhere
from spotantic_nb.session._guards import Guards
from spotantic_nb.session._managers import LoginRequest
from spotantic_nb.session._observers import Observers
from spotantic_nb.settings import AuthSettings
from spotantic_nb.settings._project import Project
from spotantic_nb.status import Status


class Session(Clusters, Guards, FromElsewhere):
    """
    Log in, return tokens, and tell the status. Every method may be called from any thread.

    Args:
        settings: The settings to use; otherwise the project's are read, anew for every login.
        start: Where the project is looked for, upward; otherwise the current folder, anew while nobody is logged in.

    Example:
        >>> session, seen = Session.current(), []
        >>> session.observe(seen.append)
        >>> session.login("pkce")
        >>> session.headers(), session.token().is_expired()
        ({'Authorization': 'Bearer **********'}, False)
        >>> session.refresh(), session.export_grant()
        (<Status signed in: Signed in as Ada Fjordmark, ...>, PortableGrant (hidden; print it to see the settings))
        >>> login = session.login(force=True, wait=False)  # the link is login.url
        >>> session.cancel()
        >>> session.wait_for(login)
        Traceback (most recent call last):
        spotantic_nb.errors.AuthorizationError: The login was cancelled. Log in again when you like.
        >>> session.unobserve(seen.append)
        >>> session.logout()
        <Status signed out: Signed out. ...>
        >>> Session.use(None)
    """

    _in_use: ClassVar[dict[str, "Session"]] = {}
    """The session of this kernel, under ``current``: in a dict, since no lock is safe from an interrupt."""

    def __init__(self, settings: AuthSettings | None = None, *, start: Path | None = None) -> None:
        self._project = Project(start)
        self._observers = Observers(lambda: self.status)
        self._async_session = AsyncSession(settings, self._project, changed=self._observers.notify)

    @classmethod
    def current(cls) -> "Session":
        """Return the session of this kernel; the first call makes it, for the project of the current folder."""
        return cls._in_use.get("current") or cls._in_use.setdefault("current", cls())

    @classmethod
    def use(cls, session: "Session | None") -> None:
        """Make this ``current``; after None, ``current`` makes a new one. Ends a login that waits, keeps observers."""
        if session is None:
            previous = cls._in_use.pop("current", None)
        else:  # never without one: whoever asks meanwhile would make another
            previous, cls._in_use["current"] = cls._in_use.get("current"), session
        if previous is not None:
            previous.cancel()
            previous._observers.move_to(lambda: cls.current()._observers)  # noqa: SLF001 - of the same class

    @property
    def fresh_token(self) -> AccessTokenInfo | None:
        """The token, where it has at least a minute to live and no login waits for its answer."""
        return self._async_session.fresh_token

    def token(self, *, refresh: bool = False) -> AccessTokenInfo:
        """
        Return a token with at least a minute to live; a login that waits for its answer is awaited first.

        Args:
            refresh: Renew the token even if it is good.

        Raises:
            NotLoggedInError: There is neither a token nor a login that waits.
            AuthorizationError: The login that was waited for failed, and there was no token before.
            TokenRequestError: The token has expired and could not be renewed.
        """
        if not refresh and (token := self._async_session.fresh_token) is not None:
            return token
        return portal.run(lambda: self._async_session.token(refresh=refresh))

    async def atoken(self, *, refresh: bool = False) -> AccessTokenInfo:
        """Return what ``token`` returns, without blocking the caller's event loop."""
        if not refresh and (token := self._async_session.fresh_token) is not None:
            return token
        return await portal.arun(lambda: self._async_session.token(refresh=refresh))

    def headers(self) -> dict[str, str]:
        """Return the ``Authorization`` header for a request that is made now; its repr is masked."""
        return self.token().get_authorization_header()

    def refresh(self) -> Status:
        """Renew the token and return the new status; raises what ``token`` does, and keeps the token held."""
        self.token(refresh=True)
        return self.status

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
        Log in; a login that still waits is replaced. Where a good token has these scopes, nobody is asked.

        Args:
            flow: ``pkce``, ``code`` or ``client``.
            scope: The scopes to ask for, in place of the settings' own.
            force: Ask the person even if there is a good token.
            switch_user: Have Spotify ask again who it is.
            timeout: Seconds to wait for the person, in place of ``callback_timeout``.
            wait: Show the link on standard error and wait for the person, as suits a script.

        Returns:
            Without ``wait``, the login that waits for its answer; None where nobody has to be asked.

        Raises:
            ConfigurationError: A setting is missing, or Spotify would refuse it.
            AuthorizationError: The person refused, or did not answer in time.
            TokenRequestError: The accounts service gave no token.
        """
        scopes, force = frozenset(scope), force or switch_user
        request = LoginRequest(flow, scopes, force=force, switch_user=switch_user, timeout=timeout)
        login = portal.run(lambda: self._async_session.begin(request))
        if login is None or not wait:
            return login
        invite(login, self.placement)
        self.wait_for(login)
        return None

    async def begin(self, request: LoginRequest) -> Login | None:
        """Begin a login as ``login(wait=False)`` does, without blocking the caller's event loop."""
        return await portal.arun(lambda: self._async_session.begin(request))

    def wait_for(self, login: Login) -> None:
        """Wait until a login has ended, and raise what ``login`` does; an interrupt leaves it waiting."""
        portal.run(login.result)

    def export_grant(self) -> PortableGrant:
        """
        Return what logs in a machine without a person (Colab, CI): ``print`` shows it, for that machine's secrets only.

        Raises:
            NotLoggedInError: Nobody is logged in, or not as a person.
        """
        return self._async_session.grant()

    def cancel(self) -> None:
        """End the login that waits for its answer, and free its port."""
        portal.run(self._async_session.cancel)

    async def acancel(self) -> None:
        """Do what ``cancel`` does, without blocking the caller's event loop."""
        await portal.arun(self._async_session.cancel)

    def logout(self) -> Status:
        """
        Remove the tokens of this project, in memory and on disk, and end a login that waits; the consent itself stays.

        Raises:
            TokenStoreError: A token file cannot be removed.
        """
        portal.run(self._async_session.sign_out)
        return self.status

    async def alogout(self) -> None:
        """Do what ``logout`` does, without blocking the caller's event loop."""
        await portal.arun(self._async_session.sign_out)
