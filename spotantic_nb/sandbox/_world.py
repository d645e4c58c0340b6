"""
The world: everything one sandbox knows, shared by its three services.

The server's thread alone changes it: what the owner changes is done there, at the beginning of the next request that
it could matter to. A lock in its place could be left locked by an interrupt of the owner's thread.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import TYPE_CHECKING

from spotantic_nb.sandbox._knobs import Knobs
from spotantic_nb.sandbox._library import Library
from spotantic_nb.sandbox._people import PEOPLE, Browsers, Person
from spotantic_nb.sandbox._recording import Recording
from spotantic_nb.sandbox.accounts._apps import FIRST_APP, Dashboard
from spotantic_nb.sandbox.accounts._codes import Codes
from spotantic_nb.sandbox.accounts._grants import Approvals
from spotantic_nb.sandbox.accounts._tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Clock:
    """Tell the time, which only ever moves forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time() + self._ahead

    def today(self) -> datetime:
        """Return the same moment as an aware UTC time."""
        return datetime.fromtimestamp(self.now(), tz=UTC)

    def advance(self, seconds: float) -> None:
        """
        Move forward by ``seconds``.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError(f"The sandbox's clock cannot go back ({seconds} s).")
        self._ahead += seconds


@dataclass(slots=True, kw_only=True, eq=False)
class World:
    """The state of one sandbox, from its first start to its last stop."""

    knobs: Knobs
    url: str = ""
    changes: "SimpleQueue[Callable[[], None]]" = field(default_factory=SimpleQueue)
    """What the owner changed and no request has seen yet."""
    clock: Clock = field(default_factory=Clock)
    dashboard: Dashboard = field(default_factory=lambda: Dashboard([FIRST_APP]))
    people: "Mapping[str, Person]" = field(default_factory=lambda: PEOPLE)
    library: Library = field(default_factory=Library)
    browsers: Browsers = field(default_factory=Browsers)
    approvals: Approvals = field(default_factory=Approvals)
    codes: Codes = field(default_factory=Codes)
    tokens: Tokens = field(default_factory=Tokens)
    recording: Recording = field(default_factory=Recording)

    @property
    def api_url(self) -> str:
        """Return where the Web API begins."""
        return f"{self.url}/v1"

    def catch_up(self) -> None:
        """Do what the owner changed; on the server's thread."""
        while not self.changes.empty():
            self.changes.get()()

    def remove_apps(self, user_id: str) -> None:
        """Do what follows when a person removes all apps: codes and refresh tokens die, access tokens live on."""
        self.approvals.forget(user_id)
        self.codes.forget(user_id)
        self.tokens.end_refreshing(user_id)
