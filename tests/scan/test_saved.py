"""Every secret is found in notebooks that programs without a person have really run and saved, and cleared there."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import nbformat
import pytest
from kernels import PATIENCE
from planted import (
    FAILING,
    OUTPUTS,
    SECRETS,
    WIDGETS,
    as_jupyter_writes,
    holding,
    log_in,
    outputs_with,
    secrets_of_links,
    without,
    write,
)

from spotantic_nb.scan import KnownSecrets, clear, scan

PROGRAMS = {
    "nbclient": ("jupyter execute --inplace a.ipynb", "a.ipynb"),
    "nbconvert": ("nbconvert --to notebook --execute --inplace a.ipynb", "a.ipynb"),
    "papermill": ("papermill a.ipynb out.ipynb --no-progress-bar", "out.ipynb"),
}


@pytest.fixture
def secrets(spotify_project: Path) -> list[str]:
    return log_in()


@pytest.fixture
def saved(spotify_project: Path, secrets: list[str], environ: dict[str, str], request: pytest.FixtureRequest) -> Path:
    """Run a notebook that leaves secrets in every way, and return what the program saved."""
    arguments, left = PROGRAMS[request.param]
    cells = [code for code in OUTPUTS if code not in FAILING or request.param != "papermill"]
    write(spotify_project / "a.ipynb", [SECRETS, *cells, *WIDGETS])
    command = [sys.executable, "-m", *arguments.split()]
    subprocess.run(command, cwd=spotify_project, env=environ, capture_output=True, timeout=PATIENCE, check=True)
    return spotify_project / left


@pytest.mark.parametrize("saved", PROGRAMS, indirect=True)
class TestSaved:
    def test_every_secret_is_found_by_its_shape_and_named(self, saved: Path) -> None:
        found = defaultdict(set)
        for find in scan([saved], KnownSecrets({})).finds:
            found[find.cell].add(find.kind)
        document = json.loads(saved.read_text())
        named = {"".join(cell["source"]): found[number] for number, cell in enumerate(document["cells"], 1)}
        assert named.keys() >= OUTPUTS.keys() - FAILING
        assert {code: named[code] for code in OUTPUTS if code in named} == {
            code: {kind} for code, kind in OUTPUTS.items() if code in named
        }
        assert found[None] == set(WIDGETS.values())
        assert named[SECRETS] == set()

    def test_nothing_of_them_is_left_and_all_else_is(self, saved: Path, secrets: list[str]) -> None:
        document = json.loads(saved.read_text())
        secrets = [*secrets, *secrets_of_links(saved.read_text())]
        assert len(secrets) > 4
        leaking = outputs_with(document, secrets)
        clear(saved)
        text = saved.read_text()
        nbformat.validate(nbformat.reads(text, as_version=4))
        assert holding(text, secrets) == []
        left = json.loads(text)
        widgets = left["metadata"]["widgets"]
        assert "spotantic" not in json.dumps(widgets)
        assert {**left["metadata"], "widgets": 0} == {**document["metadata"], "widgets": 0}
        expected = without(document, outputs=leaking, attachments={})
        expected["metadata"]["widgets"] = widgets
        assert text.rstrip("\n") == as_jupyter_writes(expected).rstrip("\n")
        assert shape(widgets) == shape(document["metadata"]["widgets"])


def test_colab_s_notebooks_are_searched_and_cleared_as_colab_writes_them(
    spotify_project: Path, secrets: list[str], environ: dict[str, str]
) -> None:
    path = write(spotify_project / "a.ipynb", [SECRETS, *OUTPUTS, *WIDGETS])
    command = [sys.executable, "-m", *PROGRAMS["nbclient"][0].split()]
    subprocess.run(command, cwd=spotify_project, env=environ, capture_output=True, timeout=PATIENCE, check=True)
    path.write_text(json.dumps(as_colab_has_it(json.loads(path.read_text())), indent=2, ensure_ascii=False))
    report = scan([path], KnownSecrets({}))
    assert {find.cell for find in report.finds if find.cell} >= set(range(2, len(OUTPUTS) + 2))
    assert {find.kind for find in report.finds if not find.cell} == set(WIDGETS.values())
    secrets = [*secrets, *secrets_of_links(path.read_text())]
    clear(path)
    text = path.read_text()
    assert holding(text, secrets) == []
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    nbformat.validate(nbformat.reads(text, as_version=4))


def test_what_papermill_notes_of_its_parameters_is_found(
    spotify_project: Path, secrets: list[str], environ: dict[str, str]
) -> None:
    write(spotify_project / "a.ipynb", ["1"])
    command = [sys.executable, "-m", *PROGRAMS["papermill"][0].split(), "-p", "token", secrets[0]]
    subprocess.run(command, cwd=spotify_project, env=environ, capture_output=True, timeout=PATIENCE, check=True)
    places = {find.place for find in scan([spotify_project / "out.ipynb"], KnownSecrets({})).finds}
    assert places == {"source", "metadata of the notebook"}


def as_colab_has_it(document: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook in the form of Colab: no ids of cells, ids of outputs, and widgets one level higher."""
    for number, cell in enumerate(document["cells"]):
        cell["metadata"] = {"id": cell.pop("id"), "outputId": f"{number:012x}", "colab": {"base_uri": "https://x/"}}
    widgets = document["metadata"]["widgets"]
    name = "application/vnd.jupyter.widget-state+json"
    document["metadata"]["widgets"] = {name: widgets[name]["state"]}
    document["metadata"]["colab"] = {"provenance": [], "name": "a.ipynb"}
    return {**document, "nbformat": 4, "nbformat_minor": 0}


def shape(value: Any) -> Any:
    """Return a value with every text in it emptied."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return "" if isinstance(value, str) else value
