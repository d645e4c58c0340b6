"""Search in the catalogue: every word of the query must occur, in the name or the artist's name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from spotantic_nb.sandbox._errors import ApiError
from spotantic_nb.sandbox.api._objects import JsonObject, Objects
from spotantic_nb.sandbox.api._paging import page, read_window
from spotantic_nb.sandbox.music._catalogue import Album, Artist, Track, catalogue

T = TypeVar("T", Artist, Album, Track)

_TYPES = frozenset({"album", "artist", "track"})
# Since February 2026 a development-mode app gets no more than this.
_USUAL, _MOST = 5, 10


def search(query: Mapping[str, str], *, objects: Objects, address: str) -> JsonObject:
    """
    Return one paging object for each type asked for.

    Raises:
        ApiError: The query or the types are missing, a type is unknown, or the window is out of bounds.
    """
    words = query.get("q", "").casefold().split()
    if not words:
        raise ApiError(400, "No search query")
    window = read_window(query, usual=_USUAL, most=_MOST)

    def found(items: Iterable[T], render: Callable[[T], JsonObject]) -> JsonObject:
        return page(_matching(items, words), window=window, render=render, address=address, query=query)

    music = catalogue()
    pages: dict[str, Callable[[], JsonObject]] = {
        "album": lambda: found(music.albums, objects.album),
        "artist": lambda: found(music.artists, objects.artist),
        "track": lambda: found(music.tracks, objects.track),
    }
    return {f"{kind}s": pages[kind]() for kind in _types(query)}


def _types(query: Mapping[str, str]) -> list[str]:
    types = query.get("type", "")
    if not types:
        raise ApiError(400, "Missing parameter type")
    for kind in types.split(","):
        if kind not in _TYPES:
            raise ApiError(400, "Bad search type field")
    return types.split(",")


def _matching(items: Iterable[T], words: Sequence[str]) -> list[T]:
    return [item for item in items if all(word in _searchable(item) for word in words)]


def _searchable(item: Artist | Album | Track) -> str:
    artist = item.name if isinstance(item, Artist) else item.artist.name
    return f"{item.name} {artist}".casefold()
