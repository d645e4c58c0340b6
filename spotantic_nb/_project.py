"""
Where a project begins.

A notebook's folder is rarely the folder that holds its settings, so both ``.env`` and the token folder are looked for
from there upward. Knows nothing of what is kept in them.
"""

from pathlib import Path

_MARKS = (".spotantic", ".env", "pyproject.toml", ".git", "requirements.txt", "environment.yml")


def project_root(start: Path) -> Path:
    """
    Return the nearest folder, from ``start`` upward, that looks like the root of a project.

    The home folder and what lies above it are never a root: a ``.git`` or ``.env`` there belongs to the person, not to
    one project. Where no mark is found, the starting folder itself is the root.
    """
    start = start.resolve()
    home = Path.home().resolve()
    for folder in (start, *start.parents):
        if folder == home or folder in home.parents:
            break
        if any((folder / mark).exists() for mark in _MARKS):
            return folder
    return start
