"""Notebooks that run where nobody is: nbclient, nbconvert and papermill; what they say, and what their files keep."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from kernels import PATIENCE, Kernel

from spotantic_nb.sandbox import Sandbox, ScriptedUser

# Every state and verifier becomes recognizable; the word is put together so that the cell itself does not hold it.
PLANT = "import secrets; secrets.token_urlsafe = lambda size=32: 'PLAN' + 'TED' * 12"
LOAD = "%load_ext spotantic_nb"
DAY = (
    "%spotantic_login",
    "%spotantic_token --refresh",
    "%spotantic_token --header",
    "%spotantic_status",
    "%spotantic_panel",
    "from spotantic_nb import Session; session = Session.current(); session, vars(session), session.settings",
)
NOBODY_TO_ASK = "NotLoggedInError: Not logged in, and nobody is there to be asked. Log in once in"

PROGRAMS = {
    "nbclient": ("jupyter execute --inplace nightly.ipynb", "nightly.ipynb"),
    "nbconvert": ("nbconvert --to notebook --execute --inplace nightly.ipynb", "nightly.ipynb"),
    "html": ("nbconvert --to html --execute nightly.ipynb", "nightly.html"),
    "papermill": ("papermill nightly.ipynb out.ipynb --no-progress-bar", "out.ipynb"),
}
"""How each program is called, and the file that it leaves."""


def run(program: str, folder: Path, environ: dict[str, str], *cells: str) -> tuple[int, str, str]:
    """Run a notebook, and return the exit status, what was said, and the bytes of the file that is left."""
    sources = [nbformat.v4.new_code_cell(cell) for cell in (PLANT, LOAD, *cells)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=sources, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "nightly.ipynb")
    arguments, left = PROGRAMS[program]
    ended = subprocess.run(
        [sys.executable, "-m", *arguments.split()],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    saved = folder / left
    return ended.returncode, ended.stdout + ended.stderr, saved.read_text("latin-1") if saved.exists() else ""


def log_in(kernel: Kernel, folder: Path) -> set[str]:
    """Log in by hand, and return the code and the tokens of it."""

    def paste() -> None:
        address = ScriptedUser().answer(kernel.link(login))
        codes.extend(parse_qs(urlsplit(address).query)["code"])
        kernel.answers.append(address)

    codes: list[str] = []
    kernel.on_prompt = paste
    login = kernel.send("%spotantic_login --paste")
    kernel.wait_until(lambda: login.is_done)
    assert login.ok, login.error
    return {*codes, *tokens_in(folder)}


def tokens_in(folder: Path) -> set[str]:
    [file] = folder.glob(".spotantic/*.json")
    token = json.loads(file.read_text())
    return {token["access_token"], token["refresh_token"]}


@pytest.mark.parametrize(
    ("program", "magic"),
    [
        *((program, "login") for program in PROGRAMS),
        *(("nbclient", magic) for magic in ("login --paste", "refresh", "token")),
    ],
)
def test_without_a_token_it_ends_in_one_clear_line(
    program: str, spotify_project: Path, environ: dict[str, str], magic: str
) -> None:
    status, said, saved = run(program, spotify_project, environ, f"%spotantic_{magic}")
    assert status != 0
    [line] = {line for line in said.splitlines() if line.startswith("NotLoggedInError: ")}
    assert line.startswith(NOBODY_TO_ASK if "login" in magic else "NotLoggedInError: Not logged in. Run %spot")
    assert not [trace for trace in ("spotantic_nb/", "PLANTED", "authorize?") if trace in said + saved]


@pytest.mark.parametrize("program", PROGRAMS)
def test_with_the_projects_token_it_works_and_its_file_keeps_no_secret(
    program: str, kernel: Kernel, sandbox: Sandbox, spotify_project: Path, environ: dict[str, str]
) -> None:
    sandbox.knobs.refresh_policy = "rotate"
    secrets = log_in(kernel, spotify_project) | {sandbox.client_secret, "PLANTED", "authorize?"}
    status, said, saved = run(program, spotify_project, environ, *DAY)
    assert status == 0, said
    assert "Signed in as Ada" in saved
    assert "Token valid until" in saved
    assert "widget-view+json" not in saved
    secrets |= tokens_in(spotify_project)
    assert len(secrets) == 8
    assert not [secret[:6] for secret in secrets if secret in said + saved]
