"""
``python -m spotantic_nb scan``: a line for each find, and what to do about them.
"""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from spotantic_nb._text import isolated
from spotantic_nb.scan import Find, KnownSecrets, Report, clear, known_around, scan
from spotantic_nb.scan._folders import notebooks_in
from spotantic_nb.scan._shapes import (
    ACCESS_TOKEN,
    CLIENT_SECRET,
    CODE,
    HEADER,
    LINK,
    REFRESH_TOKEN,
    TOKEN_OR_CODE,
)

_WITHDRAW = "remove the app at https://www.spotify.com/account/apps, and log in again"
_WHAT_NEXT = {
    (ACCESS_TOKEN, HEADER): "An access token ends by itself, within an hour.",
    (REFRESH_TOKEN, TOKEN_OR_CODE): f"A refresh token works for months: {_WITHDRAW}.",
    (CODE,): "A code is good for one login, within minutes: log in again if yours was not the one.",
    (CLIENT_SECRET, HEADER): "A client secret works until it is rotated: do that in Spotify's dashboard "
    "(https://developer.spotify.com/dashboard), and write the new one into .env.",
    (LINK,): "Who reads the link of a login that still waits could answer it: press Cancel there, and log in again.",
}
"""What ends the use of each kind, and where."""

_AFTERWARDS = "What was committed or sent along before is known to whoever has it: clearing does not take it back."


def run(paths: Sequence[Path], *, fix: bool) -> int:
    """
    Print what is found, and take it out where ``fix`` says so.

    Returns:
        0 where nothing is found, 1 where something is, 2 where nothing is but something could not be read.
    """
    notebooks = list(notebooks_in(paths))
    secrets = known_around(notebooks)
    report = scan(notebooks, secrets)
    not_cleared = _clear(report, secrets) if fix else {find.path: "" for find in report.finds}
    for find in report.finds:
        print(f"{find}{_fate(find, fix=fix, is_cleared=find.path not in not_cleared)}")
    for path, reason in [*report.unreadable.items(), *not_cleared.items()]:
        if reason:
            print(f"{isolated(path)}: {reason}")
    print("\n".join(_summary(report, paths, fix=fix)))
    return 1 if report.finds else 2 if report.unreadable else 0


def _clear(report: Report, secrets: KnownSecrets) -> dict[Path, str]:
    """Clear what can be, and return for what could not be written why."""
    failed = {}
    for path in {find.path for find in report.finds if find.can_be_cleared}:
        try:
            clear(path, secrets)
        except (OSError, ValueError) as error:
            failed[path] = f"not cleared: {isolated(getattr(error, 'strerror', None) or error)}"
    return failed


def _fate(find: Find, *, fix: bool, is_cleared: bool) -> str:
    if not find.can_be_cleared:
        return " (take it out by hand)"
    return " (cleared)" if fix and is_cleared else ""


def _summary(report: Report, paths: Iterable[Path], *, fix: bool) -> Iterator[str]:
    holding = len({find.path for find in report.finds})
    unreadable = f", {len(report.unreadable)} could not be read" if report.unreadable else ""
    if not report.finds:
        yield f"Nothing found in {_count(report.notebooks)}{unreadable}."
        return
    yield f"\nFound something in {holding} of {_count(report.notebooks)}{unreadable}. What to do:"
    if not fix and any(find.can_be_cleared for find in report.finds):
        command = f"python -m spotantic_nb scan --fix {shlex.join(map(str, paths))}"
        yield f"- Close these notebooks, then clear them: {command}"
    if not all(find.can_be_cleared for find in report.finds):
        yield "- What somebody wrote is left to you: take it out, and keep it in .env or in the secrets of the service."
    kinds = {find.kind for find in report.finds}
    yield from (f"- {advice}" for some, advice in _WHAT_NEXT.items() if kinds.intersection(some))
    yield f"- {_AFTERWARDS}"


def _count(notebooks: int) -> str:
    return f"{notebooks} notebook{'' if notebooks == 1 else 's'}"
