"""``%spotantic_panel``: the login with buttons, or in words where no buttons can be shown."""

from spotantic_nb.auth._choices import FLOWS
from spotantic_nb.auth._redirect_uri import DASHBOARD
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.notebook import _cells
from spotantic_nb.notebook._boxes import Box
from spotantic_nb.notebook._controls import Controls
from spotantic_nb.notebook._front_end import front_end
from spotantic_nb.notebook._wizard import Wizard
from spotantic_nb.session import Session
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

    def _turn_to_page(self, status: Status) -> None:
        wanted = Wizard if status.state == "not set up" else Controls
        if isinstance(self._page, wanted):
            return
        try:
            page = wanted(self._kit.part(), Session.current())
        except ConfigurationError:
            return  # a setting is malformed: the face says which, and once it is mended there will be a page
        before, self._page = self._page, page
        self.root.children = [*self._fixed, *self._page.rows]
        if before is not None:
            before.close()


def show_panel(shell: object) -> None:
    """Show a panel in the cell that runs now."""
    place = front_end(shell)
    if place.shows_widgets:
        _cells.show(place.cell, Panel)
    else:
        print(_in_words(Session.current()))


def _in_words(session: Session) -> str:
    """Return what a panel shows and offers, as lines of text."""
    status = session.status
    if status.state == "not set up":
        steps = [
            f"1. In Spotify's dashboard ({DASHBOARD}), create an app and tick Web API.",
            f"2. Register this redirect URI, exactly so: {session.settings.redirect_uri}",
            f"3. Write SPOTANTIC_AUTH_CLIENT_ID=... with the app's client id into {session.root / '.env'}",
            "Then: %spotantic_login pkce. Or, without an account: %spotantic_sandbox on",
        ]
    else:
        steps = [f"%spotantic_login {flow}: {text}" for flow, text in FLOWS.items()]
        steps += ["%spotantic_refresh renews the token, %spotantic_logout forgets it."]
    return "\n".join([str(status), "", *steps])
