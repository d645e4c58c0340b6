"""A box as an object: found by what a person sees of it."""

import html
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets as widgets

from spotantic_nb._portal import portal
from spotantic_nb.notebook._box import Box
from spotantic_nb.session import Session

PATIENCE = 30.0


class Seen:
    """A box as a person finds their way in it."""

    def __init__(self, box: Box) -> None:
        self._box = box

    @property
    def all(self) -> list[Any]:
        return list(_below(self._box.root))

    def button(self, name: str) -> Any:
        """Return the button with this text."""
        [found] = [widget for widget in self.all if getattr(widget, "description", "") == name]
        return found

    def click(self, name: str) -> None:
        """Click a button, and wait until the click has been handed over."""
        self.button(name).click()
        flush()

    @property
    def secret_boxes(self) -> list[Any]:
        return [widget for widget in self.all if isinstance(widget, widgets.Password)]

    @property
    def text(self) -> str:
        shown = [widget.value for widget in self.all if isinstance(widget, widgets.HTML)]
        return html.unescape(" ".join(value for value in shown if not value.startswith("<style>")))

    @property
    def link(self) -> str:
        [found] = re.findall('class="spotantic-link" href="([^"]+)"', self.text)
        return str(found)

    def wait_for(self, text: str) -> None:
        """Wait until something is shown, if only in widgets that take the place of those which are there now."""
        changed = threading.Event()
        for widget in self.all:
            widget.observe(lambda _: changed.set())  # no more: what fails in here, fails in the panel
        deadline = time.monotonic() + PATIENCE
        while text not in self.text:
            assert time.monotonic() < deadline, self.text
            changed.wait(0.1)
            changed.clear()


Show = Callable[[Callable[[], Box]], Seen]
"""Shows a box in a cell of its own: the fixture ``show``."""


def _below(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _below(child)


def flush() -> None:
    """Wait until everything that was handed to the portal so far has begun."""

    async def nothing() -> None:
        pass

    portal.run(nothing)


def look_again() -> None:
    """Look at the status, as the session does every few seconds while somebody follows it."""

    async def notify() -> None:
        Session.current()._observers.notify()

    portal.run(notify)
