"""
Opening the person's browser, beside the link that is always shown.
"""

import contextlib
import logging
import os
import threading
import webbrowser

from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._placement import named_browsers

_log = logging.getLogger(__name__)


@hides_locals
def open_browser(url: str) -> None:
    """
    Try to open the person's browser, without waiting and without believing the result.

    Some commands block as long as the browser runs, and a True proves nothing; the link is always shown as well.
    """
    with contextlib.suppress(RuntimeError):  # no thread can be started
        threading.Thread(target=_open, args=(url,), daemon=True).start()


@hides_locals
def _open(url: str) -> None:
    """Open the browser that ``BROWSER`` names now; where it names none, the one that Python finds."""
    with contextlib.suppress(Exception):  # the link is shown as well: nothing that fails here is an error
        names = named_browsers(os.environ)
        if not names:
            webbrowser.open(url)
        elif not any(_open_with(name, url) for name in names):
            _log.info("None of the browsers that BROWSER names could be opened.")


def _open_with(name: str, url: str) -> bool:
    try:
        browser = webbrowser.get(name)
    except webbrowser.Error:  # a command that Python does not know
        browser = webbrowser.GenericBrowser(name)
    return browser.open(url)
