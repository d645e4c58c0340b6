"""``%spotantic_panel``: the panel, or the same in words where no buttons can be shown."""

from spotantic_nb._foreign_text import isolated
from spotantic_nb.auth._choices import FLOWS
from spotantic_nb.auth._redirect_uri import DASHBOARD, DEFAULT_REDIRECT_URI, to_register
from spotantic_nb.notebook._front_end import front_end
from spotantic_nb.session import Session


def show_panel(shell: object) -> None:
    """Show a panel in the cell that runs now."""
    place = front_end(shell)
    if place.shows_widgets:
        from spotantic_nb.notebook import _cells  # ipywidgets with it, which may not be there
        from spotantic_nb.notebook._panel import Panel

        _cells.show(place.execution, Panel)
    else:
        print(_in_words(Session.current()))


def _in_words(session: Session) -> str:
    """Return what a panel shows and offers, as lines of text."""
    status = session.status
    if status.state == "not set up":
        redirect_uri, reason = to_register(session.settings.redirect_uri or DEFAULT_REDIRECT_URI)
        steps = [
            f"1. In Spotify's dashboard ({DASHBOARD}), create an app and tick Web API.",
            f"2. Register this redirect URI, exactly so: {isolated(redirect_uri)} {reason}".rstrip(),
            f"3. Write SPOTANTIC_AUTH_CLIENT_ID=... with the app's client id into {isolated(session.env_file)}",
            "Then: %spotantic_login pkce. Or, without an account: %spotantic_sandbox on",
        ]
    else:
        steps = [f"%spotantic_login {flow}: {text}" for flow, text in FLOWS.items()]
        steps += ["%spotantic_refresh renews the token, %spotantic_logout forgets it."]
    return "\n".join([str(status), "", *steps])
