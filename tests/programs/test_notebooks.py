"""The notebooks, run as a person runs them, and as a scheduled job does."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kernels import PATIENCE, Kernel

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
    kernel.on_prompt = lambda: kernel.answers.append(ScriptedUser().answer(kernel.link(latest)))
    cells = json.loads((NOTEBOOKS / "02_remote_kernel.ipynb").read_text())["cells"]
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        latest = kernel.send("".join(cell["source"]))
        kernel.wait_until(lambda: latest.is_done)  # noqa: B023 - waited for within the loop
        assert latest.ok, latest.error
    assert "Signed in as " in latest.text


def test_a_login_at_the_end_of_jupyter_run_is_said_to_have_ended_with_it(
    spotify_project: Path, environ: dict[str, str]
) -> None:
    (spotify_project / "job.ipy").write_text("%load_ext spotantic_nb\n%spotantic_login --no-browser\n")
    command = [sys.executable, "-m", "jupyter", "run", "--kernel=python3", "job.ipy"]
    job = subprocess.run(
        command, cwd=spotify_project, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert "A login was still waiting for its answer, and has ended with this program." in job.stderr
