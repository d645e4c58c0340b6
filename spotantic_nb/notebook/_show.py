"""
Showing a login, or the panel, as this front-end can: a box, a link with a prompt, or text.
"""

import contextlib
import sys
from argparse import Namespace
from dataclasses import replace
from weakref import WeakKeyDictionary

from spotantic_nb._choices import FLOWS
from spotantic_nb._text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._browser import open_browser
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._prompt import ask_until_answered
from spotantic_nb.auth._redirect_uri import DASHBOARD
from spotantic_nb.auth._registration import registration_here
from spotantic_nb.auth._streams import is_terminal, show
from spotantic_nb.errors import ConfigurationError, NotLoggedInError
from spotantic_nb.notebook._bring import offers_in_words
from spotantic_nb.notebook._front_end import FrontEnd, front_end, is_captured
from spotantic_nb.notebook._link_note import IN_VSCODE, LinkNote, how_to_go_on
from spotantic_nb.session import Session
from spotantic_nb.settings._env_file import PREFIX
from spotantic_nb.settings._types import separated

_shown_in: WeakKeyDictionary[Login, str] = WeakKeyDictionary()
"""For each login, the message of the execution that showed it last."""

_WAITING_BESIDE_A_BOX = "Waiting for the login. Stop this cell to paste the address instead."


@hides_locals
def log_in(shell: object, wanted: Namespace) -> None:
    """
    Log in as the arguments of the magic say.

    Raises:
        ConfigurationError: No app is set up.
        NotLoggedInError: Somebody would have to be asked, and nobody is there.
        SpotanticNbError: Whatever a login raises.
    """
    session = Session.current()
    login = session.login(
        wanted.flow or "pkce",
        scope=_scopes(wanted),
        force=wanted.force,
        switch_user=wanted.switch_user,
        timeout=wanted.timeout,
        wait=False,
    )
    if login is None:
        _show_notices(session)
        print(session.status.message)
        return
    place = front_end(shell)
    if place.can_ask or place.is_voila:
        if place.placement.can_open and not wanted.no_browser:
            open_browser(login.url)
        _show(session, login, place, paste=wanted.paste)
    else:
        session.cancel()
        raise NotLoggedInError(
            "Not logged in, and nobody is there to be asked.",
            hint="Log in once in a notebook of this project that you run by hand, "
            "or bring a grant along (Session.export_grant).",
        )


@hides_locals
def show_again(shell: object, login: Login) -> None:
    """
    Show a login in a cell that is about to wait for it, unless this very run has shown it in sight.

    What showed it first may be out of sight: captured by ``%%capture``, cleared, or far up. The link works while the
    cell waits. A box takes no answer meanwhile, since a kernel that runs a cell need not hear it: where only the person
    can bring the answer, the cell asks for it.
    """
    session, place = Session.current(), front_end(shell)
    is_above = _shown_in.get(login) == place.execution.message and not is_captured(shell)
    _shown_in[login] = place.execution.message
    if place.is_terminal:
        _show_in_terminal(f"Waiting for the login: {login.url}")
        return
    must_ask = place.can_ask and not place.execution.is_callback and _needs_the_person(login, place)
    if is_above:
        _say("Waiting for the login above.")
    else:
        _say("Waiting for the login." if must_ask else _WAITING_BESIDE_A_BOX)
        LinkNote(session, login, is_asked=True)
        if place.shows_widgets and not must_ask:
            _show_box(login, place, shows_link=False)
    if must_ask:
        ask_until_answered(login, why=login.unreachable or place.placement.reason, keeps_login=True)


def _needs_the_person(login: Login, place: FrontEnd) -> bool:
    """Tell whether a login goes on whose answer the browser may not bring, and no box takes while a cell runs."""
    may_not_come = place.placement.browser == "elsewhere" or place.may_need_prompt or bool(login.unreachable)
    return may_not_come and not login.was_cancelled


