"""
The front-end of this shell: what it can do, and an output of its cell that can be replaced afterwards.

No front-end says what it can do; each answer is read from the message that the kernel handles now, and where that says
nothing, the answer is the one that works everywhere: plain text. ``%%capture`` takes all that is displayed while its
cell runs; what replaces an output of another cell must get past it, and so must what the captured cell itself waits for
a person to follow.
"""

import importlib.util
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.getipython import get_ipython
from IPython.display import display

from spotantic_nb.auth._placement import Placement
from spotantic_nb.auth._prompt import is_at_a_terminal
from spotantic_nb.session import Session


@dataclass(frozen=True, slots=True)
class Execution:
    """What the kernel does now: it runs a cell, or the callback of a widget."""

    message: str = ""
    """The id of the message that asked for it: another one whenever the same cell is run again."""
    cell: str = ""
    """The id of the cell, which notebooks send and consoles do not; empty in a callback."""
    is_callback: bool = False


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """The place where a cell is run."""

    is_terminal: bool
    can_ask: bool
    """Whether a person is there who can answer a prompt; nbclient and papermill have none."""
    is_voila: bool
    """Whether visitors see the outputs as a page, with nothing but widgets to answer by."""
    shows_widgets: bool
    execution: Execution
    placement: Placement

    @property
    def is_vscode(self) -> bool:
        """
        Whether VS Code runs this cell: it names cells by addresses of its own.

        Without its renderers extension it leaves an output that holds a widget blank, whatever else that output holds.
        """
        return self.execution.cell.startswith("vscode-")

    @property
    def must_paste(self) -> bool:
        """Whether the address is asked for at once: it is the only way in or, at a terminal, perhaps the only one."""
        if self.execution.is_callback or self.is_voila:
            return False  # it must not block: the box is there, and the kernel is free to take what is pasted
        if self.placement.browser == "elsewhere":
            return not (self.placement.is_hub and self.shows_widgets)
        # A terminal's prompt ends by itself should the browser bring the answer; one of a front-end would stay.
        return self.placement.browser == "unsure" and self.is_terminal

    @property
    def may_need_prompt(self) -> bool:
        """Whether the browser may not bring the answer, and nothing is shown that could take the address."""
        return self.placement.browser == "unsure" and not self.shows_widgets


def front_end(shell: object) -> FrontEnd:
    """Tell what the front-end of the cell or callback that runs now can do."""
    kernel: Any = getattr(shell, "kernel", None)
    request = _request_of(kernel)
    execution = _execution_of(request)
    is_voila = os.environ.get("SERVER_SOFTWARE", "").startswith("voila/")
    # Only what shows widgets sends the events of one.
    has_shown_widgets = bool(execution.cell) or execution.is_callback or is_voila or "google.colab" in sys.modules
    return FrontEnd(
        is_terminal=kernel is None,
        can_ask=is_at_a_terminal() if kernel is None else _may_ask(kernel, request),
        is_voila=is_voila,
        shows_widgets=_has_widgets() and has_shown_widgets,
        execution=execution,
        placement=Session.current().placement,
    )


def _has_widgets() -> bool:
    return importlib.util.find_spec("ipywidgets") is not None


def _request_of(kernel: Any) -> Mapping[str, Any]:
    """Return the message that the kernel handles now, as far as it tells: xeus-python knows the header only."""
    # Asked for no channel by name: xeus-python knows none. Kernels older than ipykernel 6 cannot be asked at all.
    return (hasattr(kernel, "get_parent") and kernel.get_parent()) or {}


def _may_ask(kernel: Any, request: Mapping[str, Any]) -> bool:
    """
    Tell whether the front-end answers prompts, as each request to execute says (Jupyter messaging, ``allow_stdin``).

    A callback's message does not; ipykernel keeps what the last cell's said. Where nothing tells, the prompt will.
    """
    return bool(request.get("content", {}).get("allow_stdin", getattr(kernel, "_allow_stdin", True)))


def _execution_of(request: Mapping[str, Any]) -> Execution:
    """Read the message that the kernel handles now (Jupyter messaging; JupyterLab and VS Code add ``cellId``)."""
    header = request.get("header", {})
    return Execution(
        message=str(header.get("msg_id", "")),
        cell=str(request.get("metadata", {}).get("cellId", "")),
        is_callback=header.get("msg_type") == "comm_msg",
    )


class CellOutput:
    """Show something in the cell that runs now, and something else in its place later."""

    def __init__(self) -> None:
        self._id = uuid4().hex
        self._kernel: Any = getattr(get_ipython(), "kernel", None)

    def show(self, data: Mapping[str, object], *, past_capture: bool = False) -> None:
        """
        Show this; on the thread that runs the cell.

        Args:
            data: What to show, by its mime types.
            past_capture: Whether a person has to see it now, though the cell may be captured.
        """
        if past_capture and is_captured(get_ipython()):
            self._send("display_data", data)
        else:
            display(data, raw=True, display_id=self._id)

    def update(self, data: Mapping[str, object]) -> None:
        """Show this in its place, whichever cell runs by now."""
        self._send("update_display_data", data)

    def _send(self, kind: str, data: Mapping[str, object]) -> None:
        if hasattr(self._kernel, "send_response"):
            content = {"data": data, "metadata": {}, "transient": {"display_id": self._id}}
            self._kernel.send_response(self._kernel.iopub_socket, kind, content)
        else:
            display(data, raw=True, display_id=self._id, update=kind == "update_display_data")


def is_captured(shell: object) -> bool:
    """Tell whether what is displayed now is kept from the person for the time being."""
    return isinstance(getattr(shell, "display_pub", None), CapturingDisplayPublisher)
