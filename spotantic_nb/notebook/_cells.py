"""
Which box stands where: a cell that is run again closes the boxes that it showed before.

So does the callback of a widget that shows a box in an Output widget again. Two boxes of one and the same run stay.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import ipywidgets as widgets
from ipywidgets.widgets import widget as widget_module

from spotantic_nb._portal import portal
from spotantic_nb.notebook._boxes import Box
from spotantic_nb.notebook._front_end import Execution


@dataclass(frozen=True, slots=True)
class _Shown:
    """A box, and where it is shown."""

    box: Box
    execution: Execution
    cell: str
    """The cell it belongs to; for a box of a callback, that of the box whose place it took."""
    outputs: frozenset[str]
    """The Output widgets that it is shown in."""

    def is_replaced_by(self, execution: Execution, outputs: frozenset[str]) -> bool:
        """Tell whether a box that is shown now takes the place of this one."""
        if execution.message == self.execution.message:
            return False
        is_nameless = not (execution.cell or outputs or self.cell or self.outputs)
        return is_nameless or bool(execution.cell and execution.cell == self.cell) or bool(outputs & self.outputs)


_shown: list[_Shown] = []
"""Touched on the portal only."""


def show(execution: Execution, make: Callable[[], Box]) -> None:
    """
    Show a new box in the cell, or in the Output widget, that displays now.

    Made on the portal: there no interrupt can come between a widget and its place in the list of those to close.
    """
    outputs = _open_outputs()

    async def place() -> Box:
        replaced = [shown for shown in _shown if shown.is_replaced_by(execution, outputs)]
        _close(replaced)
        cell = next((shown.cell for shown in replaced), execution.cell)
        box = make()
        _shown.append(_Shown(box, execution, cell, outputs))
        return box

    portal.run(place).show()


def close_all() -> None:
    """Close every box of this kernel."""

    async def close() -> None:
        _close(tuple(_shown))

    portal.run(close)


def _close(boxes: Iterable[_Shown]) -> None:
    for shown in boxes:
        _shown.remove(shown)
        shown.box.close()


def _open_outputs() -> frozenset[str]:
    """Return the Output widgets that take what is displayed now."""
    every = widget_module._instances if hasattr(widget_module, "_instances") else widgets.Widget.widgets  # noqa: SLF001 - 8, and 7
    # Of a list, which is made in one step: meanwhile other threads make and close widgets.
    inside = [widget for widget in list(every.values()) if isinstance(widget, widgets.Output) and widget.msg_id]
    return frozenset(widget.model_id for widget in inside)
