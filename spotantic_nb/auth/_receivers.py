"""
Ways to obtain the address that a login ends at.

A receiver takes an attempt and brings back one callback address; managers do not care how.
"""

import contextlib
import logging
import os
import threading
import webbrowser
from collections.abc import Callable
from typing import Protocol

from spotantic_nb._require_asyncio import require_asyncio
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.auth._mailbox import Mailbox
from spotantic_nb.auth._placement import Placement, named_browsers
from spotantic_nb.auth._prompt import asked, require_person
from spotantic_nb.auth._redirect_uri import loopback_of, why_no_listener
from spotantic_nb.auth._streams import show_on_stderr
from spotantic_nb.errors import CallbackError, StateMismatchError

_log = logging.getLogger(__name__)


class Receiver(Protocol):
    """Bring the address that an attempt ends at."""

    async def __call__(self, attempt: AuthorizationAttempt) -> str:
        """Return the callback address; raise an AuthorizationError where none comes."""
        ...


class ScriptReceiver:
    """
    What a script does: show the link, open a browser, and listen; ask for the address where listening is no use.

    Args:
        timeout: Seconds to wait for the answer.
        placement: Where the person's browser is.
        show: Shows a line to the person.
    """

    def __init__(self, *, timeout: float, placement: Placement, show: Callable[[str], None] = show_on_stderr) -> None:
        self._timeout = timeout
        self._placement = placement
        self._show = show

    async def __call__(self, attempt: AuthorizationAttempt) -> str:
        """Return the callback address."""
        require_asyncio()  # before anything is shown
        loopback = loopback_of(attempt.redirect_uri)
        if loopback is None or self._placement.browser == "elsewhere":
            require_person(self._placement.reason if loopback else why_no_listener(attempt.redirect_uri))
            self._invite(attempt)
            return self._prompted(attempt)
        from spotantic_nb.auth._listener import listening  # h11 with it, which only a login needs

        mailbox = Mailbox(attempt)
        async with listening(loopback, mailbox):
            self._invite(attempt)
            return await mailbox.answer(timeout=self._timeout)

    def _invite(self, attempt: AuthorizationAttempt) -> None:
        self._show(f"Log in to Spotify: {attempt.url}")
        if self._placement.can_open:
            open_browser(attempt.url)

    def _prompted(self, attempt: AuthorizationAttempt) -> str:
        while True:
            callback = asked("Paste the whole address of the tab you end at: ")
            try:
                attempt.grants(callback)
            except (CallbackError, StateMismatchError) as error:
                self._show(str(error))
            else:
                return callback


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
