"""
What code needs of the login before it goes on: scopes, for which the person is asked, and an account, which is checked.
"""

from threading import current_thread, main_thread
from typing import TYPE_CHECKING, cast

from spotantic_nb import _asking
from spotantic_nb._portal import portal
from spotantic_nb._text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._prompt import invite, is_unattended_kernel
from spotantic_nb.auth._streams import show_on_stderr
from spotantic_nb.errors import ScopeMissingError
from spotantic_nb.session._caller import caller
from spotantic_nb.session._managers import LoginRequest
from spotantic_nb.session._standing import Standing
from spotantic_nb.settings._types import separated

if TYPE_CHECKING:
    from spotantic_nb.session import Session


class Guards(Standing):
    """The part of a session by which code says what it needs."""

    def require(self, *scopes: str) -> "Granted":
        """
        Go on only with these scopes; where they were granted, nothing happens.

        Otherwise the person is asked, in one login, for what is missing together with what was granted before and what
        the settings ask for, and this waits for the answer. Which code asked for which scope is shown by the status.

        Args:
            *scopes: The scopes, one by one or separated by spaces or commas.

        Returns:
            What a ``with`` takes, to show in the code what the scopes are for; a plain call does as much.

        Raises:
            ScopeMissingError: They were not granted, or nobody is there to be asked. The login so far is kept.
            AuthorizationError: The person refused, or did not answer in time. The login so far is kept.
            AccountMismatchError: Another person logged in than ``require_account`` says.

        Example:
            >>> session = Session.current()
            >>> session.login("pkce", scope=["user-top-read"])
            >>> with session.require("playlist-modify-private"):
            ...     session.status.granted
            ('playlist-modify-private', 'user-top-read')
        """
        wanted = frozenset(separated(" ".join(scopes)))
        if self._async_session.ledger.record(wanted, caller()):
            portal.call(self._observers.notify)
        token = self._async_session.fresh_token
        if token is None or not wanted <= token.scopes or token.ended_at is not None:
            self._obtain(wanted)
        return Granted(wanted)

    def require_account(self, account_id: str | None) -> None:
        """
        From now on, let nothing run as another person: no token of another account is handed out by this session.

        Whoever logs in meanwhile, here or in another kernel: each later ``token()``, and each call of a client of this
        session, raises. Where nobody is logged in yet, that holds for the login to come.

        Args:
            account_id: The id of the account, as ``session.token().account.id`` tells it; None lifts this again, which
                only the code itself can: no login and no logout does.

        Raises:
            AccountMismatchError: The login is another account's, or the app's own.
            TokenRequestError: Nobody knows whose login it is, and Spotify did not say.

        Example:
            >>> session = Session.current()
            >>> session.login("pkce")
            >>> session.require_account(session.token().account.id)
            >>> session.require_account("somebody else")
            Traceback (most recent call last):
            spotantic_nb.errors.AccountMismatchError: This code must run as the account somebody else, and ...
            >>> session.require_account(None)
        """
        portal.run(lambda: self._async_session.require_account(account_id))

    def request_for_lacking(self) -> LoginRequest:
        """
        Return the login that asks for what code needed and was not granted; raises what ``settings`` does.

        Example:
            >>> session = Session.current()
            >>> session.login("pkce", scope=["user-top-read"])
            >>> session.request_for_lacking().scopes
            frozenset({'user-top-read'})
        """
        return self._async_session.request_for(frozenset(self.status.lacking))

    @hides_locals
    def _obtain(self, wanted: frozenset[str]) -> None:
        """Ask the person for these scopes, unless a login that waits brings them, and wait for the answer."""
        login = self.pending_login
        # Not by each of the threads that wait for what one of them has begun.
        if login is not None and not login.answered and current_thread() is main_thread():
            self._show(login, wanted)
        lacking = portal.run(lambda: self._async_session.lacking(wanted))
        if lacking and not _can_ask():
            raise _nobody_is_there(lacking, self._async_session.request_for(wanted))
        login = portal.run(lambda: self._async_session.top_up(wanted)) if lacking else None
        if login is not None:
            try:
                self._show(login, lacking)
            except Exception:
                login.cancel()  # what nobody sees must not keep the port
                raise
            portal.run(login.result)
            portal.run(lambda: self._async_session.lacking(wanted))  # raises where another person has answered

    def _show(self, login: Login, lacking: frozenset[str]) -> None:
        why, way = f"This needs {_in_words(lacking)}: log in to grant it.", _asking.way()
        if way is not None:
            way.show(cast("Session", self), login, why)
            return
        show_on_stderr(why)
        invite(login, self.placement)


class Granted:
    """
    Scopes that were granted: for a ``with`` whose block needs them, and to be seen at the end of a cell.

    Args:
        scopes: The scopes.

    Example:
        >>> Session.current().login("pkce", scope=["user-top-read"])
        >>> Session.current().require("user-top-read")
        <granted: user-top-read>
    """

    def __init__(self, scopes: frozenset[str]) -> None:
        self._scopes = scopes

    def __enter__(self) -> None:
        """Do nothing: what was to be done was done before."""

    def __exit__(self, *_: object) -> None:
        """Do nothing: a scope stays granted."""

    def __repr__(self) -> str:
        return f"<granted: {_in_words(self._scopes)}>"


def _can_ask() -> bool:
    way = _asking.way()
    return not is_unattended_kernel() if way is None else way.is_open()


def _nobody_is_there(lacking: frozenset[str], request: LoginRequest) -> ScopeMissingError:
    return ScopeMissingError(
        f"The login lacks {_in_words(lacking)}, and nobody is there to be asked.",
        hint="Log in once in a notebook of this project that you run by hand: "
        f"%spotantic_login {request.flow} --scope {_in_words(request.scopes)}",
        scopes=tuple(sorted(lacking)),
    )


def _in_words(scopes: frozenset[str]) -> str:
    return isolated(" ".join(sorted(scopes)))
