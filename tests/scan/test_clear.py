"""What is cleared is gone, the notebook stays valid, and every other byte stays as it was."""

import json
import resource
import stat
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pytest
from made_up import ACCESS, SECRET
from written import FINDS, LEFT, NOTEBOOK, WIDGETS, code, stream

from spotantic_nb.errors import ConfigurationError
from spotantic_nb.scan import KnownSecrets, clear, scan

NONE = KnownSecrets({})

LAYOUTS: dict[str, dict[str, Any]] = {
    "of Jupyter": {"indent": 1, "ensure_ascii": False, "sort_keys": True},
    "of Colab": {"indent": 2, "ensure_ascii": False},
    "of VS Code": {"indent": 1},
    "with tabs": {"indent": "\t", "ensure_ascii": False},
    "on one line": {"separators": (",", ":")},
    "with escapes": {"indent": 4, "ensure_ascii": True},
}

FILES = {
    "plain": ("", "", "\n"),
    "with a last line": ("", "\n", "\n"),
    "of Windows": ("", "\r\n", "\r\n"),
    "with a byte order mark": ("\ufeff", "\n", "\n"),
    "in the midst of blanks": ("\n \t", " \n\n", "\n"),
}
"""What stands before and behind the JSON, and how its lines end."""


def dumped(document: Any, layout: str, file: str) -> bytes:
    before, behind, end = FILES[file]
    return (before + json.dumps(document, **LAYOUTS[layout]).replace("\n", end) + behind).encode()


def cleared(document: dict[str, Any]) -> dict[str, Any]:
    """Return the notebook as it must be afterwards."""
    left = deepcopy(document)
    for cell, outputs in {1: [0, 2], 2: [], 4: [0]}.items():
        left["cells"][cell]["outputs"] = [document["cells"][cell]["outputs"][index] for index in outputs]
    for name in ("b.png", "c.svg"):
        del left["cells"][7]["attachments"][name]
    widgets = left["metadata"]["widgets"][WIDGETS]["state"]
    widgets["b"]["state"]["value"] = widgets["c"]["state"]["value"] = ""
    widgets["d"]["state"]["_options_labels"][1] = ""
    widgets["e"]["buffers"][0]["data"] = ""
    widgets["f"]["state"]["outputs"][0]["text"][0] = ""
    return left


def found_in(path: Path) -> set[tuple[int | None, str, str, str]]:
    return {(find.cell, find.cell_id, find.place, find.kind) for find in scan([path], NONE).finds}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_other_byte_stays(project: Path, layout: str, file: str) -> None:
    path = project / "a.ipynb"
    path.write_bytes(dumped(NOTEBOOK, layout, file))
    assert found_in(path) == FINDS
    clear(path, NONE)
    assert path.read_bytes() == dumped(cleared(NOTEBOOK), layout, file)
    assert found_in(path) == LEFT


def test_what_is_left_is_a_valid_notebook(project: Path) -> None:
    path = project / "a.ipynb"
    path.write_bytes(dumped(NOTEBOOK, "of Jupyter", "with a last line"))
    nbformat.validate(nbformat.read(path, as_version=4))
    clear(path, NONE)
    nbformat.validate(nbformat.read(path, as_version=4))


def test_a_clean_notebook_keeps_every_byte_though_nothing_else_would_write_it_so(project: Path) -> None:
    metadata = rb'"metadata" : {"x": "\u00e4\/\ud83d", "y": 1.10, "y": NaN}'
    odd = b'{ "nbformat":4,"nbformat_minor" : 5.0e0, ' + metadata + b',\n"cells":[ ] }'
    path = project / "a.ipynb"
    path.write_bytes(odd)
    clear(path, NONE)
    assert path.read_bytes() == odd


def test_bytes_that_are_no_text_stay(project: Path) -> None:
    data = dumped({"cells": [code("a", "1", stream(f"{'ä'}\n"))], "metadata": {}}, "of Jupyter", "plain")
    latin = data.replace("ä".encode(), b"\xe4")
    path = project / "a.ipynb"
    path.write_bytes(latin)
    clear(path, KnownSecrets({"something else entirely": "client secret"}))
    assert path.read_bytes() == latin


