"""Which files are looked into: those that are named, and the notebooks in the folders that are named."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_LEFT_OUT = frozenset({".git", "node_modules", "__pycache__"})


def notebooks_in(paths: Iterable[Path]) -> Iterator[Path]:
    """
    Yield each path that is no folder, and the notebooks in each that is one, those of ``.ipynb_checkpoints`` too.

    Virtual environments are left out, and what hides in ``.git`` or ``node_modules``.
    """
    seen = set[Path]()
    for path in paths:
        for found in _walk(path) if is_folder(path) else [path]:
            if found not in seen:
                seen.add(found)
                yield found


def is_folder(path: Path) -> bool:
    """Tell whether this is a folder, as far as this user may know."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = sorted(set(folders) - _LEFT_OUT)
        yield from (Path(place, name) for name in sorted(files) if name.endswith(".ipynb"))
