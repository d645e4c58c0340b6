"""
A link in an output of a cell, for as long as it is needed.
"""

import html

from spotantic_nb._portal import portal
from spotantic_nb._text import in_html
from spotantic_nb.auth._login import Login
from spotantic_nb.notebook._front_end import CellOutput
from spotantic_nb.session import Session

_HOW_TO_GO_ON = (
    "Then go on: %spotantic_token waits for the login. "
    "If the tab ends at an error page, begin again with %spotantic_login --paste and follow its link."
)


class LinkNote:
    """
    One output of a cell: the link while the login waits, then the result, unless the cell itself shows that.

    Args:
        session: Its status is the result.
        login: What the link is for.
        is_asked: Whether the cell stays, asks for the address, and says how that went.
    """

    def __init__(self, session: Session, login: Login, *, is_asked: bool) -> None:
        self._session = session
        self._is_asked = is_asked
        advice = "" if is_asked else _HOW_TO_GO_ON
        self._output = CellOutput()
        self._output.show(_note("Log in to Spotify", login.url, advice), past_capture=is_asked)
        portal.call(lambda: login.when_done(self._finish))

    def _finish(self, login: Login) -> None:
        # From the portal's thread, where updating a display is allowed and printing is not.
        ending = "The link is no longer needed." if self._is_asked else str(login.error or self._session.status.message)
        self._output.update(_note(ending))


def _note(text: str, url: str = "", advice: str = "") -> dict[str, str]:
    shown = in_html(text)
    if not url:
        return {"text/plain": text, "text/html": shown}
    link = f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">{shown}</a>'
    return {
        "text/plain": f"{text}: {url}\n{advice}".rstrip(),
        "text/html": f"{link}<br>{in_html(advice)}",
    }
