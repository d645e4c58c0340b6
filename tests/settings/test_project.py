"""A project's root is found from a notebook's folder upward, and never at home or above it."""

from pathlib import Path

import pytest

from spotantic_nb.settings._project import Project, env_file_of, project_root

FOLDERS = [".spotantic", ".git"]
FILES = [".env", "pyproject.toml", "requirements.txt", "environment.yml"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home folder, which holds the project of every test and nothing else."""
    return tmp_path / "home"


def _mark(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).mkdir() if name in FOLDERS else (folder / name).touch()
    return folder


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


@pytest.mark.parametrize("mark", [*FOLDERS, *FILES])
def test_each_mark_is_found_upward(home: Path, mark: str) -> None:
    root = _mark(home / "work", mark)
    assert project_root(_folder(root / "notebooks" / "2026")) == root


@pytest.mark.parametrize("mark", [*FOLDERS, *FILES])
def test_the_starting_folder_counts_as_well(home: Path, mark: str) -> None:
    root = _mark(home / "work", mark)
    assert project_root(root) == root


def test_the_nearest_mark_wins(home: Path) -> None:
    _mark(home / "work", ".git")
    inner = _mark(home / "work" / "inner", ".env")
    assert project_root(_folder(inner / "notebooks")) == inner


@pytest.mark.parametrize("mark", [*FOLDERS, *FILES])
def test_a_mark_at_home_or_above_it_is_no_project(home: Path, mark: str) -> None:
    _mark(home, mark)
    _mark(home.parent, mark)
    start = _folder(home / "work" / "notebooks")
    assert project_root(start) == start


def test_a_search_that_starts_at_home_stays_there(home: Path) -> None:
    _mark(home, ".git")
    _mark(home.parent, ".git")
    assert project_root(home) == home


def test_outside_the_home_folder_a_mark_counts_too(tmp_path: Path) -> None:
    root = _mark(tmp_path / "srv" / "shared", ".env")
    assert project_root(_folder(root / "notebooks")) == root


def test_outside_the_home_folder_a_mark_above_it_does_not_count(tmp_path: Path) -> None:
    _mark(tmp_path, ".git")
    start = _folder(tmp_path / "srv" / "shared")
    assert project_root(start) == start


def test_without_a_mark_the_starting_folder_is_the_root(home: Path) -> None:
    start = _folder(home / "work" / "notebooks")
    assert project_root(start) == start


def test_a_link_is_followed_to_the_folder_it_stands_for(home: Path) -> None:
    root = _mark(home / "work", ".git")
    (home / "shortcut").symlink_to(_folder(root / "notebooks"))
    assert project_root(home / "shortcut") == root


@pytest.mark.parametrize("mark", [*FOLDERS, "pyproject.toml", "requirements.txt", "environment.yml"])
def test_an_env_file_above_another_mark_counts(home: Path, mark: str) -> None:
    outer = _mark(home / "work", ".env")
    inner = _mark(outer / "notebooks", mark)
    assert (project_root(inner), env_file_of(inner)) == (inner, outer / ".env")


def test_the_nearest_env_file_counts(home: Path) -> None:
    _mark(home / "work", ".env")
    inner = _mark(home / "work" / "inner", ".env")
    assert env_file_of(_folder(inner / "notebooks")) == inner / ".env"


def test_an_env_file_at_home_or_above_it_counts_only_for_who_starts_there(home: Path) -> None:
    _mark(home, ".env")
    _mark(home.parent, ".env")
    start = _mark(home / "work", ".git")
    assert (env_file_of(start), env_file_of(home)) == (start / ".env", home / ".env")


def test_a_virtual_environment_of_that_name_is_no_env_file(home: Path) -> None:
    outer = _mark(home / "work", ".env")
    _folder(outer / "inner" / ".env" / "bin")
    assert env_file_of(outer / "inner") == outer / ".env"


def test_where_there_is_no_env_file_one_belongs_in_the_root(home: Path) -> None:
    root = _mark(home / "work", ".git")
    assert env_file_of(_folder(root / "notebooks")) == root / ".env"


def test_a_project_is_looked_for_again_in_the_folder_that_is_current_by_then(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _mark(home / "first", ".git"), _mark(home / "second", ".env")
    monkeypatch.chdir(first)
    current, given = Project(), Project(first)
    monkeypatch.chdir(second)
    assert (current.root, current.env_file) == (first, first / ".env")
    current.look_again()
    given.look_again()
    assert (current.root, current.env_file) == (second, second / ".env")
    assert (given.root, given.env_file) == (first, first / ".env")
