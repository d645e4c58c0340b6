"""The hook in the real pre-commit: a commit with a token in a notebook is refused, one without goes through."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from made_up import ACCESS
from written import NOTEBOOK, code, stream

import spotantic_nb

ROOT = Path(spotantic_nb.__file__).parents[1]


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    """A repository with this package as it stands here, for pre-commit to clone."""
    hooks = tmp_path / "hooks"
    leave_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", ".nox", ".coverage")
    shutil.copytree(ROOT, hooks, ignore=leave_out)
    git(hooks, "init", "--quiet")
    git(hooks, "add", "--all")
    git(hooks, "commit", "--quiet", "--message=all")
    return hooks


@pytest.mark.timeout(600)
def test_a_commit_with_a_token_in_a_notebook_is_refused(project: Path, hooks: Path, tmp_path: Path) -> None:
    git(project, "init", "--quiet")
    revision = git(hooks, "rev-parse", "HEAD")
    config = {"repos": [{"repo": str(hooks), "rev": revision, "hooks": [{"id": "spotantic-scan"}]}]}
    (project / ".pre-commit-config.yaml").write_text(json.dumps(config))
    environ = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}

    def commit(message: str) -> subprocess.CompletedProcess[str]:
        git(project, "add", "--all")
        command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-m", message]
        return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, check=False)

    subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=project, env=environ, check=True)
    (project / "notes.txt").write_text(ACCESS)  # no notebook, and none of its business
    write(project / "a.ipynb", ACCESS)
    refused = commit("with a token")
    assert refused.returncode == 1, refused.stderr
    assert "a.ipynb: cell 1 (a), output 1: access token" in refused.stderr
    assert ACCESS[:20] not in refused.stderr + refused.stdout

    write(project / "a.ipynb", "no token")
    accepted = commit("without a token")
    assert accepted.returncode == 0, accepted.stderr
    assert git(project, "log", "--format=%s") == "without a token"


def write(path: Path, shown: str) -> None:
    path.write_text(json.dumps({**NOTEBOOK, "cells": [code("a", "1", stream(shown))], "metadata": {}}))
