"""
The logins in files of other programs: spotipy's cache, spotantic's token file, tekore's configuration.

Reads, and does nothing else: no file is changed, and nothing is sent. Only tekore's file names the app that the login
was given to; spotipy's scopes are those that were asked for, so no scopes are taken from any of them.
"""

import configparser
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from spotantic_nb._text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.errors import TokenStoreError
from spotantic_nb.settings._project import current_folder

_USUAL_NAME = re.compile(r"\.cache(-.+)?|\.token_info_cache|tekore\.(cfg|ini)")
"""What the programs, or their documentation, call these files."""

_MOST_BYTES = 65_536
"""None of these files comes near it."""

_MOST_FILES = 10
"""Of one folder that are read unasked: a service may keep a cache there for each of its users."""

_TOKEN = re.compile(r"[!-~]+")
"""What a refresh token is made of (RFC 6749, appendix A.17)."""

_WHICH_FILES = (
    "Name the .cache of spotipy, the token file of spotantic, or the configuration file of tekore, "
    "with a person's login in it."
)


@dataclass(frozen=True, slots=True)
class TokenSource:
    """A file with a login of another program; ``str`` names both."""

    path: Path
    program: Literal["spotipy", "spotantic", "tekore"]

    def __str__(self) -> str:
        return f"{isolated(self.path.name)} of {self.program}"


@dataclass(frozen=True, slots=True)
class ForeignLogin:
    """What a login of another program is renewed with."""

    source: TokenSource
    refresh_token: SecretStr
    client_id: SecretStr | None = None
    """The app that the login was given to; None where the file does not say."""


@hides_locals
def read_login(path: Path) -> ForeignLogin:
    """
    Return the login in this file; ``~`` in its path is the home folder.

    Raises:
        TokenStoreError: There is no such file, or no login in it that can be renewed.

    Example:
        >>> from pathlib import Path
        >>> _ = Path(".cache").write_text('{"access_token": "BQDx", "refresh_token": "AQDx", "expires_at": 1790000000}')
        >>> login = read_login(Path(".cache"))
        >>> str(login.source), login.refresh_token
        ('.cache of spotipy', SecretStr('**********'))
    """
    path = _whole(path)
    text = _text_of(path)
    document, sections = _json_object(text), _sections(text)
    if document is not None and "access_token" in document:
        return _from_json(path, document)
    if sections:
        return _from_tekore(path, sections)
    raise TokenStoreError(f"{isolated(path)} holds no login of spotipy, spotantic or tekore.", hint=_WHICH_FILES)


def sources_in(folders: Iterable[Path]) -> list[TokenSource]:
    """Return the files with a login of another program in these folders, as far as they have their usual names."""
    found: list[TokenSource] = []
    for path in _usual_files(folders):
        try:
            found.append(read_login(path).source)
        except TokenStoreError:
            continue  # something else has that name
    return found


def has_usual_name(name: str) -> bool:
    """Tell whether the files of these programs are called so."""
    return _USUAL_NAME.fullmatch(name) is not None


def _usual_files(folders: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                # A folder is not looked into: .cache is a usual name for one, too.
                usual = sorted(entry.path for entry in entries if has_usual_name(entry.name) and entry.is_file())
            found += map(Path, usual[:_MOST_FILES])
        except OSError:
            continue  # it was deleted meanwhile, or is closed to us
    return found


def _whole(path: Path) -> Path:
    try:
        return current_folder() / path.expanduser()
    except RuntimeError:
        raise TokenStoreError(
            "Nobody's home folder is known here, which ~ stands for.", hint="Write the whole path of the file."
        ) from None


def _text_of(path: Path) -> str:
    shown = isolated(path)
    try:
        kind = path.stat().st_mode
        data = _beginning_of(path) if stat.S_ISREG(kind) else b""  # a pipe would be waited for
    except FileNotFoundError:
        raise TokenStoreError(f"There is no file {shown}.", hint=_WHICH_FILES) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can have this name"
        raise TokenStoreError(f"{shown} cannot be read: {isolated(reason)}.", hint=_WHICH_FILES) from None
    if stat.S_ISDIR(kind):
        raise TokenStoreError(f"{shown} is a folder.", hint=_file_to_name(path))
    if len(data) > _MOST_BYTES:
        raise TokenStoreError(f"{shown} is too large for a token file.", hint=_WHICH_FILES)
    return data.decode("utf-8-sig", errors="replace")


def _beginning_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES + 1)


def _file_to_name(folder: Path) -> str:
    names = [isolated(source.path.name) for source in sources_in([folder])]
    return f"Name the file in it: {' or '.join(names)}." if names else _WHICH_FILES


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _from_json(path: Path, document: Mapping[str, Any]) -> ForeignLogin:
    if document.keys() & {"issuer", "flow", "client"}:
        raise TokenStoreError(
            f"{isolated(path)} is a token file of spotantic_nb itself, used by its own project.",
            hint="To use its login elsewhere, print Session.current().export_grant() there.",
        )
    # spotipy writes the seconds of an epoch, spotantic a date.
    is_spotipys = isinstance(document.get("expires_at"), int | float)
    source = TokenSource(path, "spotipy" if is_spotipys else "spotantic")
    return ForeignLogin(source, _refresh_token(source, document.get("refresh_token")))


def _sections(text: str) -> list[Mapping[str, str]]:
    """Return the different logins of tekore's configuration; a section has what ``DEFAULT`` has, too."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    sections: list[Mapping[str, str]] = [
        parser[name] for name in parser if any(key.startswith("SPOTIFY_") for key in parser[name])
    ]
    logins = {section["SPOTIFY_USER_REFRESH"]: section for section in sections if "SPOTIFY_USER_REFRESH" in section}
    return list(logins.values()) or sections[:1]


def _from_tekore(path: Path, sections: list[Mapping[str, str]]) -> ForeignLogin:
    if len(sections) > 1:
        raise TokenStoreError(
            f"{isolated(path)} holds several logins.",
            hint="Write the section that is meant into a file of its own, and name that.",
        )
    [section], source = sections, TokenSource(path, "tekore")
    client_id = section.get("SPOTIFY_CLIENT_ID")
    refresh_token = _refresh_token(source, section.get("SPOTIFY_USER_REFRESH"))
    return ForeignLogin(source, refresh_token, SecretStr(client_id) if client_id else None)


def _refresh_token(source: TokenSource, value: object) -> SecretStr:
    if isinstance(value, str) and _TOKEN.fullmatch(value):
        return SecretStr(value)
    raise TokenStoreError(
        f"{isolated(source.path)} of {source.program} holds no refresh token: it is not of a person's login, "
        "or cannot be renewed.",
        hint="An app's own token is obtained here by %spotantic_login client, a person's by %spotantic_login.",
    )
