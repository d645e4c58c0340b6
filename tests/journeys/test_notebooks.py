"""The notebooks and the demo, run as a person runs them."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from kernels import Kernel, link_in
from labs import read_when_ready
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from spotantic_nb.sandbox import ScriptedUser

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    notebook = json.loads(path.read_text())
    assert not [cell for cell in notebook["cells"] if cell.get("outputs") or cell.get("execution_count")]
    assert "widgets" not in notebook["metadata"]


def test_the_headless_demo_reports_account_scopes_and_rows(environ: dict[str, str]) -> None:
    demo = subprocess.run(
        [sys.executable, "-m", "spotantic_nb", "demo", "--headless"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    assert re.fullmatch(r"Account: .+\nScopes:  .*user-top-read.*\nRows:    [1-9]\d+\n", demo.stdout)


def test_the_demo_serves_the_quick_start_notebook_and_ends_with_ctrl_c(environ: dict[str, str]) -> None:
    command = [sys.executable, "-m", "spotantic_nb", "demo"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as demo:
        assert demo.stdout is not None
        address = demo.stdout.readline().split()[-1]
        notebook = json.loads(read_when_ready(address.replace("/lab/tree/", "/api/contents/"), demo))
        demo.send_signal(signal.SIGINT)
    assert notebook["type"] == "notebook"
    assert demo.returncode == 0


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


def test_without_its_packages_the_demo_names_the_command_to_install_them(tmp_path: Path) -> None:
    hide = "import sys; sys.modules['uvicorn'] = None; from spotantic_nb.__main__ import main; sys.exit(main(['demo']))"
    demo = subprocess.run(
        [sys.executable, "-c", hide], check=False, capture_output=True, text=True, cwd=tmp_path, env=os.environ
    )
    assert demo.returncode == 2
    assert "pip install 'spotantic-nb[demo]'" in demo.stderr
    assert "Traceback" not in demo.stderr


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
