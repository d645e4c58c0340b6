"""
What a panel offers while nobody is logged in: the logins of other programs that lie beside the notebook.
"""

from collections.abc import Iterable
from functools import partial

import ipywidgets as widgets

from spotantic_nb._text import in_html, isolated
from spotantic_nb.auth._foreign_tokens import TokenSource
from spotantic_nb.notebook import _actions
from spotantic_nb.notebook._bring import offered
from spotantic_nb.notebook._widgets import WidgetFactory
from spotantic_nb.status import Status


class Offers:
    """
    A line with a button for each file that holds a login of another program.

    Args:
        factory: Makes the widgets.
    """

    def __init__(self, factory: WidgetFactory) -> None:
        self._factory = factory
        self._part = factory.part()
        self._shown: list[TokenSource] = []
        self.root = factory.make(widgets.VBox)

    def follow(self, status: Status) -> None:
        """Show what there is to offer now."""
        found = offered(status)
        if found != self._shown:
            self._shown = found
            self._show(found)

    def close(self) -> None:
        """Close what was made besides the factory's own."""
        self._part.close()

    def _show(self, sources: Iterable[TokenSource]) -> None:
        before, self._part = self._part, self._factory.part()
        self.root.children = [self._line(source) for source in sources]
        before.close()

    def _line(self, source: TokenSource) -> widgets.Widget:
        name = isolated(source.path.name)
        bring = self._part.button(
            f"Bring {name} along",
            partial(_actions.bring, source.path),
            busy="Bringing…",
            tooltip=f"Use the login in {isolated(source.path)}; the file is left as it is",
        )
        text = f"The file <code>{in_html(name)}</code> holds a login of {source.program}."
        return self._part.make(widgets.HBox, "offer", children=[self._part.make(widgets.HTML, value=text), bring])
