"""Pages of a longer list: by offset, or by a moment in the play history."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from spotantic_nb.sandbox._errors import ApiError
from spotantic_nb.sandbox.api._objects import JsonObject
from spotantic_nb.sandbox.music._listening import Play

T = TypeVar("T")

_MOST = 50
_USUAL = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a list is asked for."""

    limit: int
    offset: int


def read_window(query: Mapping[str, str], *, usual: int = _USUAL, most: int = _MOST) -> Window:
    """
    Read ``limit`` and ``offset``.

    Raises:
        ApiError: One of them is no number or out of bounds.
    """
    return Window(
        limit=read_number(query, "limit", usual=usual, least=1, most=most),
        offset=read_number(query, "offset", usual=0, least=0, most=100_000),
    )


def read_number(query: Mapping[str, str], name: str, *, usual: int, least: int, most: int) -> int:
    """
    Read a whole number from the query.

    Raises:
        ApiError: It is no number or out of bounds.
    """
    text = query.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise ApiError(400, f"Invalid {name}")
    return int(text)


def page(
    items: Sequence[T], *, window: Window, render: Callable[[T], JsonObject], address: str, query: Mapping[str, str]
) -> JsonObject:
    """Return the part of ``items`` inside the window as a paging object."""

    def link(offset: int) -> str:
        return f"{address}?{urlencode({**query, 'offset': offset, 'limit': window.limit})}"

    end = window.offset + window.limit
    return {
        "href": link(window.offset),
        "items": [render(item) for item in items[window.offset : end]],
        "limit": window.limit,
        "next": link(end) if end < len(items) else None,
        "offset": window.offset,
        "previous": link(max(window.offset - window.limit, 0)) if window.offset else None,
        "total": len(items),
    }


def history_page(
    plays: Sequence[Play], *, query: Mapping[str, str], render: Callable[[Play], JsonObject], address: str
) -> JsonObject:
    """
    Return the newest plays on the right side of the ``after`` or ``before`` cursor as a cursor paging object.

    Raises:
        ApiError: Both cursors are given, or something is no number.
    """
    limit = read_number(query, "limit", usual=_USUAL, least=1, most=_MOST)
    there = _on_this_side(plays, query)
    shown = there[:limit]
    is_more = len(there) > limit
    return {
        "href": f"{address}?{urlencode(query)}",
        "items": [render(play) for play in shown],
        "limit": limit,
        "next": f"{address}?{urlencode({'before': _cursor(shown[-1]), 'limit': limit})}" if is_more else None,
        "cursors": {"after": _cursor(shown[0]), "before": _cursor(shown[-1])} if shown else None,
    }


def _on_this_side(plays: Sequence[Play], query: Mapping[str, str]) -> Sequence[Play]:
    if "after" in query and "before" in query:
        raise ApiError(400, "Only one of after and before may be given")
    if "after" in query:
        after = _moment(query, "after")
        return [play for play in plays if _milliseconds(play.played_at) > after]
    if "before" in query:
        before = _moment(query, "before")
        return [play for play in plays if _milliseconds(play.played_at) < before]
    return plays


def _moment(query: Mapping[str, str], name: str) -> int:
    return read_number(query, name, usual=0, least=0, most=10**15)


def _cursor(play: Play) -> str:
    return str(_milliseconds(play.played_at))


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
