"""
The widgets that a box is built of: few of them, sharing one layout and one style of each kind, closed together.

Every model costs the front-end a message and stays with it until it is closed. Ordinary ipywidgets, the same in 7.7
and 8; all of them are made, changed and closed on the portal's thread, so no two threads ever meet in one.
"""

import asyncio
import math
import time
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from traitlets import Unicode

from spotantic_nb._portal import portal

_DOUBLE_CLICK = 1.0
"""The most seconds between the two halves of a double click."""


class Root(widgets.VBox):
    """A box whose text form says nothing of what is inside: a link, for one."""

    def __repr__(self) -> str:
        return "Spotify login"


class SecretBox(widgets.Password):
    """A box to type a secret into; the kernel does not send back what was typed, as ipywidgets 8 would."""

    value = Unicode("").tag(sync=True, echo_update=False)
    _taken_at = -math.inf

    def take(self) -> str | None:
        """
        Return what was typed, and keep nothing of it: what stays in a widget may be saved with the notebook.

        None for the second half of a double click, which finds the box empty because the first has emptied it.
        """
        now = _monotonic()
        text, self.value = self.value, ""
        if text:
            self._taken_at = now
        return None if not text and now - self._taken_at < _DOUBLE_CLICK else text


class WidgetFactory:
    """
    Make the widgets of one box, or of a part of it that can be closed by itself.

    Args:
        looks: The layout and styles to share; otherwise new ones, closed with the rest.
    """

    def __init__(self, looks: dict[type, Any] | None = None) -> None:
        self._looks = {} if looks is None else looks
        self._is_part = looks is not None
        self._made: list[widgets.Widget] = []
        self._is_closed = False

    def part(self) -> "WidgetFactory":
        """Return a factory for a part of the box: it shares its looks and is closed on its own."""
        return WidgetFactory(self._looks)

    def make(self, kind: Callable[..., Any], *classes: str, **traits: Any) -> Any:
        """Return a new widget with these classes of ``panel.css`` and these traits."""
        widget = kind(layout=self._look(widgets.Layout), **self._style_of(kind), **traits)
        self._made.append(widget)
        for name in classes:
            widget.add_class(f"spotantic-{name}")
        return widget

    def button(self, description: str, act: Callable[[], object], *, busy: str = "", **traits: Any) -> Any:
        """
        Return a button whose clicks are handed over to the portal.

        Args:
            description: What it says.
            act: What a click does.
            busy: What it says, disabled, while the task that ``act`` returns is running.
            **traits: Its other traits.
        """
        button = self.make(widgets.Button, description=description, **traits)

        def click() -> None:
            task = act()
            if busy and isinstance(task, asyncio.Task):
                self._set(button, description=busy, disabled=True)
                task.add_done_callback(lambda _: self._set(button, description=description, disabled=False))

        button.on_click(lambda _: self.hand_over(click))
        return button

    def hand_over(self, act: Callable[[], object]) -> None:
        """Do something on the portal; once this factory is closed, nothing any more. For callbacks, on any thread."""
        portal.call(lambda: self._do(act))

    def close(self) -> None:
        """Close all that was made, here and in the front-end."""
        self._is_closed = True
        for widget in [*self._made, *([] if self._is_part else self._looks.values())]:
            widget.close()
        self._made.clear()

    def _set(self, widget: Any, **traits: Any) -> None:
        if not self._is_closed:
            for name, value in traits.items():
                setattr(widget, name, value)

    def _do(self, act: Callable[[], object]) -> None:
        if not self._is_closed:
            act()

    def _style_of(self, kind: Any) -> dict[str, Any]:
        """Return the style that this kind of widget takes, if any; 7.7 and 8 have different ones."""
        style = kind.class_traits().get("style")
        return {} if style is None else {"style": self._look(style.klass)}

    def _look(self, kind: type) -> Any:
        if kind not in self._looks:
            self._looks[kind] = kind(**({"width": "auto"} if kind is widgets.Layout else {}))
        return self._looks[kind]


def _monotonic() -> float:
    return time.monotonic()
