"""
What a cell shows of a login without a widget: the link while it waits, and then nothing of it but how it ended.

It is all there is where a front-end shows no widgets, and stands in the place of a box that is not seen.
"""

from spotantic_nb._portal import portal
from spotantic_nb._text import html_link, in_html
from spotantic_nb.auth._login import LINK_TEXT, Login
from spotantic_nb.notebook._front_end import CellOutput, FrontEnd
from spotantic_nb.session import Session

WITHOUT_A_BOX = (
    "Where you see no box: this link is all you need. If the login does not end after Agree, begin again with "
    "%spotantic_login --paste and follow its link."
)
IN_VSCODE = (
    f"{WITHOUT_A_BOX} VS Code shows the box once its Jupyter renderers extension (ms-toolsai.jupyter-renderers) is "
    "installed."
)

_HERE = (
    "Then go on: %spotantic_token waits for the login. "
    "If the tab ends at an error page, begin again with %spotantic_login --paste and follow its link."
)
_PERHAPS_HERE = (
    "Then go on: %spotantic_token waits for the login, and asks for the address of the tab "
    "in case that ends at an error page."
)


def how_to_go_on(place: FrontEnd) -> str:
    """Return what to do with a link that nothing else is shown beside."""
    return f"{place.placement.reason} {_PERHAPS_HERE}" if place.may_need_prompt else _HERE


def note(text: str, url: str = "", advice: str = "") -> dict[str, str]:
    """
    Return a sentence as text and as HTML.

    Args:
        text: The sentence; with an address, the text of the link to it.
        url: The address.
        advice: What to do with the link.
    """
    if not url:
        return {"text/plain": text, "text/html": in_html(text)}
    return {
        "text/plain": f"{text}: {url}\n{advice}".rstrip(),
        "text/html": f"{html_link(url, text)}<br>{in_html(advice)}",
    }


class LinkNote:
    """
    One output of a cell: the link while the login waits, then the result, unless the cell itself shows that.

    Args:
        session: Its status is the result.
        login: What the link is for.
        is_asked: Whether the cell stays, asks for the address, and says how that went.
        advice: What to do with the link.
    """

    def __init__(self, session: Session, login: Login, *, is_asked: bool, advice: str = "") -> None:
        self._session = session
        self._is_asked = is_asked
        self._output = CellOutput()
        self._output.show(note(LINK_TEXT, login.url, advice), past_capture=is_asked)
        portal.call(lambda: login.when_done(self._finish))

    def _finish(self, login: Login) -> None:
        # From the portal's thread, where updating a display is allowed and printing is not.
        ending = "The link is no longer needed." if self._is_asked else str(login.error or self._session.status.message)
        self._output.update(note(ending))
