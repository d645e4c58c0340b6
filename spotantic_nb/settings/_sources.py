"""
Where settings come from, in the order in which the sources are asked, and what each of them gave.

Arguments, environment variables, an ``.env`` file, and last the secrets of Colab or Kaggle. A text is made regular
here already: what is nothing but quotes leaves the setting to the next source.
"""

import os
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spotantic_nb._text import isolated
from spotantic_nb.settings import _hosted_secrets
from spotantic_nb.settings._env_file import PREFIX, read_env_file
from spotantic_nb.settings._project import is_file
from spotantic_nb.settings._types import regular

ARGUMENT = "argument"
"""Where a setting came from that the program gave."""

_KEPT_AS_SECRETS = ("client_id", "client_secret", "refresh_token", "authorized_at", "redirect_uri", "scope")
"""What people keep where Colab and Kaggle keep secrets. No more: each costs a question."""


@dataclass(slots=True)
class Given:
    """The settings that somebody gave."""

    values: dict[str, Any] = field(default_factory=dict, repr=False)
    origins: dict[str, str] = field(default_factory=dict)
    """For each of them: ``argument``, its variable, the file, or the kind of secret it is."""
    notices: tuple[str, ...] = ()
    """What a person should know about the file."""

    def add(self, values: Mapping[str, Any], origin: str = "") -> None:
        """
        Take from one source what no earlier one gave.

        Args:
            values: The settings by their names.
            origin: The source; without it, each setting came from its variable.
        """
        for name, value in values.items():
            if name not in self.values:
                self.values[name] = value
                self.origins[name] = origin or variable(name)


def given(arguments: Mapping[str, Any], env_file: Path | None, *, names: Iterable[str]) -> Given:
    """
    Ask all sources for these settings.

    Raises:
        ConfigurationError: The file cannot be read.
    """
    known = {variable(name): name for name in names}
    settings = Given()
    settings.add({name: value for name, value in arguments.items() if variable(name) in known}, ARGUMENT)
    settings.add(_of_variables(os.environ, known))
    if env_file is not None and is_file(env_file):
        file = read_env_file(env_file)
        settings.add(_of_variables(file.variables, known), str(env_file))
        if file.unreadable_lines:
            settings.notices = (_about(env_file, file.unreadable_lines),)
    _add_secrets(settings, known.values())
    return settings


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def _of_variables(variables: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    found = ((known.get(name.upper()), regular(value)) for name, value in variables.items())
    return {name: value for name, value in found if name and value}


def _add_secrets(settings: Given, names: Container[str]) -> None:
    for name in _KEPT_AS_SECRETS:
        if name in names and name not in settings.values and (found := _hosted_secrets.secret(variable(name))):
            settings.add({name: regular(found.value)}, found.origin)


def _about(env_file: Path, lines: tuple[int, ...]) -> str:
    place, numbers = isolated(env_file), ", ".join(map(str, lines))
    if len(lines) == 1:
        return f"Line {numbers} of {place} is not NAME=value and is left out: correct it, or put a # before it."
    return f"Lines {numbers} of {place} are not NAME=value and are left out: correct them, or put a # before each."
