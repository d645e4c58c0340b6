"""Who else may see a file: said where it is so, with the way out, and only there."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from spotantic_nb._exposure import _neighbours, exposures_of, is_own_port, warning_about_neighbours


@pytest.fixture
def repository(project: Path) -> Path:
    (project / ".git").rmdir()
    _git(project, "init", "--quiet")
    return project


@pytest.fixture
def file(project: Path) -> Path:
    file = project / "token.json"
    file.touch(mode=0o600)
    return file


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def test_a_private_file_outside_of_a_repository_is_nobodys_business(file: Path) -> None:
    assert exposures_of(file) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o755])
def test_a_file_that_others_may_read_is_said_with_its_mode(file: Path, mode: int) -> None:
    file.chmod(mode)
    [warning] = exposures_of(file)
    assert warning.startswith(f"Other users of this machine may read {file} (mode {mode:o})")
    assert "SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH" in warning


def test_a_file_that_git_would_add_is_said_with_the_line_to_write(repository: Path, file: Path) -> None:
    assert exposures_of(file) == [
        f"git would add {file} to the repository: put token.json into .gitignore.",
    ]
    (repository / ".gitignore").write_text("token.json\n")
    assert exposures_of(file) == []


def test_a_file_that_git_tracks_is_said_although_it_is_ignored_by_now(repository: Path, file: Path) -> None:
    _git(repository, "add", "token.json")
    (repository / ".gitignore").write_text("token.json\n")
    [warning] = exposures_of(file)
    assert warning.startswith(f"git tracks {file}")
    assert f"git rm --cached {file}," in warning


def test_a_file_that_is_not_there_is_nobodys_business(repository: Path) -> None:
    assert exposures_of(repository / "gone" / "token.json") == []


class TestNeighbours:
    """Other people on this machine, who may take a port that a proxy forwards to."""

    @pytest.fixture
    def neighbour(self) -> Iterator[int]:
        """Another user, with a process; who is not root plays that user, and asks as somebody else."""
        user = 4711 if os.getuid() == 0 else None
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, user=user) as process:
            yield user or os.getuid()
            process.terminate()

    def test_are_told_of(self, neighbour: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "getuid", lambda: neighbour + 1)
        assert warning_about_neighbours(8765).startswith("Other users run programs on this machine.")

    def test_are_not_oneself(self, neighbour: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "getuid", lambda: neighbour)
        assert neighbour not in _neighbours()


class TestAPort:
    @pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
    def test_is_ones_own_while_only_oneself_listens(self, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server((address, 0)) as server:
            port = server.getsockname()[1]
            assert is_own_port(port)
            other = os.getuid() + 1
            monkeypatch.setattr(os, "getuid", lambda: other)
            assert not is_own_port(port)

    def test_is_nobodys_where_nobody_listens(self, port: int) -> None:
        assert not is_own_port(port)
