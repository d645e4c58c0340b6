"""Which box stands in which cell: a cell that is run again closes the one it showed before."""

from collections.abc import Callable

from IPython.display import display

from spotantic_nb._portal import portal
from spotantic_nb.notebook._boxes import Box

_shown: dict[str, Box] = {}
"""By the id of the cell; front-ends that do not name their cells have one box in all. Touched on the portal only."""


def show(cell: str, make: Callable[[], Box]) -> None:
    """
    Show a new box in the cell that runs now.

    Made on the portal: there no interrupt can come between a widget and its place in the list of those to close.
    """

    async def place() -> Box:
        _close(cell)
        box = _shown[cell] = make()
        return box

    display(portal.run(place).root)


def close_all() -> None:
    """Close every box of this kernel."""

    async def close() -> None:
        for cell in tuple(_shown):
            _close(cell)

    portal.run(close)


def _close(cell: str) -> None:
    box = _shown.pop(cell, None)
    if box is not None:
        box.close()
