"""
Where a project begins, and which ``.env`` counts for it.

A notebook's folder is rarely the folder that holds its settings, so both are looked for from there upward, and each by
itself: an ``.env`` may stand above the folder that holds the code. Knows nothing of what is kept in either.
"""

from collections.abc import Iterator
from pathlib import Path

PROJECT_FOLDER = ".spotantic"
"""Where a project keeps its token files."""

_ENV_FILE = ".env"
_MARKS = (PROJECT_FOLDER, _ENV_FILE, "pyproject.toml", ".git", "requirements.txt", "environment.yml")


class Project:
    """
    The project of one folder.

    Args:
        start: The folder from which root and ``.env`` are looked for; otherwise the current one.
    """

    def __init__(self, start: Path | None = None) -> None:
        self._start = start
        self.look_again()

    def look_again(self) -> None:
        """Find the project of the current folder, unless another folder was given to start from."""
        self.folder = self._start or current_folder()
        self.root = project_root(self.folder)

    @property
    def env_file(self) -> Path:
        """The ``.env`` that counts now."""
        return env_file_of(self.folder)


def project_root(start: Path) -> Path:
    """
    Return the nearest folder, from ``start`` upward, that looks like the root of a project.

    The home folder and what lies above it are never a root: a ``.git`` or ``.env`` there belongs to the person, not to
    one project. Where no mark is found, the starting folder itself is the root.
    """
    folders = list(_upward(start))
    marked = (folder for folder in folders if any(exists(folder / mark) for mark in _MARKS))
    return next(marked, folders[0])


def env_file_of(start: Path) -> Path:
    """
    Return the nearest ``.env``, from ``start`` upward, but not at home or above it.

    Where there is none, return where to write one: in the project's root. A folder of that name is a virtual
    environment.
    """
    return next((file for file in env_places(start) if is_file(file)), project_root(start) / _ENV_FILE)


def env_places(start: Path) -> list[Path]:
    """Return where an ``.env`` may stand that counts for this folder, the nearest place first."""
    return [folder / _ENV_FILE for folder in _upward(start)]


def current_folder() -> Path:
    """Return the current folder; one that was deleted meanwhile as ``.``, where nothing can be read or written."""
    try:
        return Path.cwd()
    except OSError:
        return Path()


def exists(path: Path) -> bool:
    """Tell whether there is such a file or folder, as far as this user may know."""
    try:
        return path.exists()
    except OSError:  # Python 3.14 returns False by itself
        return False


def is_file(path: Path) -> bool:
    """Tell whether there is such a file, as far as this user may know: also a pipe, but no folder."""
    try:
        return path.exists() and not path.is_dir()
    except OSError:
        return False


def _upward(start: Path) -> Iterator[Path]:
    """Yield ``start`` and the folders above it, as far as they may belong to a project."""
    try:
        start = start.resolve()
    except OSError:
        yield start  # it was deleted meanwhile: nothing is above it
        return
    yield start
    home = _home()
    for folder in start.parents:
        if home and (folder == home or folder in home.parents):
            return
        yield folder


def _home() -> Path | None:
    """Return the home folder; a container's user may have none."""
    try:
        return Path.home().resolve()
    except (OSError, RuntimeError):
        return None
