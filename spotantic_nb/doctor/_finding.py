"""
One finding: what is the matter, how bad it is, and what to do about it.

The names of findings are stable: documentation and issue reports refer to them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["red", "yellow", "green"]
"""How bad it is, the worst first."""

WORDS: dict[Level, str] = {"red": "broken", "yellow": "look at this", "green": "ok"}
"""What each level is called wherever it is shown: a colour alone is not seen by everybody."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What can be done about a finding without losing anything."""

    label: str
    """What a button for it says."""
    act: Callable[[], object]
    done: str
    """What is so afterwards, as a sentence."""


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What one check found; it never holds a secret.

    Example:
        >>> from spotantic_nb.doctor import Finding
        >>> Finding("port-taken", "red", "Port 8765 is taken.", fix="Register another port.")
        Finding(name='port-taken', level='red', text='Port 8765 is taken.', fix='Register another port.')
    """

    name: str
    """The same in every version, in lower case with hyphens."""
    level: Level
    text: str
    """What is the matter, as whole sentences."""
    fix: str = ""
    """What to do, with the setting, the file or the line to run; empty where all is well."""
    remedy: Remedy | None = field(default=None, repr=False, compare=False)
    """What ``Report.fix`` does, where it can be done safely."""

    @property
    def words(self) -> str:
        """The level in words."""
        return WORDS[self.level]


def broken(name: str, text: str, fix: str, remedy: Remedy | None = None) -> Finding:
    """Return a finding that keeps a login from working, or a secret from being one."""
    return Finding(name, "red", text, fix, remedy)


def look_at(name: str, text: str, fix: str, remedy: Remedy | None = None) -> Finding:
    """Return a finding that a person should look at."""
    return Finding(name, "yellow", text, fix, remedy)


def ok(name: str, text: str) -> Finding:
    """Return in one line what was checked and is well."""
    return Finding(name, "green", text)
