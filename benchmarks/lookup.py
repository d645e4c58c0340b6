"""
Token lookup: what it costs to find one project's token where there are ten thousand projects, against one.

A file per token is what makes the difference small. Two layouts are measured: a folder ``.spotantic`` for each project,
as a session keeps them, and all files in one folder, as somebody may have set it. The lookup is measured twice as well:
the store alone, and all of it, from the project's folder to the newest token of its three flows.

    python benchmarks/lookup.py --projects 10000

Ends with status 1 if one of the ratios is over 1.5.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from spotantic_nb import AccessTokenInfo, AuthSettings
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.session._managers import ProjectManagers
from spotantic_nb.settings._project import PROJECT_FOLDER, Project, project_root

MOST = 1.5
"""How many times longer a lookup among many may take."""

_SETTINGS = AuthSettings(_env_file=None, client_id=SecretStr("benchmark"))
_TOKEN = AccessTokenInfo(
    access_token=SecretStr("a" * 160),
    refresh_token=SecretStr("r" * 130),
    token_type="Bearer",  # noqa: S106 - a word of RFC 6750
    scope="user-top-read",
    expires_in=3600,
)

Lookup = Callable[[Path], AccessTokenInfo | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: the median seconds of a lookup among many and of one alone."""

    name: str
    many: float
    one: float

    @property
    def ratio(self) -> float:
        """How many times longer it takes among many."""
        return self.many / self.one


def main() -> int:
    """Compare, print a table, and return the exit status."""
    options = _options(sys.argv[1:])
    rows = [*_folder_each(options.projects, options.lookups), *_one_folder(options.projects, options.lookups)]
    print(f"{'':34}{'among many us':>15}{'alone us':>12}{'ratio':>8}")
    for row in rows:
        print(f"{row.name:34}{row.many * 1e6:15.1f}{row.one * 1e6:12.1f}{row.ratio:8.2f}")
    return 0 if all(row.ratio <= MOST for row in rows) else 1


def _folder_each(projects: int, lookups: int) -> Iterator[Row]:
    with _place() as crowd, _place() as single:
        many = [crowd / f"project{number}" / PROJECT_FOLDER / "token.json" for number in range(projects)]
        [one] = [single / "project" / PROJECT_FOLDER / "token.json"]
        _write([*many, one], name=_file_name())
        yield _compare("a folder each, the store", _from_file, many, one, lookups)
        yield _compare("a folder each, the whole lookup", _from_project, many, one, lookups)


def _one_folder(projects: int, lookups: int) -> Iterator[Row]:
    with _place() as crowd, _place() as single:
        many = [crowd / f"token{number}.json" for number in range(projects)]
        one = single / "token.json"
        _write([*many, one])
        yield _compare("all in one folder, the store", _from_file, many, one, lookups)


@contextmanager
def _place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _write(paths: Sequence[Path], *, name: str | None = None) -> None:
    """Write a token to each path, and once more beside it by the name a session would give it."""
    text = _TOKEN.model_dump_json(exclude_none=True, indent=1)
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if name is not None:
            os.link(path, path.with_name(name))


def _file_name() -> str:
    """Return the name that a session gives the token file of the PKCE flow."""
    with _place() as root:
        manager = _managers(root).manager("pkce", _SETTINGS)
        if not isinstance(manager.store, FileTokenStore):
            raise TypeError("A session is expected to keep its tokens in files.")
        return manager.store.path.name


def _managers(root: Path) -> ProjectManagers:
    return ProjectManagers(Project(root), _SETTINGS, notify=lambda _: None)


def _from_file(path: Path) -> AccessTokenInfo | None:
    return FileTokenStore(path).load()


def _from_project(path: Path) -> AccessTokenInfo | None:
    manager = _managers(project_root(path.parent.parent)).stored(_SETTINGS)
    return manager.access_token_info if manager else None


def _compare(name: str, lookup: Lookup, many: Sequence[Path], one: Path, lookups: int) -> Row:
    """Look up in turns, so that both meet the same noise; the many in no order that a disk would like."""
    chosen = random.Random(2026).choices(many, k=lookups)  # noqa: S311 - the same ones in every run
    times = [(_seconds(lookup, path), _seconds(lookup, one)) for path in chosen]
    return Row(name, *(statistics.median(column) for column in zip(*times, strict=True)))


def _seconds(lookup: Lookup, path: Path) -> float:
    before = time.perf_counter()
    token = lookup(path)
    after = time.perf_counter()
    if token is None:
        raise RuntimeError(f"There should be a token at {path}.")
    return after - before


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--projects", type=int, default=10_000, help="how many projects are many")
    parser.add_argument("--lookups", type=int, default=5_000, help="lookups of each kind")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
