"""
A login in a script: show the link, open a browser, and ask for the address where a listener is no use, or may be none.

Knows no session and waits for nothing but the prompt.
"""

from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import Placement
from spotantic_nb.auth._prompt import ask_until_answered, can_ask, require_person
from spotantic_nb.auth._receivers import open_browser
from spotantic_nb.auth._streams import show_on_stderr


def invite(login: Login, place: Placement) -> None:
    """
    Show the login to the person; return once it has its answer, or where the listener may bring it.

    Args:
        login: The login to answer.
        place: Where the person's browser is.

    Raises:
        AuthorizationError: Only a pasted address could finish it, and nobody can type here; the login is ended then.
        UnsupportedEnvironmentError: There is nowhere to show it; the login is ended then.
    """
    why = "" if place.browser == "here" else place.reason
    try:
        if login.unreachable or place.browser == "elsewhere":
            require_person(login.unreachable or why)  # before a link is shown that leads nowhere
        show_on_stderr(f"Log in to Spotify: {login.url}")
    except Exception:
        login.cancel()
        raise
    if place.can_open:
        open_browser(login.url)
    if login.unreachable or (why and can_ask()):
        ask_until_answered(login, why=login.unreachable or why, show=show_on_stderr)
