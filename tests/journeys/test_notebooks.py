"""The notebooks and the demo, run as a person runs them."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kernels import Kernel, link_in
from labs import read_when_ready

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
