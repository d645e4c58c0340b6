"""
An output of the cell that runs now, which can be replaced afterwards, from any thread.

``%%capture`` takes all that is displayed while its cell runs. What replaces an output of another cell must get past it,
or a link would stay on the page; and so must what the captured cell itself waits for a person to follow.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.getipython import get_ipython
from IPython.display import display


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
