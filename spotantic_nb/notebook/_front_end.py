"""
What the front-end of this shell can do: show widgets, ask for input, reach a listener.

No front-end says so itself; each answer is read from what the kernel knows, and where that is nothing, the answer is
the one that works everywhere: plain text.
"""

import importlib.util
import sys
from dataclasses import dataclass
from typing import Any

from spotantic_nb.auth._placement import Placement
from spotantic_nb.auth._prompt import is_at_a_terminal
from spotantic_nb.session import Session


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """The place where a cell is run."""

    is_terminal: bool
    can_ask: bool
    """Whether a person is there who can answer a prompt; nbclient and papermill have none."""
    shows_widgets: bool
    cell: str
    """The id of the cell that runs now; empty where the front-end does not say."""
    placement: Placement

    @property
    def must_paste(self) -> bool:
        """Whether the address has to be asked for: it is the only way in, or perhaps the only way and has no box."""
        browser = self.placement.browser
        return browser == "elsewhere" or (browser == "unsure" and not self.shows_widgets)


def front_end(shell: object) -> FrontEnd:
    """Tell what the front-end of the cell that runs now can do."""
    kernel: Any = getattr(shell, "kernel", None)
    cell = _cell_of(kernel)
    return FrontEnd(
        is_terminal=kernel is None,
        can_ask=is_at_a_terminal() if kernel is None else bool(getattr(kernel, "_allow_stdin", False)),
        shows_widgets=_has_widgets() and (bool(cell) or "google.colab" in sys.modules),
        cell=cell,
        placement=Session.current().placement,
    )


def _has_widgets() -> bool:
    return importlib.util.find_spec("ipywidgets") is not None


def _cell_of(kernel: Any) -> str:  # noqa: ANN401 - ipykernel is no dependency
    """Return the id of the cell, which notebooks send with a request and consoles do not (JupyterLab, VS Code)."""
    if kernel is None:
        return ""
    return str(kernel.get_parent("shell").get("metadata", {}).get("cellId", ""))
