"""
What the project's notebooks have saved: secrets in outputs, in the state of widgets, and in what somebody wrote.

Only the notebooks near the root are looked into: a root may be a home folder, and a walk through one takes minutes.
"""

import shlex
from collections.abc import Iterator
from pathlib import Path

from spotantic_nb._text import isolated
from spotantic_nb.doctor._examined import Examined
from spotantic_nb.doctor._finding import Finding, broken, look_at, ok
from spotantic_nb.scan import KnownSecrets, Report, scan
from spotantic_nb.scan._shapes import ACCESS_TOKEN, CODE, LINK

_NEAR = ("*.ipynb", "*/*.ipynb", "*/.ipynb_checkpoints/*.ipynb")
_MOST_NOTEBOOKS = 200
_MOST_BYTES = 50_000_000

_SHORT_LIVED = frozenset({ACCESS_TOKEN, CODE, LINK})
"""What is of no use to anybody after an hour at most."""

_SHOWN = 3


def findings(it: Examined) -> Iterator[Finding]:
    """Yield what there is to say about secrets in the project's notebooks."""
    near = (path for pattern in _NEAR for path in sorted(it.root.glob(pattern)))
    secrets = KnownSecrets.of_projects([it.root])
    report = scan(near, secrets, most_notebooks=_MOST_NOTEBOOKS, most_bytes=_MOST_BYTES)
    yield _leaks(report, it.root) if report.finds else ok("notebooks", _in_short(report))


def _leaks(report: Report, root: Path) -> Finding:
    find = look_at if {found.kind for found in report.finds} <= _SHORT_LIVED else broken
    shown = [str(found) for found in report.finds[:_SHOWN]]
    more = len(report.finds) - len(shown)
    return find(
        "notebook-leaks",
        f"Saved in notebooks: {'; '.join(shown)}{f'; and {more} more' if more else ''}.",
        f"`python -m spotantic_nb scan {isolated(shlex.quote(str(root)))}` lists all, and says what to do about each; "
        "with `--fix` it clears outputs and widgets.",
    )


def _in_short(report: Report) -> str:
    if not report.notebooks:
        return "No notebook is saved here."
    some = "" if report.is_complete else ", of more than are looked into here"
    return f"Nothing secret in {report.notebooks} of this project{some}."
