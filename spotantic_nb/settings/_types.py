"""
The shapes of settings: how a value that somebody wrote is made regular, and what cannot be one.

The same text arrives in different dress: ``%env``, ``set`` in cmd and ``docker --env-file`` keep the quotes around a
value, phones add invisible characters, and people write ``~`` for their home folder. Knows no setting by its name.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from unicodedata import category

from pydantic import BeforeValidator, SecretStr

_QUOTED = re.compile(r"""".*"|'.*'|`.*`|[\u201c\u201e].*[\u201c\u201d]|\u2018.*\u2019|\u00ab.*\u00bb""")
"""A text with quotes around it."""

_SEPARATORS = re.compile(r"[\s,;\"'\[\]]+")

_MISTAKES = {
    r"[\"'`\u2018-\u201f\u00ab\u00bb]": "there is a quotation mark in it",
    r"#": "a comment is glued to it",
    r"\s": "there is a blank in it",
    r"[,;]": "there is a comma or a semicolon in it",
    r"[^!-~]": "there is a character in it that none has",
    r"^SPOTANTIC_": "the name of the variable is in it",
}
"""Why a text cannot be a client id, a client secret or a token."""

_PLACEHOLDER = {
    r"(?i)[<>{}$%]|\.\.\.|your|client|x{4}|change|placeholder|example": "it is a placeholder for your app's own"
}
"""Why it cannot be a client id or secret, which are made of the digits and the letters a to f at Spotify."""


def regular(text: str) -> str:
    """Return a text without blanks and quotes around it, and without invisible characters."""
    # Format characters have no width, and come along with what is copied from a page or a chat.
    text = "".join(letter for letter in text if category(letter) != "Cf").strip()
    return text[1:-1].strip() if _QUOTED.fullmatch(text) else text


def separated(text: str) -> list[str]:
    """Return the words of a list, whether they are separated by blanks, commas or both, and quoted or not."""
    return [word for word in _SEPARATORS.split(text) if word]


def _any_regular(value: object) -> object:
    return regular(value) if isinstance(value, str) else value


def _secret(value: object) -> object:
    return _without(_MISTAKES, value)


def _credential(value: object) -> object:
    return _without(_MISTAKES | _PLACEHOLDER, value)


def _without(mistakes: Mapping[str, str], value: object) -> object:
    text = _any_regular(value.get_secret_value() if isinstance(value, SecretStr) else value)
    reasons = (reason for pattern, reason in mistakes.items() if isinstance(text, str) and re.search(pattern, text))
    if reason := next(reasons, None):
        raise ValueError(reason)
    return text


def _scope(value: object) -> object:
    return " ".join(separated(regular(value))) if isinstance(value, str) else value


def _path(value: object) -> object:
    """Return a path with ``~`` and the variables in it replaced."""
    if not isinstance(value, str | Path):
        return value
    if "\0" in str(value):
        raise ValueError("there is a character in it that no path has")
    try:
        return Path(os.path.expandvars(regular(str(value)))).expanduser()
    except RuntimeError:
        raise ValueError("nobody's home folder is known here, which ~ stands for") from None


def _word(value: object) -> object:
    return regular(value).lower() if isinstance(value, str) else value


Credential = Annotated[SecretStr, BeforeValidator(_credential)]
"""A client id or a client secret."""

Token = Annotated[SecretStr, BeforeValidator(_secret)]
"""A token."""

Scope = Annotated[str, BeforeValidator(_scope)]
"""Scopes, separated by one blank each."""

FilePath = Annotated[Path, BeforeValidator(_path)]
"""The path of a file, wherever it is."""

REGULAR = BeforeValidator(_any_regular)
"""For what has no mistakes of its own."""

WORD = BeforeValidator(_word)
"""For a word out of a list, in whatever letters it is written."""
