"""
How a name, a path, a time or a duration stands in a sentence that a person reads.

Text that is not ours (a name, a scope, a path, a setting) may hold marks that turn the direction of what is written
around it, line breaks, and escapes that paint a terminal. It is isolated from the sentence (Unicode Standard Annex #9,
section 2.4), in plain text and in HTML alike. Times are shown in local time, on a clock that may be set up oddly.
"""

import html
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Protocol
from unicodedata import bidirectional

_OPEN, _CLOSE = "\u2068", "\u2069"  # FIRST STRONG ISOLATE, POP DIRECTIONAL ISOLATE

_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\u2060-\u206f\ud800-\udfff\ufeff]")
"""
What ends a line, drives a terminal, is not seen, or cannot be encoded; and isolates, of which one too many in the text
would end ours. The joiners of Persian words and of emoji are not among them.
"""

_TURNING = frozenset({"R", "AL", "AN", "LRE", "LRO", "RLE", "RLO", "PDF"})
"""The classes of characters by which text may turn what stands beside it: right-to-left letters, and marks."""


def isolated(text: object) -> str:
    """
    Return foreign text as it can stand in a sentence: on one line, and with an effect on nothing around it.

    Left-to-right text stays as it is, so that a path can be copied. What cannot be shown is written as in Python's
    string literals.
    """
    shown = str(text)
    if shown.isascii() and shown.isprintable():
        return shown
    shown = _UNSHOWABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), shown)
    return f"{_OPEN}{shown}{_CLOSE}" if any(bidirectional(letter) in _TURNING for letter in shown) else shown


def in_html(sentence: str) -> str:
    """Return a sentence as HTML: nothing in it is markup, and the foreign text in it is isolated by ``<bdi>``."""
    return html.escape(sentence).replace(_OPEN, "<bdi>").replace(_CLOSE, "</bdi>")


def html_link(url: str, text: str) -> str:
    """Return a link that opens a tab of its own and tells it nothing (RFC 8252, section 8.12)."""
    # Underlined by itself: marimo shows a link like any other text.
    style = "text-decoration:underline"
    return f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer" style="{style}">{in_html(text)}</a>'


_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def local(moment: datetime) -> datetime:
    """Return an aware moment in local time; in UTC where the zone (``TZ``) is one that Python cannot use."""
    try:
        return moment.astimezone()
    except (OverflowError, ValueError, OSError):
        return moment.astimezone(UTC)


def in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC; a naive one is read as local time, or as UTC where that cannot be used."""
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        return moment.replace(tzinfo=UTC)


def duration(seconds: float) -> str:
    """Return a duration in the largest unit of which there are at least two: ``36 hours``, ``90 seconds``."""
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= 2 * size), _UNITS[-1])
    count = max(1, int(seconds // size))
    return f"{count} {unit}{'s' if count > 1 else ''}"


def months_later(moment: datetime, months: int) -> datetime:
    """Return the same day that many months later, or the last day of a shorter month."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    next_month = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    last_day = (next_month - timedelta(days=1)).day
    return moment.replace(year=year, month=month, day=min(moment.day, last_day))


def when(moment: datetime | None) -> str:
    """Return a time as a clock shows it, as a calendar does where it is a day away; empty where it is unknown."""
    if moment is None:
        return ""
    left, shown = moment - datetime.now(UTC), local(moment)
    if left.days < 0:
        return f"{shown:%Y-%m-%d %H:%M} (past)"
    return f"{shown:{'%Y-%m-%d' if left.days else '%H:%M'}} (in {duration(left.total_seconds())})"


def html_table(rows: Iterable[tuple[str, str]]) -> str:
    """Return labels and texts as a table for the output of a cell."""
    cells = "".join(
        f"<tr><th style='text-align:left;white-space:nowrap'>{html.escape(label)}</th>"
        f"<td style='text-align:left'>{in_html(text)}</td></tr>"
        for label, text in rows
        if text
    )
    return f"<table>{cells}</table>"


class Printer(Protocol):
    """What IPython prints with (``IPython.lib.pretty``)."""

    def text(self, text: str) -> None: ...

    def break_(self) -> None: ...


def print_lines(lines: Iterable[str], printer: Printer) -> None:
    """Print each line on a line of its own, as IPython shows an object."""
    for number, line in enumerate(lines):
        if number:
            printer.break_()
        printer.text(line)
