"""``%spotantic_login``: begin a login, and show it in the way this front-end can; again where a cell waits for it."""

import contextlib
import sys
from argparse import Namespace
from weakref import WeakKeyDictionary

from spotantic_nb._foreign_text import isolated
from spotantic_nb._setting_types import separated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._choices import FLOWS
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._prompt import ask_until_answered
from spotantic_nb.auth._receivers import open_browser
from spotantic_nb.auth._streams import is_terminal, show
from spotantic_nb.errors import ConfigurationError, NotLoggedInError
from spotantic_nb.notebook._front_end import FrontEnd, front_end
from spotantic_nb.notebook._link import LinkNote
from spotantic_nb.notebook._output import is_captured
from spotantic_nb.session import Session
from spotantic_nb.settings import where_to_set

_shown_in: WeakKeyDictionary[Login, str] = WeakKeyDictionary()
"""For each login, the message of the execution that showed it last."""


@hides_locals
def log_in(shell: object, wanted: Namespace) -> None:
    """
    Log in as the arguments of the magic say.

    Raises:
        ConfigurationError: No app is set up.
        NotLoggedInError: Somebody would have to be asked, and nobody is there.
        SpotanticNbError: Whatever a login raises.
    """
    session, place = Session.current(), front_end(shell)
    _require_app(session)
    login = session.login(
        wanted.flow,
        scope=_scopes(wanted),
        force=wanted.force,
        switch_user=wanted.switch_user,
        timeout=wanted.timeout,
        wait=False,
    )
    _show_notices(session)
    if login is None:
        print(session.status.message)
    elif place.can_ask or place.is_voila:
        if place.placement.can_open and not wanted.no_browser:
            open_browser(login.url)
        _show(session, login, place, paste=wanted.paste)
    else:
        session.cancel()
        raise NotLoggedInError(
            "Nobody is logged in, and nobody is there to be asked.",
            hint="Log in once in a notebook of this project that you run by hand, "
            "or bring a grant along (Session.export_grant).",
        )


def _require_app(session: Session) -> None:
    if session.status.state == "not set up":
        _show_notices(session)
        raise ConfigurationError(
            session.status.message,
            hint=f"Set it {where_to_set(isolated(session.env_file))}; %spotantic_panel shows how.",
        )


@hides_locals
def show_again(shell: object, login: Login) -> None:
    """
    Show a login in a cell that is about to wait for it, unless this very run has shown it in sight.

    What showed it first may be out of sight: captured by ``%%capture``, cleared, or far up. The link works while the
    cell waits; the box takes a pasted address once the cell has been stopped.
    """
    session, place = Session.current(), front_end(shell)
    is_above = _shown_in.get(login) == place.execution.message and not is_captured(shell)
    if is_above and not place.is_terminal:
        _say("Waiting for the login above.")
        return
    _shown_in[login] = place.execution.message
    if place.is_terminal:
        _show_in_terminal(f"Waiting for the login: {login.url}")
        return
    _say("Waiting for the login. Stop this cell to paste the address instead.")
    LinkNote(session, login, is_asked=True)
    if place.shows_widgets:
        _show_box(login, place, shows_link=False)


def _show_box(login: Login, place: FrontEnd, *, shows_link: bool = True) -> None:
    from spotantic_nb.notebook import _cells  # ipywidgets with it
    from spotantic_nb.notebook._login_box import LoginBox

    _cells.show(place.execution, lambda: LoginBox(login, shows_link=shows_link))


def _show_notices(session: Session) -> None:
    for notice in session.status.notices:
        print(f"Note: {notice}")


def _show(session: Session, login: Login, place: FrontEnd, *, paste: bool) -> None:
    """Show the login, and end it where that fails: what nobody sees must not keep the port."""
    try:
        _show_in(session, login, place, paste=paste)
    except Exception:
        login.cancel()
        raise


def _show_in(session: Session, login: Login, place: FrontEnd, *, paste: bool) -> None:
    """Show the login as this front-end can; where the cell would return with no way left to answer, stay and ask."""
    _shown_in[login] = place.execution.message
    why_paste = place.placement.reason if place.must_paste else login.unreachable
    if place.is_terminal:
        _stay_with(session, login, ask=paste or bool(why_paste), why=why_paste)
        print(session.status.message)
    elif place.shows_widgets and not (paste or place.must_paste):
        _show_box(login, place)
    else:
        must_ask = paste or bool(why_paste)
        LinkNote(session, login, is_asked=must_ask)
        if must_ask:
            ask_until_answered(login, why=why_paste)
            session.wait_for(login)
            print(session.status.message)


def _stay_with(session: Session, login: Login, *, ask: bool, why: str) -> None:
    """Keep the terminal until the login is over: it has no other place to show how it went."""
    try:
        _show_in_terminal(f"Log in to Spotify: {login.url}")
        if ask:
            ask_until_answered(login, why=why)
        session.wait_for(login)
    except KeyboardInterrupt:
        session.cancel()
        raise


def _show_in_terminal(line: str) -> None:
    """Show a line where the person sees it: ``%%capture`` or a redirection may have taken standard output away."""
    in_sight = [stream for stream in (sys.stdout, sys.__stderr__) if is_terminal(stream)]
    show(line, *in_sight, sys.__stderr__, sys.stderr, sys.stdout)


def _say(line: str) -> None:
    """Print a line at once, for the cell is about to wait."""
    print(line)
    with contextlib.suppress(Exception):  # a stream of somebody else's need not have more than write
        sys.stdout.flush()


def _scopes(wanted: Namespace) -> list[str]:
    """Return the scopes, whether they were separated by spaces, commas or both."""
    scopes = separated(" ".join(wanted.scope))
    if misplaced := set(scopes).intersection(FLOWS):
        raise ConfigurationError(
            f"{misplaced.pop()} is a flow, not a scope.", hint="Name the flow first: %spotantic_login pkce --scope ..."
        )
    return scopes