def test_the_state_of_widgets_as_colab_saves_it_is_emptied(project: Path) -> None:
    document = deepcopy(NOTEBOOK)
    state = document["metadata"]["widgets"][WIDGETS]["state"]  # type: ignore[index]
    document["metadata"]["widgets"][WIDGETS] = state  # type: ignore[index]
    path = project / "a.ipynb"
    path.write_text(json.dumps(document, indent=2))
    clear(path, NONE)
    assert found_in(path) == LEFT
    models = json.loads(path.read_text())["metadata"]["widgets"][WIDGETS]
    assert [models["b"]["state"]["value"], models["c"]["state"]["placeholder"]] == ["", "paste"]


def test_a_secret_that_only_its_name_betrays_is_emptied_in_a_widget(project: Path) -> None:
    secret = {"client_secret": SECRET, "name": "kept"}
    document = {"cells": [], "metadata": {"widgets": {WIDGETS: {"state": {"a": {"state": {"value": secret}}}}}}}
    path = project / "a.ipynb"
    path.write_text(json.dumps(document))
    clear(path, NONE)
    emptied = json.loads(path.read_text())["metadata"]["widgets"][WIDGETS]["state"]["a"]["state"]["value"]
    assert emptied == {"client_secret": "", "name": "kept"}


@pytest.mark.parametrize("value", ["kept", 5, {"a": "b"}, None])
def test_a_secret_that_is_a_name_in_a_widget_goes_with_all_beside_it(project: Path, value: Any) -> None:
    widgets = {WIDGETS: {"state": {"a": {"state": {"value": {ACCESS: value, "b": 1}, "other": "kept"}}}}}
    path = project / "a.ipynb"
    path.write_text(json.dumps({"cells": [], "metadata": {"widgets": widgets}}))
    clear(path, NONE)
    left = json.loads(path.read_text())["metadata"]["widgets"][WIDGETS]["state"]["a"]["state"]
    assert left == {"value": {}, "other": "kept"}


def test_an_old_notebook_with_worksheets_is_cleared_too(project: Path) -> None:
    document = nbformat.v3.new_notebook(
        worksheets=[
            nbformat.v3.new_worksheet(
                cells=[nbformat.v3.new_code_cell("a", outputs=[nbformat.v3.new_output("stream", "own-words-of-ours")])]
            )
        ]
    )
    path, known = project / "a.ipynb", KnownSecrets({"own-words-of-ours": "client secret"})
    path.write_text(nbformat.v3.writes_json(document))
    assert [find.place for find in scan([path], known).finds] == ["output 1"]
    clear(path, known)
    after, document = json.loads(path.read_text()), json.loads(nbformat.v3.writes_json(document))
    document["worksheets"][0]["cells"][0]["outputs"] = []
    assert after == document
    nbformat.validate(after)


def test_who_may_read_it_stays_as_it_was(project: Path) -> None:
    path = project / "a.ipynb"
    for mode in (0o600, 0o644, 0o664):
        path.write_bytes(dumped(NOTEBOOK, "of Jupyter", "plain"))
        path.chmod(mode)
        clear(path, NONE)
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert [found.name for found in project.iterdir() if found.is_file()] == ["a.ipynb"]


def test_behind_a_link_the_file_is_cleared_and_the_link_stays(project: Path) -> None:
    path = project / "a.ipynb"
    path.write_bytes(dumped(NOTEBOOK, "of Jupyter", "plain"))
    (project / "link.ipynb").symlink_to(path)
    clear(project / "link.ipynb", NONE)
    assert (project / "link.ipynb").is_symlink()
    assert found_in(path) == LEFT


def test_a_file_that_cannot_be_written_whole_costs_nothing(project: Path) -> None:
    path = project / "a.ipynb"
    data = dumped(NOTEBOOK, "of Jupyter", "plain") + b" " * 20_000
    path.write_bytes(data)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))  # the disk's own limit takes a disk of its own
    try:
        with pytest.raises(OSError, match="File too large"):
            clear(path, NONE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == data
    assert [found.name for found in project.iterdir() if found.name.startswith("a.ipynb")] == ["a.ipynb"]


def test_what_is_no_notebook_is_named_and_stays(project: Path) -> None:
    path = project / "a.ipynb"
    path.write_text(f"{ACCESS}\n<<<<<<<")
    with pytest.raises(ConfigurationError, match=r"a\.ipynb is no notebook \(line 1 is no JSON\)\. Name a notebook"):
        clear(path, NONE)
    assert path.read_text() == f"{ACCESS}\n<<<<<<<"