class AskHere:
    """
    Ask the person in front of this shell for a login that code needs, in the cell that waits for it.

    Args:
        shell: The shell.
    """

    def __init__(self, shell: object) -> None:
        self._shell = shell

    def is_open(self) -> bool:
        """Tell whether a person is there whose answer can arrive while the cell, or the callback, waits."""
        place = front_end(self._shell)
        # A callback must not prompt, and a box takes no address meanwhile: what is left is the browser's answer.
        return place.can_ask and (place.placement.browser == "here" or not place.execution.is_callback)

    @hides_locals
    def show(self, session: Session, login: Login, why: str) -> None:
        """Show the login, and why; where only a pasted address can finish it, stay and ask for it."""
        _say(why)
        if login in _shown_in:
            show_again(self._shell, login)
            return
        place = front_end(self._shell)
        if session is not Session.current():
            place = replace(place, shows_widgets=False)  # a box shows the kernel's own session
        if place.placement.can_open:
            open_browser(login.url)
        _show(session, login, place, paste=place.placement.browser != "here" or bool(login.unreachable))
        if not login.done:
            _say("Waiting for the login above. Stop this cell to paste the address instead.")


def _show_box(login: Login, place: FrontEnd, *, shows_link: bool = True) -> None:
    from spotantic_nb.notebook import _box  # ipywidgets with it
    from spotantic_nb.notebook._box import LoginBox

    _box.show(place.execution, lambda: LoginBox(login, shows_link=shows_link))


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
    has_box = place.shows_widgets and not (paste or place.must_paste)
    if place.is_vscode or not has_box:  # a box shows them itself, where it is seen
        _show_notices(session)
    why_paste = place.placement.reason if place.must_paste else login.unreachable
    if place.is_terminal:
        _stay_with(session, login, ask=paste or bool(why_paste), why=why_paste)
        print(session.status.message)
    elif has_box:
        if place.is_vscode:
            LinkNote(session, login, is_asked=False, advice=IN_VSCODE)
        _show_box(login, place)
        login.link_is_shown()
    else:
        must_ask = paste or bool(why_paste)
        LinkNote(session, login, is_asked=must_ask, advice="" if must_ask else how_to_go_on(place))
        login.link_is_shown()
        if must_ask:
            ask_until_answered(login, why=why_paste)
            session.wait_for(login)
            print(session.status.message)


def _stay_with(session: Session, login: Login, *, ask: bool, why: str) -> None:
    """Keep the terminal until the login has ended: it has no other place to show how it went."""
    try:
        _show_in_terminal(f"Log in to Spotify: {login.url}")
        login.link_is_shown()
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


def show_panel(shell: object) -> None:
    """Show a panel in the cell that runs now."""
    place = front_end(shell)
    if place.shows_widgets:
        from spotantic_nb.notebook import _box  # ipywidgets with it, which may not be there
        from spotantic_nb.notebook._panel import Panel

        _box.show(place.execution, Panel)
    else:
        print(_in_words(Session.current()))


def _in_words(session: Session) -> str:
    """Return what a panel shows and offers, as lines of text."""
    status = session.status
    if status.state == "not set up":
        registered = registration_here(session.settings)
        app = {"client_id": "...", **registered.missing_in(session.settings)}
        lines = " ".join(f"{PREFIX}{name.upper()}={isolated(value)}" for name, value in app.items())
        shown = f"{isolated(registered.redirect_uri)} {registered.reason}".rstrip()
        steps = [
            f"1. In Spotify's dashboard ({DASHBOARD}), create an app and tick Web API.",
            f"2. Register this redirect URI, exactly so: {shown}",
            f"3. Write {lines} with the app's client id into {isolated(session.env_file)}",
            "Then: %spotantic_login pkce. Or, without an account: %spotantic_sandbox on",
        ]
    else:
        steps = offers_in_words(status)
        steps += [f"%spotantic_login {flow}: {text}" for flow, text in FLOWS.items()]
        steps += ["%spotantic_refresh renews the token, %spotantic_logout forgets it."]
    return "\n".join([str(status), "", *steps])
