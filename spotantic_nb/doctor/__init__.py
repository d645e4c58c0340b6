"""
The doctor: what keeps a login from working, found before Spotify does, each with what to do about it.

Looks and changes nothing, sends nothing unless it is asked to, and raises because of nothing that it looks at. Each
check is a module with ``findings``; what only a notebook knows is handed in.
"""

import os
import platform
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._prompt import is_at_a_terminal
from spotantic_nb.doctor import (
    _app,
    _disk,
    _login,
    _network,
    _notebook,
    _place,
    _private_files,
    _redirect,
    _saved_notebooks,
    _sources,
)
from spotantic_nb.doctor._examined import Examined, Shell, examined
from spotantic_nb.doctor._finding import Finding, look_at
from spotantic_nb.doctor._report import Report, report_of
from spotantic_nb.session import Session

__all__ = ["Finding", "Report", "Shell", "examine"]

Check = Callable[[Examined], Iterable[Finding]]

_CHECKS: dict[str, Check] = {
    "settings": _sources.findings,
    "app": _app.findings,
    "redirect URI": _redirect.findings,
    "place": _place.findings,
    "files": _private_files.findings,
    "notebooks": _saved_notebooks.findings,
    "disk": _disk.findings,
    "login": _login.findings,
    "notebook": _notebook.findings,
    "network": _network.findings,
}
"""In the order in which a login meets them."""


@hides_locals
def examine(*, online: bool = False, shell: Shell | None = None) -> Report:
    """
    Examine the project of this process, and return what was found.

    Args:
        online: Ask the accounts service too: one request for a token of the app, or a plain one without a secret.
        shell: What the front-end can do; otherwise what a script at a terminal can.

    Example:
        >>> from spotantic_nb.doctor import examine
        >>> report = examine(online=True)
        >>> [found.name for found in report.findings if found.name == "service"]
        ['service']
    """
    shell = shell or Shell(can_ask=is_at_a_terminal())
    it = examined(Session.current(), os.environ, shell)
    checks = {**_CHECKS, "service": _ask_the_service} if online else _CHECKS
    return report_of([found for name, check in checks.items() for found in _made(name, check, it)], _surroundings(it))


def _ask_the_service(it: Examined) -> Iterable[Finding]:
    from spotantic_nb.doctor import _online  # httpx with it

    return _online.findings(it)


def _made(name: str, check: Check, it: Examined) -> Iterator[Finding]:
    """Make a check; one that fails is a finding itself, and the others are made all the same."""
    try:
        yield from check(it)
    except Exception as error:  # noqa: BLE001 - whatever it met, the person wants to hear the rest
        # The kind alone: the text of a foreign error may quote anything.
        text = f"The check of the {name} could not be made ({type(error).__name__})."
        yield look_at(
            "check-failed", text, "Please report it, with what `python -m spotantic_nb doctor --json` prints."
        )


def _surroundings(it: Examined) -> dict[str, Any]:
    shell = it.shell
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": _notebook.installed(),
        "front_end": {"name": shell.name, "prompts": shell.can_ask, "widgets": shell.shows_widgets},
    }
