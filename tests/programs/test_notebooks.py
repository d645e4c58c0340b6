"""The notebooks, run as a person runs them, and as a scheduled job does."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kernels import PATIENCE, Cell, Kernel

from spotantic_nb.sandbox import ScriptedUser, write_streaming_history

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

STUDENTS = int(os.environ.get("STUDENTS", "6"))
"""How many come to the class: ``nox -s classroom`` takes thirty, as the notebook does."""


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    notebook = json.loads(path.read_text())
    assert not [cell for cell in notebook["cells"] if cell.get("outputs") or cell.get("execution_count")]
    assert "widgets" not in notebook["metadata"]


def code_of(name: str) -> list[str]:
    """Return the code cells of a notebook."""
    cells = json.loads((NOTEBOOKS / name).read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def test_the_remote_kernel_notebook_is_finished_by_pasting(
    new_kernel: Callable[..., Kernel], spotify_project: Path
) -> None:
    (spotify_project / ".env").unlink()
    kernel = new_kernel()
    kernel.on_prompt = lambda: kernel.answers.append(ScriptedUser().answer(kernel.link(latest)))
    for code in code_of("02_remote_kernel.ipynb"):
        latest = kernel.send(code)
        kernel.wait_until(lambda: latest.is_done)  # noqa: B023 - waited for within the loop
        assert latest.ok, latest.error
    assert "Signed in as " in latest.text


def test_the_hand_over_notebook_has_one_answer_from_every_client_and_ends_with_a_picture(
    new_kernel: Callable[..., Kernel], spotify_project: Path
) -> None:
    (spotify_project / ".env").unlink()
    kernel = new_kernel()
    for code in code_of("03_hand_over.ipynb"):
        latest = kernel.run(code)
        assert latest.ok, latest.error
        if code.startswith("%spotantic_login"):
            ScriptedUser().follow(kernel.link(latest))
    assert kernel.value("pd.DataFrame(answers).nunique(axis='columns').tolist()") == "[1, 1, 1, 1, 1]"
    assert kernel.value("len(saved)") == "80"
    assert [out for out in latest.outputs if "image/png" in out.get("data", {})]
    warned = [cell.text for cell in kernel.cells.values() if "Warning" in cell.text]
    assert warned == []


def test_no_task_of_the_cluster_notebook_fails_though_the_token_ends_midway(
    new_kernel: Callable[..., Kernel], spotify_project: Path
) -> None:
    kernel = new_kernel()
    for code in code_of("04_cluster.ipynb"):
        latest = kernel.run(code)
        assert latest.ok, latest.error
        if code.startswith("%spotantic_login"):
            ScriptedUser().follow(kernel.link(latest))
    assert kernel.value("len(answers) == len(artists) > 40, 1 <= len(refused) <= 4, len(renewals)") == "True True 1"
    outputs = [output for cell in kernel.cells.values() for output in cell.outputs]
    assert [output for output in outputs if "image/png" in output.get("data", {})]


def run_all(kernel: Kernel, codes: list[str]) -> list[Cell]:
    """Run cells one after the other, as somebody who agrees to every link, and return those that have asked."""
    asked = []
    for code in codes:
        cell = kernel.send(code)
        kernel.wait_until(lambda: cell.is_done or "authorize?" in cell.text)  # noqa: B023 - waited for within the loop
        if "authorize?" in cell.text:
            asked.append(cell)
            ScriptedUser().follow(kernel.link(cell))
        kernel.wait_until(lambda: cell.is_done)  # noqa: B023
        assert cell.ok, cell.error
        assert "Warning" not in cell.text
    return asked


def pictures_in(kernel: Kernel) -> int:
    outputs = [output for cell in kernel.cells.values() for output in cell.outputs]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def test_the_notebook_of_a_year_draws_four_pictures_of_365_days(
    new_kernel: Callable[..., Kernel], spotify_project: Path
) -> None:
    (spotify_project / ".env").unlink()
    kernel = new_kernel()
    run_all(kernel, code_of("05_year_of_listening.ipynb"))
    assert pictures_in(kernel) == 4
    assert kernel.value("len(days) in (365, 366), calendar.shape[0], len(monthly), len(peaks)") == "True 7 12 8"
    assert kernel.value("abs(days.sum() - year['hours'].sum()) < 0.01 < new.size / 100") == "True"


def test_the_notebook_of_a_year_takes_the_files_of_the_person(
    new_kernel: Callable[..., Kernel], spotify_project: Path
) -> None:
    (spotify_project / ".env").unlink()
    write_streaming_history("grace", spotify_project / "Spotify Extended Streaming History")
    kernel = new_kernel()
    run_all(kernel, code_of("05_year_of_listening.ipynb")[:4])
    assert kernel.value("streams['conn_country'].unique().tolist()") == "['GB']"


def test_the_playlist_notebook_asks_once_more_and_fills_one_playlist_however_often_it_is_run(
    new_kernel: Callable[..., Kernel], spotify_project: Path
) -> None:
    (spotify_project / ".env").unlink()
    kernel, codes = new_kernel(), code_of("06_playlist.ipynb")
    assert [cell.code for cell in run_all(kernel, codes)] == [codes[2], codes[4]]
    assert "playlist-modify-private" in kernel.value("' '.join(sorted(session.token().scopes))")
    assert run_all(kernel, codes[4:]) == []
    assert kernel.value("[one['name'] for one in session.items('/me/playlists')].count(name)") == "1"
    assert kernel.value("contents['song'].tolist() == [song['name'] for song in forgotten] != []") == "True"


def test_everybody_in_the_class_has_a_kernel_and_an_account_of_their_own_and_renews_once(
    new_kernel: Callable[..., Kernel],
) -> None:
    codes = code_of("07_classroom.ipynb")
    assert codes[0] == "students = 30"
    kernel = new_kernel()
    assert run_all(kernel, [f"students = {STUDENTS}", *codes[1:]]) == []
    assert pictures_in(kernel) == 2
    assert kernel.value("len({student.name for student in everybody}), len(renewals)") == f"{STUDENTS} {STUDENTS}"
    assert kernel.value("classroom.exists(), any([await s.manager.is_alive() for s in everybody])") == "False False"


def test_a_login_at_the_end_of_jupyter_run_is_said_to_have_ended_with_it(
    spotify_project: Path, environ: dict[str, str]
) -> None:
    (spotify_project / "job.ipy").write_text("%load_ext spotantic_nb\n%spotantic_login --no-browser\n")
    command = [sys.executable, "-m", "jupyter", "run", "--kernel=python3", "job.ipy"]
    job = subprocess.run(
        command, cwd=spotify_project, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert "A login was still waiting for its answer, and has ended with this program." in job.stderr
