"""
The world: everything one sandbox knows, shared by its three services.

The server's thread alone changes it: what the owner changes is done there, at the beginning of the next request that
it could matter to. A lock in its place could be left locked by an interrupt of the owner's thread.
"""

from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING

from spotantic_nb.sandbox._apps import FIRST_APP, Dashboard
from spotantic_nb.sandbox._clock import Clock
from spotantic_nb.sandbox._codes import Codes
from spotantic_nb.sandbox._grants import Approvals
from spotantic_nb.sandbox._knobs import Knobs
from spotantic_nb.sandbox._people import Browsers
from spotantic_nb.sandbox._recording import Recording
from spotantic_nb.sandbox._tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True, kw_only=True, eq=False)
class World:
    """The state of one sandbox, from its first start to its last stop."""

    knobs: Knobs
    url: str = ""
    changes: "SimpleQueue[Callable[[], None]]" = field(default_factory=SimpleQueue)
    """What the owner changed and no request has seen yet."""
    clock: Clock = field(default_factory=Clock)
    dashboard: Dashboard = field(default_factory=lambda: Dashboard([FIRST_APP]))
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
