"""The notebooks, run as a person runs them, and as a scheduled job does."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from kernels import Kernel, link_in

from spotantic_nb.sandbox import ScriptedUser

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    notebook = json.loads(path.read_text())
    assert not [cell for cell in notebook["cells"] if cell.get("outputs") or cell.get("execution_count")]
    assert "widgets" not in notebook["metadata"]


def test_the_remote_kernel_notebook_is_finished_by_pasting(
    new_kernel: Callable[..., Kernel], spotify_project: Path
) -> None:
    (spotify_project / ".env").unlink()
    kernel = new_kernel()
    kernel.on_prompt = lambda: kernel.answers.append(ScriptedUser().answer(link_in(latest.text)))
    cells = json.loads((NOTEBOOKS / "02_remote_kernel.ipynb").read_text())["cells"]
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        latest = kernel.send("".join(cell["source"]))
        kernel.wait_until(lambda: latest.is_done)  # noqa: B023 - waited for within the loop
        assert latest.ok, latest.error
    assert "Signed in as " in latest.text
