"""
What the projects themselves hold: the tokens in their token files, and the secrets of their ``.env``.

Only read, as far as it can be, to be compared: what a damaged or foreign file holds counts as well. Never shown.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.errors import SpotanticNbError
from spotantic_nb.scan._shapes import ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN
from spotantic_nb.settings._project import PROJECT_FOLDER, env_file_of

_KINDS = {"access_token": ACCESS_TOKEN, "refresh_token": REFRESH_TOKEN, "client_secret": CLIENT_SECRET}
"""What the names of secrets end with, in token files and, in capitals, in the environment."""

_TOKEN_FILE = "ACCESS_TOKEN_FILE_PATH"  # noqa: S105 - the end of a name
_USUAL_NAMES = (".token_info_cache", ".cache")
"""Token files of spotantic and spotipy, and of bare managers."""

_FEWEST_CHARACTERS = 12
"""What is shorter, a text may hold by chance."""

_MOST_BYTES = 65_536


class KnownSecrets:
    """
    Secrets to look for by their very value; masked in every repr, and never pickled.

    Args:
        values: Their values, each with its kind.

    Example:
        >>> KnownSecrets({"0ff11ce0ff11ce0ff11ce0ff11ce0ff1": "client secret"})
        <KnownSecrets: 1>
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {value: kind for value, kind in values.items() if len(value) >= _FEWEST_CHARACTERS}

    @classmethod
    def of_projects(cls, roots: Iterable[Path]) -> "KnownSecrets":
        """Return what the projects in these folders hold, and what the environment says."""
        found = dict(_in_variables(os.environ))
        for root in roots:
            found |= _of_project(root)
        return cls(found)

    @hides_locals
    def kinds_in(self, text: str) -> set[str]:
        """Return the kinds of those that stand in a text."""
        return {kind for value, kind in self._values.items() if value in text}

    def __repr__(self) -> str:
        return f"<KnownSecrets: {len(self._values)}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Known secrets are not pickled or copied.")


@hides_locals
def _of_project(root: Path) -> dict[str, str]:
    variables = _env_file(root)
    found = dict(_in_variables(variables))
    named = [root / Path(value).expanduser() for name, value in variables.items() if name.endswith(_TOKEN_FILE)]
    for path in [*(root / PROJECT_FOLDER).glob("*.json*"), *(root / name for name in _USUAL_NAMES), *named]:
        found |= dict(_in_document(_json_in(path)))
    return found


def _env_file(root: Path) -> Mapping[str, str]:
    from spotantic_nb.settings._env_file import read_env_file  # pydantic-settings with it

    path = env_file_of(root)
    try:
        return read_env_file(path).variables if path.is_file() else {}
    except (SpotanticNbError, OSError):
        return {}


def _in_variables(variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in variables.items():
        for end, kind in _KINDS.items():
            if name.lower().endswith(end):
                yield value, kind


@hides_locals
def _json_in(path: Path) -> Any:
    with contextlib.suppress(OSError, ValueError, RecursionError):
        if path.is_file() and path.stat().st_size <= _MOST_BYTES:
            return json.loads(path.read_bytes())
    return None


def _in_document(document: object) -> Iterator[tuple[str, str]]:
    if isinstance(document, dict):
        texts = {str(name): value for name, value in document.items() if isinstance(value, str)}
        yield from _in_variables(texts)
        document = list(document.values())
    if isinstance(document, list):
        for inner in document:
            yield from _in_document(inner)
