"""
What a panel offers by one click: the logins of other programs while nobody is logged in, and scopes that code needs.
"""

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
    The widgets of what is offered now; where nothing is, there are none.

    Args:
        factory: Makes the widgets.
        status: How the login stands at first.
    """

    def __init__(self, factory: WidgetFactory, status: Status) -> None:
        self._factory = factory
        self._part = factory.part()
        self.lines: list[widgets.Widget] = []
        """A line with a button for each file that holds a login of another program."""
        self.buttons: list[widgets.Widget] = []
        """The button that asks for the scopes that are lacking."""
        self._made_for: tuple[list[TokenSource], tuple[str, ...]] = [], ()
        self.turn_to(status)

    def turn_to(self, status: Status) -> WidgetFactory | None:
        """Offer what is of use now; return what has made the widgets before, to be closed once they are not shown."""
        sources, scopes = offered(status), () if status.state == "waiting" else status.lacking
        if (sources, scopes) == self._made_for:
            return None
        self._made_for = sources, scopes
        before, self._part = self._part, self._factory.part()
        self.lines = list(map(self._line, sources))
        self.buttons = [self._part.button(_grant(scopes), _actions.grant, button_style="primary")] if scopes else []
        return before

    def close(self) -> None:
        """Close what was made besides the factory's own."""
        self._part.close()

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


def _grant(scopes: tuple[str, ...]) -> str:
    """Return what the button says: the scope to grant, or how many they are; the table names them."""
    return f"Grant {len(scopes)} scopes" if len(scopes) > 1 else f"Grant {isolated(scopes[0])}"
