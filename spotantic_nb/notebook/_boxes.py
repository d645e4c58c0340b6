"""
What the two boxes of this package share: a face that follows the session, the paste way, and one end for all of it.
"""

import ipywidgets as widgets

from spotantic_nb.notebook._face import STYLE, face
from spotantic_nb.notebook._kit import Kit, Root
from spotantic_nb.notebook._paste import PasteRow
from spotantic_nb.session import Session
from spotantic_nb.status import Status


class Box:
    """Show how the kernel's login stands, with the ways into it while it is on its way. Made on the portal."""

    def __init__(self) -> None:
        self._kit = Kit()
        self._face = self._kit.make(widgets.HTML, value=self._seen(Session.current().status))
        self._fixed = [self._kit.make(widgets.HTML, "style", value=STYLE), self._face, PasteRow(self._kit).root]
        self.root = self._kit.make(Root, "box", children=self._fixed)
        Session.current().observe(self._follow)

    @property
    def data(self) -> dict[str, object]:
        """What is displayed of it: the view, and its text for whoever shows no widgets."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self.root.model_id}
        return {"text/plain": repr(self.root), "application/vnd.jupyter.widget-view+json": view}

    def close(self) -> None:
        """Stop following, and close every widget."""
        Session.current().unobserve(self._follow)
        self._kit.close()

    def _follow(self, status: Status) -> None:
        self._face.value = self._seen(status)

    def _seen(self, status: Status) -> str:
        session = Session.current()
        login = session.desk.login
        # Not beside a link: a fact that changes with the minutes would take the focus from it.
        return face(status, facts=() if login else status.facts(), login=login, placement=session.placement)
