"""
The panel: the login with buttons, or, where no app is set up, three steps from an empty project to the first login.
"""

import html
from collections.abc import Iterable

import ipywidgets as widgets

from spotantic_nb._choices import FLOWS, PRESETS, SCOPES_BY_GROUP, Flow
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.notebook import _actions
from spotantic_nb.notebook._box import Box
from spotantic_nb.notebook._offers import Offers
from spotantic_nb.notebook._widgets import WidgetFactory
from spotantic_nb.notebook._wizard import Wizard
from spotantic_nb.session import Session
from spotantic_nb.session._managers import LoginRequest
from spotantic_nb.status import Status


class Panel(Box):
    """The login with buttons; where no app is set up, what to do about that."""

    def __init__(self) -> None:
        super().__init__()
        self._page: Controls | Wizard | None = None
        self._turn_to_page(Session.current().status)

    def close(self) -> None:
        """Stop following, and close every widget."""
        super().close()
        if self._page is not None:
            self._page.close()

    def _follow(self, status: Status) -> None:
        super()._follow(status)
        self._turn_to_page(status)
        if isinstance(self._page, Controls):
            self._page.follow(status)

    def _turn_to_page(self, status: Status) -> None:
        wanted = Wizard if status.state == "not set up" else Controls
        if isinstance(self._page, wanted):
            return
        try:
            page = wanted(self._factory.part(), Session.current())
        except ConfigurationError:
            return  # a setting is malformed: the status says which, and the page comes once that is corrected
        before, self._page = self._page, page
        self.root.children = [*self._fixed, *self._page.rows]
        if before is not None:
            before.close()


_LINES = "<br>".join(f"<b>{flow}</b>: {text}" for flow, text in FLOWS.items())


class Controls:
    """
    Choose, log in, refresh and log out; what is of no use at the moment is not seen (``panel.css`` says what is).

    Args:
        factory: Makes the widgets.
        session: Tells what is chosen at first.
    """

    def __init__(self, factory: WidgetFactory, session: Session) -> None:
        self._factory = factory
        settings = session.settings
        own = (settings.scope or "").split() if "scope" in settings.provenance else ()
        # Buttons and not radio buttons: JupyterLab takes the arrow keys of those for itself.
        self._flow = factory.make(
            widgets.ToggleButtons,
            description="Flow",
            options=list(FLOWS),
            value=session.status.flow or _likely_flow(session),
        )
        flows = factory.make(widgets.HTML, value=_LINES)
        self._scopes = ScopeChooser(factory, own)
        self._more = factory.make(widgets.ToggleButton, "more", description="Other flow or scopes")
        log_in = factory.button("Log in", self._log_in, button_style="primary")
        self._fixed_choices = [self._flow, flows, *self._scopes.rows, log_in]
        refresh = factory.button("Refresh", _actions.refresh, busy="Refreshing…")
        self._fixed_buttons = [refresh, factory.button("Log out", _actions.log_out), self._more]
        self._offers = Offers(factory, session.status)
        self._buttons = factory.make(widgets.HBox, "if-signed-in")
        self._choices = factory.make(widgets.VBox, "choices")
        self.rows = [self._buttons, self._choices]
        self._show_offers()

    def follow(self, status: Status) -> None:
        """Offer what is lacking now, and what can be brought along."""
        if (before := self._offers.turn_to(status)) is not None:
            self._show_offers()
            before.close()

    def close(self) -> None:
        """Close all widgets of this page."""
        self._offers.close()
        self._scopes.close()
        self._factory.close()

    def _show_offers(self) -> None:
        self._buttons.children = [*self._offers.buttons, *self._fixed_buttons]
        self._choices.children = [*self._offers.lines, *self._fixed_choices]

    def _log_in(self) -> None:
        self._more.value = False
        # Who presses Log in wants to be asked, though there may be a good token.
        _actions.log_in(LoginRequest(self._flow.value, self._scopes.chosen, force=True))


def _likely_flow(session: Session) -> Flow:
    return "pkce" if session.settings.client_secret is None else "code"


_ONE_BY_ONE = "Choose one by one"
_OWN = "As the project's settings say"


class ScopeChooser:
    """
    A list of presets; the single scopes appear only when somebody wants to choose among them.

    Args:
        factory: Makes the widgets.
        own: The scopes that the project's settings name, if they name any.
    """

    def __init__(self, factory: WidgetFactory, own: Iterable[str]) -> None:
        self._factory = factory
        self._presets = {_OWN: frozenset(own)} if own else {}
        self._presets |= {name: frozenset(scopes) for name, scopes in PRESETS.items()}
        self._preset = factory.make(
            widgets.Dropdown,
            description="Scopes",
            options=[(f"{name} ({len(scopes)})", name) for name, scopes in self._presets.items()]
            + [(_ONE_BY_ONE, _ONE_BY_ONE)],
        )
        self._preset.observe(
            lambda change: factory.hand_over(lambda: self._choose(change["old"], change["new"])), "value"
        )
        self._single: dict[str, widgets.Checkbox] = {}
        self._list = factory.make(widgets.VBox, "scopes")
        self._part = factory.part()
        self.rows = [self._preset, self._list]

    @property
    def chosen(self) -> frozenset[str]:
        """The scopes to ask for; empty where the settings decide."""
        if self._preset.value == _ONE_BY_ONE:
            return frozenset(scope for scope, box in self._single.items() if box.value)
        return frozenset() if self._preset.value == _OWN else self._presets[self._preset.value]

    def close(self) -> None:
        """Close what this chooser made besides its factory."""
        self._part.close()

    def _choose(self, before: str, now: str) -> None:
        """Show the single scopes, ticked as in the preset before, or take them away."""
        self._part.close()
        self._single.clear()
        self._part = self._factory.part()
        if now == _ONE_BY_ONE:
            self._list.children = self._checkboxes(self._presets.get(before, frozenset()))
        else:
            self._list.children = ()

    def _checkboxes(self, ticked: frozenset[str]) -> list[widgets.Widget]:
        shown = []
        for group, scopes in SCOPES_BY_GROUP.items():
            shown.append(self._part.make(widgets.HTML, value=f"<b>{html.escape(group)}</b>"))
            for scope in scopes:
                self._single[scope] = self._part.make(
                    widgets.Checkbox, description=scope, value=scope in ticked, indent=False
                )
                shown.append(self._single[scope])
        return shown
