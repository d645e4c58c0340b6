"""
JSON as it stands in a file: where its values begin and end, and how some are taken out with all else left as it is.

A writer of JSON would put its own indentation, order and escapes in place of those that are there.
"""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value stands in a text, or a member of an object with its name."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A piece of a text, and what is to stand in its place."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of an array, or a member of an object."""

    name: str | int
    span: Span
    """All of it."""
    value: Span


def whole(text: str) -> Span:
    """Return where the value of a valid JSON text stands."""
    start = _after_space(text, 0)
    return Span(start, _decode(text, start)[1])


def value_at(text: str, span: Span) -> Any:
    """Return the value that stands there."""
    return _decode(text, span.start)[0]


def entries_of(text: str, span: Span) -> list[Entry]:
    """Return the items of the array, or the members of the object, that stands there."""
    is_object = text[span.start] == "{"
    found: list[Entry] = []
    at = _after_space(text, span.start + 1)
    while at < span.end - 1:
        start, name = at, len(found)
        if is_object:
            name, at = _decode(text, at)
            at = _after_space(text, _after_space(text, at) + 1)  # the colon
        end = _decode(text, at)[1]
        found.append(Entry(name, Span(start, end), Span(at, end)))
        at = _after_space(text, _after_space(text, end) + 1)  # the comma, or the end
    return found


def span_of(text: str, way: Iterable[str | int]) -> Span:
    """Return where the value stands that names and indices lead to; of two members of one name, the last counts."""
    span = whole(text)
    for step in way:
        span = {entry.name: entry.value for entry in entries_of(text, span)}[step]
    return span


def removals(entries: Sequence[Entry], around: Span, names: Collection[str | int]) -> list[Edit]:
    """Return the edits that take entries out of an array or object, with the commas and spaces between them."""
    kept = [entry for entry in entries if entry.name not in names]
    if not kept:
        return [Edit(Span(around.start + 1, around.end - 1), "")]
    edits = []
    for index, entry in enumerate(entries):
        if entry.name in names and entry.span.start > kept[0].span.start:
            edits.append(Edit(Span(entries[index - 1].span.end, entry.span.end), ""))
        elif entry.name in names:
            edits.append(Edit(Span(entry.span.start, entries[index + 1].span.start), ""))
    return edits


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return the text after these edits, which do not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    return text


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return at if space is None else space.end()
