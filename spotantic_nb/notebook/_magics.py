"""
The magics: their arguments, and one call each.

Loading this module must cost nothing, so it imports IPython's own parts and no more; a magic imports what it needs
when it is run.
"""

import contextlib
import re
import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from spotantic_nb._choices import FLOWS

if TYPE_CHECKING:
    from spotantic_nb.doctor import Report
    from spotantic_nb.models import AccessTokenInfo
    from spotantic_nb.session import Session
    from spotantic_nb.status import Status

_QUOTED_OR_COMMENT = re.compile(r"""'[^']*'|"[^"]*"|(?<!\S)#""")


@magics_class
class SpotanticMagics(Magics):
    """Log in to Spotify, and use the login."""

    @magic_arguments()
    @argument("flow", nargs="?", choices=list(FLOWS), help=" ".join(FLOWS.values()))
    @argument("--scope", nargs="+", metavar="S", default=[], help="the scopes to ask for, in place of the settings'")
    @argument("--paste", action="store_true", help="ask for the address of the tab in a prompt")
    @argument("--no-browser", action="store_true", help="show the link, open nothing")
    @argument("--force", action="store_true", help="ask again even if there is a good token")
    @argument("--switch-user", action="store_true", help="have Spotify ask again who you are")
    @argument("--timeout", type=float, metavar="S", help="seconds to wait for your answer")
    @argument("--bring", metavar="PATH", help="take over the login in a token file of spotipy, spotantic or tekore")
    @line_magic
    def spotantic_login(self, line: str) -> None:
        """
        Log in to Spotify. The cell returns at once; follow the link, or paste the address it ends at.

        A good token with the scopes asked for is used without asking anybody. Running it again replaces a login that
        still waits for its answer. With --bring nobody is asked: the file is read once and left as it is.

        Example:
            %spotantic_login pkce --scope user-top-read user-library-read
        """
        from spotantic_nb.notebook._bring import bring
        from spotantic_nb.notebook._show import log_in

        warn_of_lost_cells()
        wanted = _arguments(self.spotantic_login, line)
        if wanted.bring is None:
            log_in(self.shell, wanted)
        else:
            bring(wanted)

    @magic_arguments()
    @argument("--refresh", action="store_true", help="renew the token first, even if it is good")
    @argument("--header", action="store_true", help="return the Authorization header for HTTP requests instead")
    @argument("--reveal", action="store_true", help="return it in plain text")
    @line_magic
    def spotantic_token(self, line: str) -> "AccessTokenInfo | dict[str, str] | str":
        """
        Return the access token, good for at least a minute; masked wherever it is shown.

        Waits for a login that has no answer yet, and renews the token where needed.

        Example:
            %spotantic_login
            token = %spotantic_token
        """
        from spotantic_nb.session import Session

        wanted, session = _arguments(self.spotantic_token, line), Session.current()
        with _waiting_in_sight(self.shell, session):
            token = session.token(refresh=wanted.refresh)
        if wanted.header:
            header = token.get_authorization_header()
            return dict(header) if wanted.reveal else header
        return token.access_token.get_secret_value() if wanted.reveal else token

    @magic_arguments()
    @line_magic
    def spotantic_refresh(self, line: str) -> None:
        """
        Renew the access token now, without asking anybody.

        Example:
            %spotantic_login client
            %spotantic_refresh
        """
        from spotantic_nb.session import Session

        _arguments(self.spotantic_refresh, line)
        session = Session.current()
        with _waiting_in_sight(self.shell, session):
            print(session.refresh().message)

    @magic_arguments()
    @line_magic
    def spotantic_status(self, line: str) -> "Status":
        """
        Show the login: account, flow, scopes, expiry, consent, token file, and where each setting came from.

        Example:
            %spotantic_status
        """
        from spotantic_nb.session import Session

        _arguments(self.spotantic_status, line)
        return Session.current().status

    @magic_arguments()
    @line_magic
    def spotantic_logout(self, line: str) -> None:
        """
        Forget the project's tokens, in memory and on disk.

        Example:
            %spotantic_logout
        """
        from spotantic_nb.session import Session

        _arguments(self.spotantic_logout, line)
        print(Session.current().logout().message)

    @magic_arguments()
    @line_magic
    def spotantic_panel(self, line: str) -> None:
        """
        Show the panel: log in, paste, refresh, log out, and see how things stand.

        Example:
            %spotantic_panel
        """
        from spotantic_nb.notebook._show import show_panel

        _arguments(self.spotantic_panel, line)
        warn_of_lost_cells()
        show_panel(self.shell)

    @magic_arguments()
    @argument("switch", nargs="?", choices=["on", "off"], default="on", help="on starts it, off ends it")
    @line_magic
    def spotantic_sandbox(self, line: str) -> None:
        """
        Use an offline Spotify on this machine: the same magics, no account, no app.

        Example:
            %spotantic_sandbox on
            %spotantic_login
        """
        from spotantic_nb._portal import portal
        from spotantic_nb.notebook import _sandbox_switch
        from spotantic_nb.session import Session

        wanted = _arguments(self.spotantic_sandbox, line)
        Session.current()  # made here, where the cell runs: a hosted service is asked for its secrets nowhere else
        print(portal.run(_sandbox_switch.switch_on if wanted.switch == "on" else _sandbox_switch.switch_off))

    @magic_arguments()
    @argument("--online", action="store_true", help="ask the accounts service as well, with one request")
    @argument("--json", action="store_true", help="print JSON for an issue report instead; no secret is in it")
    @line_magic
    def spotantic_doctor(self, line: str) -> "Report | None":
        """
        Find what keeps a login from working, before Spotify does: each finding with what to do about it.

        Looks at settings, redirect URI, port, scopes, files, the login in use, the front-end and the network. It sends
        nothing without --online, and changes nothing unless you press a button.

        Example:
            %spotantic_doctor
        """
        from spotantic_nb.notebook._doctor import examine_here

        return examine_here(self.shell, _arguments(self.spotantic_doctor, line))

    @magic_arguments()
    @line_magic
    def spotantic_asyncio(self, line: str) -> None:
        """
        Let script-style asyncio.run(...) work in the cells of this notebook.

        It patches asyncio, and says so in one line; where that would lose queued cells, it refuses and shows how to
        await instead. No other magic needs it.

        Example:
            %spotantic_asyncio
        """
        from spotantic_nb._nested_asyncio import allow_nested_asyncio

        _arguments(self.spotantic_asyncio, line)
        print(allow_nested_asyncio())


def _arguments(magic: Any, line: str) -> Namespace:
    """Return the arguments of a magic; IPython hands over a comment behind them as well."""
    for part in _QUOTED_OR_COMMENT.finditer(line):
        if part[0] == "#":
            line = line[: part.start()]
            break
    arguments: Namespace = parse_argstring(magic, line)
    return arguments


@contextlib.contextmanager
def _waiting_in_sight(shell: object, session: "Session") -> Iterator[None]:
    """Show the login where a cell is about to wait for its person; Stop ends the wait."""
    from spotantic_nb._event_loop import interruptible

    with interruptible():
        login = session.pending_login
        if login is not None and not login.answered:
            from spotantic_nb.notebook._show import show_again

            show_again(shell, login)
        yield


def warn_of_lost_cells() -> None:
    """Say it once where a patched asyncio loses cells."""
    # Both packages leave this mark; without it nobody patched anything, and there is nothing to load and look at.
    if hasattr(sys.modules.get("asyncio"), "_nest_patched"):
        from spotantic_nb._nested_asyncio import warn_once

        warn_once(print)
