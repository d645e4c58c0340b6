"""The page of a panel where an app is set up: which flow, which scopes, and the buttons."""

import ipywidgets as widgets

from spotantic_nb._desk import Wish
from spotantic_nb.auth._choices import FLOWS, Flow
from spotantic_nb.notebook import _acts
from spotantic_nb.notebook._kit import Kit
from spotantic_nb.notebook._scopes import ScopeChooser
from spotantic_nb.session import Session

_LINES = "<br>".join(f"<b>{flow}</b>: {text}" for flow, text in FLOWS.items())


class Controls:
    """
    Choose, log in, refresh and log out; what is of no use at the moment is not seen (``panel.css`` says what is).

    Args:
        kit: Makes the widgets.
        session: Tells what is chosen at first.
    """

    def __init__(self, kit: Kit, session: Session) -> None:
        self._kit = kit
        settings = session.settings
        own = (settings.scope or "").split() if "scope" in settings.provenance else ()
        # Buttons and not radio buttons: JupyterLab takes the arrow keys of those for itself.
        self._flow = kit.make(
            widgets.ToggleButtons,
            description="Flow",
            options=list(FLOWS),
            value=session.status.flow or _likely_flow(session),
        )
        flows = kit.make(widgets.HTML, value=_LINES)
        self._scopes = ScopeChooser(kit, own)
        self._more = kit.make(widgets.ToggleButton, "more", description="Other flow or scopes")
        log_in = kit.button("Log in", self._log_in, button_style="primary")
        choices = [self._flow, flows, *self._scopes.rows, log_in]
        buttons = [kit.button("Refresh", _acts.refresh), kit.button("Log out", _acts.log_out), self._more]
        self.rows = [
            kit.make(widgets.HBox, "if-signed-in", children=buttons),
            kit.make(widgets.VBox, "choices", children=choices),
        ]

    def close(self) -> None:
        """Close all widgets of this page."""
        self._scopes.close()
        self._kit.close()

    def _log_in(self) -> None:
        self._more.value = False
        # Who presses Log in wants to be asked, though there may be a good token.
        _acts.log_in(Wish(self._flow.value, self._scopes.chosen, force=True))


def _likely_flow(session: Session) -> Flow:
    return "pkce" if session.settings.client_secret is None else "code"
