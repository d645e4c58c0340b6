"""A request that was let in, as the answers see it."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from spotantic_nb.sandbox._errors import ApiError
from spotantic_nb.sandbox._knobs import MeShape
from spotantic_nb.sandbox._library import Library
from spotantic_nb.sandbox._people import Person
from spotantic_nb.sandbox.api._objects import JsonObject, Objects
from spotantic_nb.sandbox.api._paging import page, read_window

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Whose it is, what it asks, and when."""

    asker: Person | None
    """Whose token it has; nobody's where an app acts for itself."""
    scopes: Collection[str]
    path: Mapping[str, str]
    """What the path names, such as a playlist."""
    query: Mapping[str, str]
    body: Mapping[str, object]
    address: str
    objects: Objects
    library: Library
    now: datetime
    me: MeShape

    @property
    def person(self) -> Person:
        """The person who asks, at an endpoint that needs one."""
        assert self.asker is not None  # noqa: S101 - the door is shut to an app by itself
        return self.asker

    def page(self, items: Sequence[T], render: Callable[[T], JsonObject]) -> JsonObject:
        """Return the page of ``items`` that is asked for."""
        return page(items, window=read_window(self.query), render=render, address=self.address, query=self.query)


Answer = Callable[[Call], JsonObject]


def read_body(body: bytes) -> Mapping[str, object]:
    """
    Read a JSON object; nothing is an empty one.

    Raises:
        ApiError: It is something else.
    """
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        raise ApiError(400, "Error parsing JSON.") from None
    if not isinstance(document, dict):
        raise ApiError(400, "Error parsing JSON.")
    return document
