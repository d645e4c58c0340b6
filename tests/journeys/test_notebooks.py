"""The notebooks, run as a person runs them, and as a scheduled job does."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from kernels import Kernel, link_in
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

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


def run_with_nbclient(folder: Path, *cells: str) -> nbformat.NotebookNode:
    """Execute cells as a scheduled job does, without a person, and return the notebook as it would be saved."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}, timeout=60)
    with contextlib.suppress(CellExecutionError):
        client.execute()
    return notebook


def test_a_scheduled_notebook_without_a_token_ends_in_one_clear_line(spotify_project: Path) -> None:
    notebook = run_with_nbclient(spotify_project, "%load_ext spotantic_nb", "%spotantic_login", "%spotantic_token")
    [error] = notebook.cells[1].outputs
    [line] = error["traceback"]
    assert line.startswith("NotLoggedInError: Nobody is logged in, and nobody is there to be asked. Log in once in")


def test_a_scheduled_notebook_uses_the_projects_token_and_saves_none_of_it(
    kernel: Kernel, spotify_project: Path
) -> None:
    login = kernel.run("%spotantic_login")
    ScriptedUser().follow(link_in(login.text))
    assert kernel.run("%spotantic_token").ok
    cells = ("%load_ext spotantic_nb", "%spotantic_login", "%spotantic_token --refresh", "%spotantic_token --header")
    notebook = run_with_nbclient(spotify_project, *cells, "%spotantic_status", "%spotantic_panel")
    assert "Signed in as Ada" in notebook.cells[1].outputs[0]["text"]
    saved = nbformat.writes(notebook)
    [file] = spotify_project.glob(".spotantic/*.json")
    token = json.loads(file.read_text())
    assert token["access_token"] not in saved
    assert token["refresh_token"] not in saved
