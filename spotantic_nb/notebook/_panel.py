"""
The widgets: the box of one login, and the panel.

Ordinary ipywidgets, the same in 7.7 and 8. A callback may come on any thread, twice, or late, so it waits for nothing:
it hands over to the portal or to a thread of its own, and what comes of it is set as traits. No trait ever holds a
secret longer than it takes to hand it over, and the link is taken away once it is of no more use.
"""

import html
import threading
from collections.abc import Callable

import ipywidgets as widgets
from IPython.display import display

from spotantic_nb.auth._choices import FLOWS
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import Placement
from spotantic_nb.errors import CallbackError, SpotanticNbError, StateMismatchError
from spotantic_nb.session import Session
from spotantic_nb.status import Status


class _Root(widgets.VBox):
    """A box whose text form, which every saved notebook holds, says nothing of what is inside."""

    def __repr__(self) -> str:
        return "Spotify login (shown by a front-end with widgets)"


class _Doors:
    """
    The two ways into one login, side by side: the link, and a box for the address the person ends at.

    Args:
        tell: Shows a line to the person.
    """

    def __init__(self, *, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._login: Login | None = None
        self._link = widgets.HTML()
        self._box = widgets.Password(placeholder="or paste the address you were sent to")
        submit, cancel = widgets.Button(description="Submit"), widgets.Button(description="Cancel")
        submit.on_click(self._submit)
        cancel.on_click(self._cancel)
        self.root = widgets.VBox([self._link, widgets.HBox([self._box, submit, cancel])])
        self.close()

    def open_for(self, login: Login) -> None:
        """Show the ways into this login until it is over."""
        self._login = login
        self._link.value = _link_to(login.url)
        self.root.layout.display = None
        login.when_done(lambda _: self.close())

    def close(self) -> None:
        """Show no way, and keep nothing of the ones that were shown."""
        self._link.value = self._box.value = ""
        self.root.layout.display = "none"

    def _submit(self, _: widgets.Button) -> None:
        # Emptied before anything else: what stays in a widget may be saved with the notebook.
        text, self._box.value = self._box.value, ""
        if self._login is None:
            return
        try:
            self._login.offer(text)
        except (CallbackError, StateMismatchError) as error:
            self._tell(str(error))

    def _cancel(self, _: widgets.Button) -> None:
        if self._login is not None:
            self._login.cancel()


class LoginBox:
    """
    What ``%spotantic_login`` shows: the ways into one login, and a line that says how it stands.

    Args:
        session: Tells how it stands.
        login: The login that is on its way.
        placement: Whether the link or the paste is likely to work.
    """

    def __init__(self, session: Session, login: Login, placement: Placement) -> None:
        self._session = session
        self._line = widgets.HTML()
        self._doors = _Doors(tell=self._say)
        self._root = _Root([self._doors.root, self._line])
        self._doors.open_for(login)
        reason = "" if placement.browser == "here" else f" {placement.reason}"
        self._say(login.unreachable or f"{session.status.message}{reason}")
        login.when_done(lambda login: self._say(str(login.error or session.status.message)))

    def show(self) -> None:
        """Show the box in the cell that runs now."""
        display(self._root)

    def _say(self, text: str) -> None:
        self._line.value = html.escape(text)


class Panel:
    """
    The login with buttons: choose a flow, log in, paste, refresh, log out; one live line says how it stands.

    Args:
        session: The login that the panel shows and works on.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._flow = widgets.Dropdown(options=list(FLOWS), description="Flow")
        log_in = self._button("Log in", self._log_in)
        self._refresh = self._button("Refresh", self._session.refresh)
        self._log_out = self._button("Log out", self._session.logout)
        self._line = widgets.HTML()
        self._doors = _Doors(tell=self._say)
        buttons = widgets.HBox([self._flow, log_in, self._refresh, self._log_out])
        self._root = _Root([buttons, self._doors.root, self._line])
        self._follow(session.status)
        session.observe(self._follow)

    def show(self) -> None:
        """Show the panel in the cell that runs now."""
        display(self._root)

    def _button(self, description: str, act: Callable[[], object]) -> widgets.Button:
        button = widgets.Button(description=description)
        button.on_click(lambda _: threading.Thread(target=self._try, args=(act,), daemon=True).start())
        return button

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except SpotanticNbError as error:
            self._say(str(error))

    def _log_in(self) -> None:
        login = self._session.login(self._flow.value, wait=False)
        if login is not None:
            self._doors.open_for(login)
            self._say(login.unreachable or self._session.status.message)

    def _follow(self, status: Status) -> None:
        """Show a new status. Comes on the portal's thread, where setting traits is allowed."""
        self._say(" ".join([status.message, *status.notices]))
        self._refresh.disabled = self._log_out.disabled = status.state == "signed out"

    def _say(self, text: str) -> None:
        self._line.value = html.escape(text)


def show_panel() -> None:
    """Show a panel for this kernel's session."""
    Panel(Session.current()).show()


def _link_to(url: str) -> str:
    return (
        f'<a class="jupyter-button mod-primary" style="display:inline-block;width:auto;padding:0 1em" '
        f'href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">Log in to Spotify</a>'
    )
