"""
Notebooks with their outputs: each is run when its page is made, by a program in place of the person before it.

They are stored without outputs. A notebook runs in a project of its own in a temporary folder, so that no token comes
near the source. The kernel and its front-end are those of the tests.
"""

import logging
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from sphinx.application import Sphinx

from spotantic_nb.sandbox import ScriptedUser

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "journeys"))
from kernels import PATIENCE, Cell, Kernel, own_places, start_kernel

_LINK = re.compile(r"http://127\.0\.0\.1:\d+/authorize\?[^\s\"'<]+")
_VIEW = "application/vnd.jupyter.widget-view+json"


class NotebookError(Exception):
    """A cell of a notebook failed."""


def notebook(text: str) -> NotebookNode:
    """Return a notebook as it is after it was run; myst-nb calls this with the text of its file."""
    found = nbformat.reads(text, as_version=4)
    with project() as (folder, environ):
        Run(found, start_kernel(folder, environ)).to_its_end()
    found.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}
    describe_pictures(found.cells)
    return found


def describe_pictures(cells: list[NotebookNode]) -> None:
    """Have pictures called by the heading that they stand under, for those who do not see them."""
    heading = ""
    for cell in cells:
        if cell.cell_type == "markdown":
            heading = ([heading, *re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)])[-1]
        cell.metadata["mystnb"] = {"image": {"alt": heading}}


@contextmanager
def project() -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield a new project, and an environment in which nothing of this machine's own is read or opened."""
    with tempfile.TemporaryDirectory(prefix="notebook-", ignore_cleanup_errors=True) as name:
        folder = Path(name, "home", "project")
        (folder / ".git").mkdir(parents=True)
        environ = {key: value for key, value in os.environ.items() if not key.startswith("SPOTANTIC_")}
        environ |= {**own_places(Path(name)), "HOME": str(folder.parent), "container": ""}
        environ["SPOTANTIC_AUTH_BROWSER"] = "here"  # it is this program that follows the link
        environ["SPOTANTIC_AUTH_REDIRECT_URI"] = f"http://127.0.0.1:{free_port()}/callback"
        yield folder, environ


class Run:
    """
    One run of a notebook, from its first cell to its last.

    Args:
        document: The notebook, which is given its outputs.
        kernel: A new kernel.
    """

    def __init__(self, document: NotebookNode, kernel: Kernel) -> None:
        self._document = document
        self._kernel = kernel
        self._person = ScriptedUser()
        self._followed: set[str] = set()

    def to_its_end(self) -> None:
        """Run all cells, then take their outputs: a login is shown as it ended."""
        try:
            cells = [cell for cell in self._document.cells if cell.cell_type == "code"]
            ran = [(cell, self._run(cell)) for cell in cells]
            self._kernel.run("")
            for number, (cell, result) in enumerate(ran, start=1):
                cell.execution_count, cell.outputs = number, list(self._outputs_of(result, number))
        finally:
            self._kernel.close()

    def _run(self, cell: NotebookNode) -> Cell:
        sent = self._kernel.send(cell.source, metadata={"cellId": cell.get("id", "cell")})
        self._kernel.on_prompt = lambda: self._press_enter(sent)
        self._kernel.wait_until(lambda: self._is_done(sent), patience=3 * PATIENCE)
        if not sent.ok:
            raise NotebookError(f"{cell.source}\n\n{sent.text}")
        return sent

    def _is_done(self, cell: Cell) -> bool:
        self._follow(cell)
        return cell.is_done

    def _press_enter(self, cell: Cell) -> None:
        """Answer a prompt once the browser has brought the answer."""
        self._follow(cell)
        self._kernel.answers.append("")

    def _follow(self, cell: Cell) -> None:
        """Follow every login link that a cell shows, once."""
        for link in set(_LINK.findall(cell.text)) - self._followed:
            self._followed.add(link)
            self._person.follow(link)

    def _outputs_of(self, cell: Cell, number: int) -> Iterator[NotebookNode]:
        for output in cell.outputs:
            if "data" in output:
                kind = "execute_result" if "execution_count" in output else "display_data"
                count = {"execution_count": number} if kind == "execute_result" else {}
                data = self._drawn(output["data"])
                yield nbformat.v4.new_output(kind, data, metadata=output["metadata"], **count)
            else:
                yield nbformat.v4.new_output("stream", name=output["name"], text=output["text"])

    def _drawn(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return what an output shows; of widgets, which need a kernel, what stands in them."""
        model = data.get(_VIEW, {}).get("model_id", "")
        shown = [self._kernel.models.open.get(below, {}) for below in self._kernel.models.below(model)]
        values = [state.get("value", "") for state in shown if state.get("_model_name") == "HTMLModel"]
        html = {"text/html": f'<div class="spotantic-box">{" ".join(values)}</div>'} if any(values) else {}
        return {kind: value for kind, value in data.items() if kind != _VIEW} | html


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def setup(_: Sphinx) -> dict[str, Any]:
    """Keep addresses with their codes out of the build's log; myst-nb finds ``notebook`` by its name."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return {"parallel_read_safe": True}
