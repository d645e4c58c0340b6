"""The code that called, as a person would name it."""

import linecache
from pathlib import Path
from typing import Any

import pytest

from spotantic_nb.session._caller import caller

CALL = "\nplace = caller()"


def place_in(file: str | Path, **names: Any) -> str:
    space = {**names, "caller": caller}
    exec(compile(CALL, file, "exec"), space)
    return str(space["place"])


def test_a_file_below_the_current_folder_is_named_from_there(project: Path) -> None:
    assert place_in(project / "tools" / "report.py") == f"{Path('tools/report.py')}:2"


def test_a_file_elsewhere_is_named_in_full(tmp_path: Path) -> None:
    assert place_in(tmp_path / "report.py") == f"{tmp_path / 'report.py'}:2"


def test_a_cell_is_named_by_its_number_also_when_it_is_called_from_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(linecache.cache, "<cell>", (len(CALL), None, ["\n", "place = caller()\n"], "<cell>"))
    assert place_in("<cell>", In=["", "1 + 1", CALL, "ask()"]) == "In [2]"


def test_a_cell_that_no_history_has_is_the_one_that_runs() -> None:
    assert place_in("<cell>", In=["", "1 + 1", "2 + 2"]) == "In [2]"


def test_a_script_that_a_cell_runs_is_named_by_its_file(project: Path) -> None:
    (project / "report.py").write_text(CALL)
    assert place_in(project / "report.py", In=["", "%run -i report.py"]) == "report.py:2"


def test_where_the_current_folder_was_removed_a_file_is_named_in_full(project: Path, tmp_path: Path) -> None:
    (project / ".git").rmdir()
    project.rmdir()
    assert place_in(tmp_path / "report.py") == f"{tmp_path / 'report.py'}:2"
