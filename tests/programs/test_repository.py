"""What GitHub and pre-commit read: it is valid, it calls what there is, and the hooks stop what they are for."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import spotantic_nb

ROOT = Path(spotantic_nb.__file__).parents[1]
SCHEMAS = {
    ".github/workflows/ci.yml": "vendor.github-workflows",
    ".github/ISSUE_TEMPLATE/bug.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/idea.yml": "vendor.github-issue-forms",
}
HOOKS = ".pre-commit-config.yaml"


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def fits(path: Path, schema: str) -> bool:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("path", "schema"), SCHEMAS.items())
def test_what_github_reads_fits_its_schema(path: str, schema: str) -> None:
    assert fits(ROOT / path, schema)


def test_a_form_that_github_would_refuse_is_found(tmp_path: Path) -> None:
    form = read(".github/ISSUE_TEMPLATE/bug.yml")
    form["body"][1]["type"] = "text"
    (tmp_path / "bug.yml").write_text(yaml.safe_dump(form))
    assert not fits(tmp_path / "bug.yml", "vendor.github-issue-forms")


def test_every_file_for_github_has_its_schema() -> None:
    files = {str(path.relative_to(ROOT)) for path in (ROOT / ".github").rglob("*.yml")}
    assert files == SCHEMAS.keys()


def test_the_workflow_runs_what_everybody_runs_and_the_newest_python_beside_it() -> None:
    everything, newest = read(".github/workflows/ci.yml")["jobs"].values()
    assert commands_of(everything) == [".ci/run"]
    assert [command.partition("&& ")[2] for command in commands_of(newest)] == ['nox -s py314 "kernels(3.14-7.4)"']


def test_the_workflow_may_change_nothing_and_ends_in_time() -> None:
    workflow = read(".github/workflows/ci.yml")
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert job["timeout-minutes"] <= 90
        assert all(len(step["uses"].partition("@")[2].split(".")) == 3 for step in job["steps"] if "uses" in step)


def commands_of(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_a_form_asks_for_what_the_doctor_says() -> None:
    for path in SCHEMAS.keys() - {".github/workflows/ci.yml"}:
        [doctor] = [field["attributes"] for field in read(path)["body"] if field.get("id") == "doctor"]
        assert "python -m spotantic_nb doctor --json" in doctor["description"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a contributor has in front of them: a clone with its environment."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in (".gitignore", ".pre-commit-config.yaml", "pyproject.toml", "notebooks", "spotantic_nb", "tests"):
        place = ROOT / name
        (shutil.copytree if place.is_dir() else shutil.copy)(place, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def fails(hook: str, checkout: Path) -> bool:
    """Tell whether a hook stops a commit of all that lies there."""
    subprocess.run(["git", "add", "--all"], cwd=checkout, check=True)
    command = [sys.executable, "-m", "pre_commit", "run", hook, "--all-files"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert hook.replace("-", " ").split()[0] in done.stdout, done.stdout + done.stderr
    return done.returncode != 0


def test_a_notebook_with_outputs_is_stopped_before_the_commit(checkout: Path) -> None:
    assert not fails("notebooks-without-outputs", checkout)
    path = checkout / "notebooks" / "01_quickstart.ipynb"
    notebook = json.loads(path.read_text())
    [first, *_] = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    first["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["BQtoken"]}]
    path.write_text(json.dumps(notebook))
    assert fails("notebooks-without-outputs", checkout)


def test_what_ruff_complains_of_is_stopped_before_the_commit(checkout: Path) -> None:
    assert not fails("ruff-check", checkout)
    (checkout / "tests" / "test_new.py").write_text("import os\n")
    assert fails("ruff-check", checkout)


def test_the_hooks_use_what_is_installed_and_the_commands_of_continuous_integration() -> None:
    [repository] = read(HOOKS)["repos"]
    assert repository["repo"] == "local"
    entries = [hook["entry"] for hook in repository["hooks"]]
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
    assert all(entry.startswith(".venv/bin/") for entry in entries)
    everything = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    programs = {entry.split()[0] for entry in entries} - {".venv/bin/python"}
    assert all(f"\n{program}" in everything for program in programs)
