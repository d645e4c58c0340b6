"""The sandbox's clock: the machine's time, plus what a test has moved it forward."""

import time
from datetime import UTC, datetime


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
