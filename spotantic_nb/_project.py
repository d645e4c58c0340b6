"""
Where a project begins.

A notebook's folder is rarely the folder that holds its settings, so both ``.env`` and the token folder are looked for
from there upward. Knows nothing of what is kept in them.
"""

from pathlib import Path

PROJECT_FOLDER = ".spotantic"
"""Where a project keeps its token files."""

_MARKS = (PROJECT_FOLDER, ".env", "pyproject.toml", ".git", "requirements.txt", "environment.yml")


def project_root(start: Path) -> Path:
    """
    Return the nearest folder, from ``start`` upward, that looks like the root of a project.

    The home folder and what lies above it are never a root: a ``.git`` or ``.env`` there belongs to the person, not to
    one project. Where no mark is found, the starting folder itself is the root.
    """
    try:
        start = start.resolve()
    except OSError:
        return start  # it was deleted meanwhile: nothing is above it
    home = _home()
    for folder in (start, *start.parents):
        if home and (folder == home or folder in home.parents):
            break
        if any(exists(folder / mark) for mark in _MARKS):
            return folder
    return start


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


def _home() -> Path | None:
    """Return the home folder; a container's user may have none."""
    try:
        return Path.home().resolve()
    except (OSError, RuntimeError):
        return None
