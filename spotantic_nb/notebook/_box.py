"""
A box in a cell: the status, the link and the paste row of a login; and which cell shows which box.

A cell that is run again closes the boxes that it showed before. So does the callback of a widget that shows a box in an
Output widget again. Two boxes of one and the same run stay.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import ipywidgets as widgets
from ipywidgets.widgets import widget as widget_module

from spotantic_nb._portal import portal
from spotantic_nb._text import isolated
from spotantic_nb.auth._login import LINK_TEXT, Login
from spotantic_nb.notebook._front_end import CellOutput, Execution
from spotantic_nb.notebook._link_note import WITHOUT_A_BOX, note
from spotantic_nb.notebook._paste_row import DRAWN, WANTED, PasteRow
from spotantic_nb.notebook._status_html import STYLE, status_html
from spotantic_nb.notebook._widgets import Root, WidgetFactory
from spotantic_nb.session import Session
from spotantic_nb.status import Status

_CLOSED = "This box was closed: its cell was run again, or the extension was unloaded."


class Shown(Protocol):
    """What is shown in a cell until that cell is run again."""

    def show(self) -> None:
        """Display it in the cell that runs now."""

    def close(self) -> None:
        """Take it away."""


class Box:
    """Show the status of the kernel's login, with its link and the paste row while it waits. Made on the portal."""

    def __init__(self) -> None:
        status = Session.current().status
        self._kept_by_page: Login | None = None
        """The login whose address a page has: it is in nothing that could be saved with the notebook."""
        self._factory = WidgetFactory()
        self._status = self._factory.make(widgets.HTML, value=self._seen(status))
        self._fixed = [
            self._factory.make(widgets.HTML, "style", value=STYLE),
            self._status,
            PasteRow(self._factory, {DRAWN: self._leave_address_to_page, WANTED: self._show_address}).root,
        ]
        self.root = self._factory.make(Root, "box", children=self._fixed)
        self._output = CellOutput()
        self._words = self._instead(status)
        Session.current().observe(self._follow)

    def show(self) -> None:
        """Display it in the cell that runs now."""
        shown = self._data
        self._output.show(shown)
        if (data := self._data) != shown:  # the login ended meanwhile: its link would stay
            self._output.update(data)

    def close(self) -> None:
        """Stop following, close every widget, and leave a line of text where another tab still shows the box."""
        Session.current().unobserve(self._follow)
        self._factory.close()
        self._output.update({"text/plain": _CLOSED})

    @property
    def _data(self) -> dict[str, object]:
        """The view, and what stands for it where no widgets are shown, or a saved notebook without its kernel."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self.root.model_id}
        return {**self._words, "application/vnd.jupyter.widget-view+json": view}

    @property
    def _login_shown(self) -> Login | None:
        """The login whose link is shown."""
        return Session.current().pending_login

    def _instead(self, status: Status) -> dict[str, str]:
        """Return what stands in the place of the box: the link of a login that waits, or how things stand."""
        login = self._login_shown
        if login is None or login.done or login is self._kept_by_page:
            return _in_words(status)
        return note(LINK_TEXT, login.url, WITHOUT_A_BOX)

    def _say_instead(self, words: dict[str, str]) -> None:
        """Have other words stand in the place of the box; the box is displayed anew for that, and loses the focus."""
        if words != self._words:
            self._words = words
            self._output.update(self._data)

    def _follow(self, status: Status) -> None:
        self._status.value = self._seen(status)
        # Not while a login waits: somebody may be typing. Whenever one ends, its session tells of it.
        if status.state != "waiting":
            self._say_instead(_in_words(status))

    def _leave_address_to_page(self) -> None:
        """Take the link's address out of what may be saved: a page has drawn it, and keeps it."""
        self._kept_by_page, status = self._login_shown, Session.current().status
        self._status.value = self._seen(status)
        # The box is displayed anew for that. It has just been drawn: nobody types yet.
        self._say_instead(self._instead(status))

    def _show_address(self) -> None:
        """Give the address to a page that has drawn the link without it, as after a reload; it says so once it has."""
        self._kept_by_page = None
        self._status.value = self._seen(Session.current().status)

    def _seen(self, status: Status) -> str:
        # Not beside a link: a fact that changes with the minutes would take the focus from it.
        return self._html(status, with_facts=self._login_shown is None)

    def _html(self, status: Status, *, with_facts: bool) -> str:
        login = self._login_shown
        return status_html(
            status,
            with_facts=with_facts,
            login=login,
            with_address=login is not self._kept_by_page,
            placement=Session.current().placement,
        )


def _in_words(status: Status) -> dict[str, str]:
    """Say how the login stands, in words that do not change with the minutes."""
    who = f" as {isolated(status.account)}" if status.account else ""
    return note(f"Spotify: {status.state}{who}. If you see no buttons here, run this cell again.")


class LoginBox(Box):
    """
    Follow one login, and no further than to its end.

    Args:
        login: The login that waits for its answer.
        shows_link: Whether to show its link, which may stand beside the box already.
    """

    def __init__(self, login: Login, *, shows_link: bool = True) -> None:
        self._login = login
        self._shows_link = shows_link
        super().__init__()
        session = Session.current()  # the one whose login it is: by then another may have taken its place
        # By then everybody has been told how it ended: the session hears of it first.
        login.when_done(lambda _: session.unobserve(self._follow))

    @property
    def _login_shown(self) -> Login | None:
        return self._login if self._shows_link else None

    def _seen(self, status: Status) -> str:
        return self._html(status, with_facts=False)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A box, and where it is shown."""

    box: Shown
    execution: Execution
    cell: str
    """The cell it belongs to; for a box of a callback, that of the box whose place it took."""
    outputs: frozenset[str]
    """The Output widgets that it is shown in."""

    def is_replaced_by(self, execution: Execution, outputs: frozenset[str]) -> bool:
        """Tell whether a box that is shown now takes the place of this one."""
        if execution.message == self.execution.message:
            return False
        is_nameless = not (execution.cell or outputs or self.cell or self.outputs)
        return is_nameless or bool(execution.cell and execution.cell == self.cell) or bool(outputs & self.outputs)


_shown: list[_Shown] = []
"""Touched on the portal only."""


def show(execution: Execution, make: Callable[[], Shown]) -> None:
    """
    Show a new box in the cell, or in the Output widget, that displays now.

    Made on the portal: there no interrupt can come between a widget and its place in the list of those to close.
    """
    outputs = _open_outputs()

    async def place() -> Shown:
        replaced = [shown for shown in _shown if shown.is_replaced_by(execution, outputs)]
        _close(replaced)
        cell = next((shown.cell for shown in replaced), execution.cell)
        box = make()
        _shown.append(_Shown(box, execution, cell, outputs))
        return box

    portal.run(place).show()


def close_all() -> None:
    """Close every box of this kernel."""

    async def close() -> None:
        _close(tuple(_shown))

    portal.run(close)


def _close(boxes: Iterable[_Shown]) -> None:
    for shown in boxes:
        _shown.remove(shown)
        shown.box.close()


def _open_outputs() -> frozenset[str]:
    """Return the Output widgets that take what is displayed now."""
    every = widget_module._instances if hasattr(widget_module, "_instances") else widgets.Widget.widgets  # noqa: SLF001 - 8, and 7
    # Of a list, which is made in one step: meanwhile other threads make and close widgets.
    inside = [widget for widget in list(every.values()) if isinstance(widget, widgets.Output) and widget.msg_id]
    return frozenset(widget.model_id for widget in inside)
