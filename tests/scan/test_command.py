"""The command: its lines, its exit status, and that it shows no value."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from made_up import ACCESS, ANSWER, LINK, REFRESH, SECRET
from written import CELLS, LEFT, NOTEBOOK, code, stream

SECRETS = (ACCESS, REFRESH, SECRET, LINK, ANSWER)


def run(*arguments: str) -> tuple[int, str]:
    """Run the command, and return its exit status and what it says."""
    command = [sys.executable, "-m", "spotantic_nb", "scan", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert not [secret for secret in SECRETS if secret[:20] in done.stdout]
    return done.returncode, done.stdout


@pytest.fixture
def notebook(project: Path) -> Path:
    path = project / "a b.ipynb"
    path.write_text(json.dumps(NOTEBOOK, indent=1))
    return path


@pytest.fixture
def clean(project: Path) -> Path:
    path = project / "clean.ipynb"
    path.write_text(json.dumps({**NOTEBOOK, "cells": [code("a", "1", stream("1\n"))], "metadata": {}}))
    return path


def test_where_nothing_is_found_it_says_so_and_ends_with_0(clean: Path) -> None:
    assert run(str(clean)) == (0, "Nothing found in 1 notebook.\n")


def test_where_something_is_found_each_find_is_a_line_and_it_ends_with_1(notebook: Path, clean: Path) -> None:
    before = notebook.read_bytes()
    status, said = run("a b.ipynb", "clean.ipynb")
    lines = said.splitlines()
    assert status == 1
    assert lines[0] == "a b.ipynb: cell 2 (first), output 2: access token"
    assert "a b.ipynb: cell 6 (typed), source: client secret (take it out by hand)" in lines
    assert "a b.ipynb: widget state: link of a login" in lines
    assert "Found something in 1 of 2 notebooks. What to do:" in lines
    for wanted in (
        "python -m spotantic_nb scan --fix 'a b.ipynb' clean.ipynb",
        "https://www.spotify.com/account/apps",
        "https://developer.spotify.com/dashboard",
        "ends by itself, within an hour",
        "keep it in .env",
        "press Cancel",
        "clearing does not take it back",
    ):
        assert wanted in said
    assert notebook.read_bytes() == before


def test_fix_clears_what_can_be_says_so_and_ends_with_1_for_the_next_time_to_be_0(project: Path) -> None:
    document = {**NOTEBOOK, "cells": CELLS[:5], "metadata": {}}
    (project / "a.ipynb").write_text(json.dumps(document))
    status, said = run("--fix", ".")
    assert status == 1
    assert "a.ipynb: cell 2 (first), output 2: access token (cleared)" in said.splitlines()
    assert "scan --fix" not in said
    assert run(".") == (0, "Nothing found in 1 notebook.\n")


def test_fix_leaves_what_was_written_and_goes_on_saying_so(notebook: Path) -> None:
    run("--fix", str(notebook))
    status, said = run(str(notebook))
    assert status == 1
    assert len([line for line in said.splitlines() if line.endswith("(take it out by hand)")]) == len(LEFT)
    assert "scan --fix" not in said


def test_what_cannot_be_read_is_said_and_it_ends_with_2(project: Path, clean: Path) -> None:
    (project / "broken.ipynb").write_text("{")
    status, said = run(".", "missing.ipynb")
    assert status == 2
    assert said.splitlines() == [
        "broken.ipynb: no notebook (line 1 is no JSON)",
        "missing.ipynb: No such file or directory",
        "Nothing found in 1 notebook, 2 could not be read.",
    ]


def test_what_was_found_counts_more_than_what_could_not_be_read(project: Path, notebook: Path) -> None:
    (project / "broken.ipynb").write_text("{")
    status, said = run(".")
    assert status == 1
    assert "broken.ipynb: no notebook (line 1 is no JSON)" in said.splitlines()
    assert "Found something in 1 of 1 notebook, 1 could not be read. What to do:" in said.splitlines()


def test_only_what_was_found_has_advice(project: Path) -> None:
    (project / "a.ipynb").write_text(json.dumps({**NOTEBOOK, "cells": CELLS[:2], "metadata": {}}))
    said = run("a.ipynb")[1]
    assert "within an hour" in said
    assert "dashboard" not in said
    assert "account/apps" not in said


def test_what_the_project_holds_is_found_though_it_looks_like_nothing(project: Path) -> None:
    (project / ".env").write_text("SPOTANTIC_AUTH_CLIENT_SECRET=own-words-of-somebody\n")
    cells = [code("a", "1", stream("own-words-of-somebody"))]
    (project / "a.ipynb").write_text(json.dumps({**NOTEBOOK, "cells": cells, "metadata": {}}))
    status, said = run("a.ipynb")
    assert (status, said.splitlines()[0]) == (1, "a.ipynb: cell 1 (a), output 1: client secret")
    assert "own-words" not in said


def test_without_a_path_it_looks_into_the_current_folder(notebook: Path) -> None:
    status, said = run()
    assert status == 1
    assert said.startswith(f"{notebook.name}: cell ")
