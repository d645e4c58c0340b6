"""
Secrets in notebooks: what was printed, typed into a widget or written into a cell is saved, committed and sent along.

``scan`` finds tokens, codes, secrets and links of logins in notebooks, and ``clear`` takes out those that nobody wrote
there. Neither knows a front-end, and neither shows a value. ``python -m spotantic_nb scan`` is both.
"""

import contextlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from spotantic_nb._files import replace_contents
from spotantic_nb._text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.scan._finds import Find, Report
from spotantic_nb.scan._folders import is_folder, notebooks_in
from spotantic_nb.scan._known import KnownSecrets
from spotantic_nb.scan._notebook import NoNotebookError, Notebook
from spotantic_nb.settings._project import current_folder, project_root

__all__ = ["Find", "KnownSecrets", "Report", "clear", "known_around", "scan"]


@hides_locals
def scan(
    paths: Iterable[Path],
    secrets: KnownSecrets | None = None,
    *,
    most_notebooks: int | None = None,
    most_bytes: float = float("inf"),
) -> Report:
    """
    Look for tokens, codes, secrets and links of logins in notebooks; what cannot be read is told, and stops nothing.

    Args:
        paths: Notebooks, and folders whose notebooks are meant.
        secrets: What is looked for by its value, besides all that looks like a secret; otherwise ``known_around``.
        most_notebooks: How many are looked into.
        most_bytes: How many bytes are read of all of them together; one that is too large for the rest is left out.

    Example:
        >>> from pathlib import Path
        >>> from spotantic_nb.scan import scan
        >>> scan([Path()]).finds
        ()
    """
    waiting = notebooks_in(paths)
    chosen = list(islice(waiting, most_notebooks))
    fitting = list(_fitting(chosen, most_bytes))
    secrets = known_around(chosen) if secrets is None else secrets
    finds, unreadable = list[Find](), dict[Path, str]()
    for path in fitting:
        try:
            finds += _finds_in(path, secrets)
        except NoNotebookError as error:
            unreadable[path] = str(error)
        except OSError as error:
            unreadable[path] = isolated(error.strerror or "it cannot be read")
    is_complete = len(fitting) == len(chosen) and next(waiting, None) is None
    return Report(tuple(finds), unreadable, len(fitting) - len(unreadable), is_complete)


@hides_locals
def clear(path: Path, secrets: KnownSecrets | None = None) -> None:
    """
    Take out of a notebook the outputs, the attachments and the state of widgets that hold something secret.

    Every other byte stays as it is, and so does what stands in a source: change that by hand.

    Args:
        path: The notebook.
        secrets: As for ``scan``.

    Raises:
        ConfigurationError: It is no notebook.
        OSError: It cannot be read or written.

    Example:
        >>> from pathlib import Path
        >>> from spotantic_nb.scan import clear
        >>> secret = "3fd9" * 7 + "0b5e"
        >>> _ = Path("a.ipynb").write_text('{"cells": [{"outputs": [{"text": "client_secret=%s"}]}]}' % secret)
        >>> clear(Path("a.ipynb"))
        >>> Path("a.ipynb").read_text()
        '{"cells": [{"outputs": []}]}'
    """
    try:
        notebook = _read(path, known_around([path]) if secrets is None else secrets)
    except NoNotebookError as error:
        raise ConfigurationError(f"{isolated(path)} is {error}.", hint="Name a notebook, or restore it.") from None
    replace_contents(path.resolve(), notebook.cleared())


def known_around(paths: Iterable[Path]) -> KnownSecrets:
    """Return what the projects of these notebooks hold, and the one of the current folder."""
    folders = {current_folder(), *(path if is_folder(path) else path.parent for path in paths)}
    return KnownSecrets.of_projects({project_root(folder) for folder in folders})


def _fitting(paths: Iterable[Path], most_bytes: float) -> Iterator[Path]:
    for path in paths:
        size = 0  # of what is not there, or closed to us, no byte is read
        with contextlib.suppress(OSError):
            size = path.stat().st_size
        if size <= most_bytes:
            most_bytes -= size
            yield path


def _read(path: Path, secrets: KnownSecrets) -> Notebook:
    if path.exists() and not path.is_file():
        raise NoNotebookError("no file")  # a pipe would be waited for
    return Notebook(path.read_bytes(), secrets)


def _finds_in(path: Path, secrets: KnownSecrets) -> Iterator[Find]:
    for part, kind in _read(path, secrets).finds():
        yield Find(path, kind, part.name, part.cell, part.cell_id, can_be_cleared=bool(part.cleared_by))
