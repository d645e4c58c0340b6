"""
The observers of a session: notified of each change of the status, and of what changes by itself.

Minutes pass, and other kernels of the project log in and out; nothing announces that, so the status is looked at every
few seconds, on the portal, as long as there are observers.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable

from spotantic_nb._portal import portal
from spotantic_nb.status import Status

_log = logging.getLogger(__name__)

Observer = Callable[[Status], None]

_LOOK_AGAIN = 10.0
"""Seconds between two looks at the clock and the token file."""


class Observers:
    """
    Notify observers of a status. Every method may be called from any thread.

    Args:
        status: Returns the status.
    """

    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status
        self._observers: list[Observer] = []
        self._looking: asyncio.Task[None] | None = None
        self._process = os.getpid()

    def add(self, observer: Observer) -> None:
        """Have ``observer`` called with every status from now on, on the portal; it must not wait there."""
        portal.call(lambda: self.add_all([observer]))

    def remove(self, observer: Observer) -> None:
        """Stop calling ``observer``."""
        portal.call(lambda: self._remove(observer))

    def move_to(self, other: "Callable[[], Observers]") -> None:
        """Hand the observers of this session over to the one that replaces it, which is made only if there are any."""
        portal.call(lambda: self._move_to(other))

    def add_all(self, observers: Iterable[Observer]) -> None:
        """Add these observers; on the portal."""
        self._of_this_process().extend(observers)
        if self._observers and self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._keep_looking())

    def notify(self) -> None:
        """Call every observer with the status."""
        status = self._status()
        for observer in tuple(self._of_this_process()):
            try:
                observer(status)
            except Exception:  # noqa: BLE001 - a panel that fails must not take the login with it
                _log.exception("An observer of the login failed.")

    def _remove(self, observer: Observer) -> None:
        if observer in self._of_this_process():
            self._observers.remove(observer)
        if not self._observers and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _move_to(self, other: "Callable[[], Observers]") -> None:
        if not self._of_this_process():
            return
        moving = tuple(self._observers)
        for observer in moving:
            self._remove(observer)
        other().add_all(moving)
        other().notify()

    def _of_this_process(self) -> list[Observer]:
        """Return the observers of this process: a forked child has none of its parent's, nor the task for them."""
        if self._process != os.getpid():
            self._observers, self._looking, self._process = [], None, os.getpid()
        return self._observers

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_AGAIN)
            self.notify()
