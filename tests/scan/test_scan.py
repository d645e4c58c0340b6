"""Which files are looked into, what is said of those that cannot be, and where the limits are."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from made_up import ACCESS, REFRESH
from written import NOTEBOOK, cell, code, stream

from spotantic_nb.scan import Find, KnownSecrets, scan

NONE = KnownSecrets({})


def write(path: Path, *cells: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**NOTEBOOK, "cells": cells, "metadata": {}}))
    return path


def leaking(path: Path) -> Path:
    return write(path, code("a", "1", stream(ACCESS)))


def test_a_folder_stands_for_all_notebooks_below_it_and_their_checkpoints(project: Path) -> None:
    there = ["a.ipynb", ".ipynb_checkpoints/a-checkpoint.ipynb", "b/c/d.ipynb", ".hidden/.e.ipynb"]
    not_there = ["a.txt", ".venv/share/x.ipynb", "node_modules/x.ipynb", ".git/x.ipynb"]
    for name in [*there, *not_there]:
        leaking(project / name)
    (project / ".venv" / "pyvenv.cfg").touch()
    (project / "b" / "loop").symlink_to(project)
    report = scan([project], NONE)
    assert {find.path for find in report.finds} == {project / name for name in there}
    assert (report.notebooks, report.unreadable, report.is_complete) == (4, {}, True)


def test_what_is_named_twice_is_looked_into_once(project: Path) -> None:
    path = leaking(project / "a.ipynb")
    assert scan([path, project, path], NONE).notebooks == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no notebook (line 1 is no JSON)"),
        (b"{\n<<<<<<< HEAD\n", "no notebook (line 2 is no JSON)"),
        (b"[]", "no notebook, though it is JSON"),
        (b'"cells"', "no notebook, though it is JSON"),
        (b'{"cells": null}', "no notebook, though it is JSON"),
        (b"[" * 100_000, "no notebook that can be read"),
        (b'{"cells": [' + b"9" * 5000 + b"]}", "no notebook that can be read"),
        (b"\x00\xff\xfe", "no notebook (line 1 is no JSON)"),
    ],
)
def test_what_is_no_notebook_is_said_to_be_none_and_does_not_stop_the_rest(
    project: Path, content: bytes, reason: str
) -> None:
    (project / "a.ipynb").write_bytes(content)
    leaking(project / "b.ipynb")
    report = scan([project], NONE)
    assert report.unreadable == {project / "a.ipynb": reason}
    assert [find.path.name for find in report.finds] == ["b.ipynb"]


def test_what_is_not_there_or_no_file_is_said_to_be_so(project: Path) -> None:
    os.mkfifo(project / "pipe.ipynb")
    (project / "dead.ipynb").symlink_to(project / "nowhere")
    paths = [project / name for name in ("none.ipynb", "pipe.ipynb", "dead.ipynb")]
    missing = "No such file or directory"
    assert scan(paths, NONE).unreadable == dict(zip(paths, [missing, "no file", missing], strict=True))


@pytest.mark.parametrize(
    "document",
    [
        {"cells": [None, 1, "text", [], {}, {"outputs": None, "source": None, "attachments": 5, "metadata": []}]},
        {"worksheets": [None, {}, {"cells": None}, {"cells": [{"outputs": [None, "x"]}]}]},
        {"cells": [], "metadata": None},
        {"cells": [], "metadata": {"widgets": None}},
        {"cells": [{"outputs": [{"text": [1, None, "x"]}], "id": 5}], "nbformat": "x"},
    ],
)
def test_a_notebook_of_a_strange_form_is_looked_into(project: Path, document: Any) -> None:
    (project / "a.ipynb").write_text(json.dumps(document))
    assert scan([project], NONE).notebooks == 1


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"cells": [ACCESS]}, "the cell"),
        ({"cells": [{"prompt": ACCESS}]}, "the cell"),
        ({"cells": [{ACCESS: 1}]}, "the cell"),
        ({"cells": [{"outputs": [ACCESS]}]}, "output 1"),
        ({"cells": [{"outputs": {"a": ACCESS}}]}, "the cell"),
        ({"cells": [{"metadata": {ACCESS: {}}}]}, "metadata"),
        ({"cells": [], "own": [ACCESS, "x"]}, "the notebook"),
        ({"cells": [], "metadata": ACCESS}, "the notebook"),
        ({"cells": [], "metadata": {ACCESS: 1}}, "metadata of the notebook"),
        ({"worksheets": [{"cells": [{"input": [ACCESS]}]}]}, "source"),
        ({"worksheets": [{"cells": [], "metadata": {"a": ACCESS}}]}, "the notebook"),
        ({"worksheets": [ACCESS]}, "the notebook"),
    ],
)
def test_no_place_of_a_notebook_is_left_out(project: Path, document: Any, place: str) -> None:
    (project / "a.ipynb").write_text(json.dumps(document))
    assert [find.place for find in scan([project], NONE).finds] == [place]


def test_a_list_of_tokens_is_no_text_in_lines(project: Path) -> None:
    write(project / "a.ipynb", code("a", "1", {"data": {"application/json": [ACCESS, ACCESS]}}))
    assert [find.kind for find in scan([project], NONE).finds] == ["access token"]


def test_what_the_project_holds_is_named_as_what_it_is(project: Path) -> None:
    write(project / "a.ipynb", code("a", "1", stream(REFRESH)))
    named = scan([project], KnownSecrets({REFRESH: "refresh token"})).finds
    assert [find.kind for find in named] == ["refresh token"]


@pytest.mark.parametrize("before", ["", "x", "xy", "see:"])
def test_what_is_written_in_base64_is_read(project: Path, before: str) -> None:
    data = base64.b64encode(f"{before} {ACCESS}".encode()).decode()
    for text in (data, f'<iframe src="data:text/html;base64,{data}">', data.rstrip("="), f"{data[:60]}\n{data[60:]}\n"):
        write(project / "a.ipynb", code("a", "1", {"data": {"text/html": text}}))
        assert [find.kind for find in scan([project], NONE).finds] == ["access token"], text


def test_the_limits_are_kept_and_told(project: Path) -> None:
    paths = [leaking(project / f"{number}.ipynb") for number in range(4)]
    size = paths[0].stat().st_size
    assert scan([project], NONE, most_notebooks=4, most_bytes=4 * size).is_complete
    for limits, looked_into in (({"most_notebooks": 3}, 3), ({"most_bytes": 2 * size}, 2), ({"most_bytes": 0}, 0)):
        report = scan([project], NONE, **limits)  # type: ignore[arg-type]
        assert (report.notebooks, report.is_complete) == (looked_into, False)


def test_a_find_says_where_and_what_in_one_line_and_shows_no_strange_id(project: Path) -> None:
    path = project / "a\n\x1b[31mb.ipynb"
    write(path, {**cell("raw", "x", ACCESS), "id": ACCESS})
    finds = scan([path], NONE).finds
    places = ("source", "the cell")
    expected = {rf"{project}/a\n\x1b[31mb.ipynb: cell 1, {place}: access token" for place in places}
    assert {str(find) for find in finds} == expected
    assert ACCESS not in repr(finds)


def test_a_find_has_no_room_for_a_value() -> None:
    assert {*Find.__slots__} == {"path", "kind", "place", "cell", "cell_id", "can_be_cleared"}


@pytest.mark.parametrize(
    "text",
    [
        " " * 300_000 + "é",
        "A" * 300_000 + "é",
        "BQA" + "a" * 300_000,
        "BQA-" * 75_000,
        "client_secret " * 20_000,
        "client_secret" + " " * 300_000,
        "client_secret th" * 20_000,
        "bearer" + " " * 300_000,
        "\x1b[" + "1" * 300_000,
        "https://127.0.0.1/authorize?" + "a&" * 150_000,
        "https://127.0.0.1/" + "a/" * 150_000 + "authorize?",
        "data:;base64," * 20_000,
    ],
    ids=lambda text: text[:20],
)
def test_no_text_holds_it_up_for_ever(project: Path, text: str) -> None:
    write(project / "a.ipynb", code("a", "1", {"data": {"text/plain": text}}))
    assert scan([project], NONE).finds == ()
