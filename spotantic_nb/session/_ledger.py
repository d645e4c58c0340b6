"""
Which code asked for which scopes: kept as long as this kernel runs, and shown with the status.
"""

from collections.abc import Iterable, Mapping


class Ledger:
    """What ``Session.require`` was asked for. Any thread may write and read it."""

    def __init__(self) -> None:
        self._places: dict[str, dict[str, None]] = {}
        """The places of each scope, in the order in which they asked: a set has none."""

    def record(self, scopes: Iterable[str], place: str) -> bool:
        """Note that the code at this place asked for these scopes; return whether that is new."""
        known = [self._places.setdefault(scope, {}) for scope in scopes]
        is_new = any(place not in places for places in known)
        for places in known:
            places[place] = None
        return is_new

    def entries(self) -> Mapping[str, tuple[str, ...]]:
        """Return for each scope the places that asked for it."""
        return {scope: tuple(places) for scope, places in sorted(self._places.items())}
