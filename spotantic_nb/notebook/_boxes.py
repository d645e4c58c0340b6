"""
What the two boxes of this package share: a face that follows the session, the paste way, and one end for all of it.
"""

import ipywidgets as widgets

from spotantic_nb._foreign_text import isolated
from spotantic_nb.notebook._face import STYLE, face
from spotantic_nb.notebook._kit import Kit, Root
from spotantic_nb.notebook._output import CellOutput
from spotantic_nb.notebook._paste import PasteRow
from spotantic_nb.session import Session
from spotantic_nb.status import Status

_CLOSED = "This box was closed: its cell was run again, or the extension was unloaded."


class Box:
    """Show how the kernel's login stands, with the ways into it while it is on its way. Made on the portal."""

    def __init__(self) -> None:
        status = Session.current().status
        self._kit = Kit()
        self._face = self._kit.make(widgets.HTML, value=self._seen(status))
        self._fixed = [self._kit.make(widgets.HTML, "style", value=STYLE), self._face, PasteRow(self._kit).root]
        self.root = self._kit.make(Root, "box", children=self._fixed)
        self._output = CellOutput()
        self._text = _in_a_line(status)
        Session.current().observe(self._follow)

    def show(self) -> None:
        """Display it in the cell that runs now."""
        self._output.show(self._data)

    def close(self) -> None:
        """Stop following, close every widget, and leave a line of text where another tab still shows the box."""
        Session.current().unobserve(self._follow)
        self._kit.close()
        self._output.update({"text/plain": _CLOSED})

    @property
    def _data(self) -> dict[str, object]:
        """The view, and the text that stands for it where a saved notebook is shown without its kernel."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self.root.model_id}
        return {"text/plain": self._text, "application/vnd.jupyter.widget-view+json": view}

    def _follow(self, status: Status) -> None:
        self._face.value = self._seen(status)
        # Not while a login waits, and not for every minute: what is displayed anew loses the focus.
        if status.state != "waiting" and (text := _in_a_line(status)) != self._text:
            self._text = text
            self._output.update(self._data)

    def _seen(self, status: Status) -> str:
        session = Session.current()
        login = session.desk.login
        # Not beside a link: a fact that changes with the minutes would take the focus from it.
        return face(status, facts=() if login else status.facts(), login=login, placement=session.placement)


def _in_a_line(status: Status) -> str:
    who = f" as {isolated(status.account)}" if status.account else ""
    return f"Spotify: {status.state}{who}. If you see no buttons here, run this cell again."
