"""Choosing scopes: presets for what people want to do, and every scope by itself, grouped as Spotify groups them."""

import html
from collections.abc import Iterable

import ipywidgets as widgets

from spotantic_nb.auth._choices import PRESETS, SCOPES_BY_GROUP
from spotantic_nb.notebook._kit import Kit

_ONE_BY_ONE = "Choose one by one"
_OWN = "As the project's settings say"


class ScopeChooser:
    """
    A list of presets; the single scopes appear only when somebody wants to choose among them.

    Args:
        kit: Makes the widgets.
        own: The scopes that the project's settings name, if they name any.
    """

    def __init__(self, kit: Kit, own: Iterable[str]) -> None:
        self._kit = kit
        self._presets = {_OWN: frozenset(own)} if own else {}
        self._presets |= {name: frozenset(scopes) for name, scopes in PRESETS.items()}
        self._preset = kit.make(
            widgets.Dropdown,
            description="Scopes",
            options=[(f"{name} ({len(scopes)})", name) for name, scopes in self._presets.items()]
            + [(_ONE_BY_ONE, _ONE_BY_ONE)],
        )
        self._preset.observe(lambda change: kit.hand_over(lambda: self._choose(change["old"], change["new"])), "value")
        self._single: dict[str, widgets.Checkbox] = {}
        self._list = kit.make(widgets.VBox, "scopes")
        self._part = kit.part()
        self.rows = [self._preset, self._list]

    @property
    def chosen(self) -> frozenset[str]:
        """The scopes to ask for; empty where the settings decide."""
        if self._preset.value == _ONE_BY_ONE:
            return frozenset(scope for scope, box in self._single.items() if box.value)
        return frozenset() if self._preset.value == _OWN else self._presets[self._preset.value]

    def close(self) -> None:
        """Close what this chooser made besides its kit."""
        self._part.close()

    def _choose(self, before: str, now: str) -> None:
        """Show the single scopes, ticked as in the preset before, or take them away."""
        self._part.close()
        self._single.clear()
        self._part = self._kit.part()
        if now == _ONE_BY_ONE:
            self._list.children = self._checkboxes(self._presets.get(before, frozenset()))
        else:
            self._list.children = ()

    def _checkboxes(self, ticked: frozenset[str]) -> list[widgets.Widget]:
        shown = []
        for group, scopes in SCOPES_BY_GROUP.items():
            shown.append(self._part.make(widgets.HTML, value=f"<b>{html.escape(group)}</b>"))
            for scope in scopes:
                self._single[scope] = self._part.make(
                    widgets.Checkbox, description=scope, value=scope in ticked, indent=False
                )
                shown.append(self._single[scope])
        return shown
