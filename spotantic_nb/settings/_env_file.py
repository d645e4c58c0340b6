"""
The project's ``.env``: how it is read, and how a person's app gets into it beside whatever is there already.

Knows the shape of what Spotify's dashboard shows, and that a file with a secret in it is nobody else's business.
"""

import codecs
import contextlib
import io
import os
import re
import selectors
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values, set_key
from dotenv.main import resolve_variables
from dotenv.parser import Binding, parse_stream

from spotantic_nb._exposure import warning_about_git
from spotantic_nb._text import isolated
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.settings._types import regular

PREFIX = "SPOTANTIC_AUTH_"
"""What the variable of every setting begins with."""

_SECRETS = frozenset({f"{PREFIX}CLIENT_SECRET", f"{PREFIX}REFRESH_TOKEN"})

_LENGTH = 32
"""Characters of a client id, and of a client secret; no page says so, but every app's have been so."""

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""What a file of PowerShell's ``>`` may begin with."""

_PATIENCE = 1.0
"""Seconds to wait for what a pipe brings."""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What an ``.env`` says."""

    variables: Mapping[str, str] = field(repr=False)
    unreadable_lines: tuple[int, ...] = ()
    """The numbers of the lines that are no variables, counted from 1."""


def read_env_file(path: Path) -> EnvFile:
    """
    Read an ``.env``.

    Raises:
        ConfigurationError: It cannot be read, is no text, or is a pipe that nothing comes from.
    """
    try:
        text = _text_of(path)
    except UnicodeDecodeError:
        raise ConfigurationError(f"{isolated(path)} cannot be read.", hint="Save it as UTF-8 text.") from None
    except TimeoutError:
        raise ConfigurationError(
            f"{isolated(path)} is a pipe, and nothing comes from it.", hint="Start the program that writes to it."
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"{isolated(path)} cannot be read: {isolated(error.strerror)}.", hint="Make it readable, or move it away."
        ) from error
    bindings = list(parse_stream(io.StringIO(text)))
    variables = resolve_variables(((line.key, line.value) for line in bindings if line.key), override=True)
    return EnvFile(
        {name: value for name, value in variables.items() if value is not None},
        tuple(_number_of(line) for line in bindings if line.error),
    )


def _number_of(line: Binding) -> int:
    """Return the number of a line; the parser counts from the empty ones before it."""
    text = line.original.string
    return line.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _text_of(path: Path) -> str:
    data = _from_pipe(path) if path.is_fifo() else path.read_bytes()
    return data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig").replace("\r\n", "\n")


def _from_pipe(path: Path) -> bytes:
    """Return all that somebody writes to this pipe; opened plainly, it would wait for a writer for ever."""
    data = bytearray()
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as pipe, selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while selector.select(_PATIENCE):
            if not (more := pipe.read()):
                return bytes(data)
            data += more
    raise TimeoutError


def from_dashboard(text: str, what: str) -> str:
    """
    Return a client id or secret as it was copied from the dashboard, without what came along.

    Args:
        text: What the person pasted.
        what: The word for it in an error: ``client id`` or ``client secret``.

    Raises:
        ConfigurationError: It has not the shape of one.
    """
    copied = regular(text)
    if re.fullmatch(rf"[0-9a-fA-F]{{{_LENGTH}}}", copied):
        return copied
    # Not a word of what was pasted: it may be the secret in the wrong box.
    raise ConfigurationError(
        f"That is not a {what}: it should be {_LENGTH} characters, 0 to 9 and a to f, and {len(copied)} came.",
        hint="Copy it from the app's Settings in the dashboard.",
    )


def write_app(path: Path, app: Mapping[str, str]) -> list[str]:
    """
    Put the settings of an app into this ``.env``, and return what a person should know about that.

    Other lines stay as they are. With a secret in it, the file is for its owner alone (0600).

    Raises:
        ConfigurationError: The file is a symbolic link, or cannot be read or written.
    """
    values = {f"{PREFIX}{name.upper()}": value for name, value in app.items()}
    if path.is_symlink():
        raise ConfigurationError(
            f"{isolated(path)} is a symbolic link.",
            hint=f"Write {' and '.join(values)} into the file that it leads to.",
        )
    try:
        _write(path, values)
    except UnicodeDecodeError:
        raise ConfigurationError(f"{isolated(path)} cannot be read.", hint="Save it as UTF-8 text.") from None
    except OSError as error:
        raise ConfigurationError(
            f"{isolated(path)} cannot be written: {isolated(error.strerror)}.",
            hint=f"Set {' and '.join(values)} in the environment.",
        ) from error
    return list(filter(None, [warning_about_git(path)]))


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Replace the file by a copy with these values in it, all or none: a full disk must not cost the other lines."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".tmp")  # 0600 from birth
    copy, mode = Path(name), 0o600
    try:
        with os.fdopen(descriptor, "wb") as file, contextlib.suppress(FileNotFoundError):
            file.write(path.read_bytes())
            mode = stat.S_IMODE(path.stat().st_mode)
        for variable, value in values.items():
            set_key(copy, variable, value, quote_mode="auto")
        copy.chmod(0o600 if _SECRETS & dotenv_values(copy).keys() else mode)
        copy.replace(path)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
