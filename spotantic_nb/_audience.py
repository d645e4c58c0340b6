"""
Those who watch how a login stands: told of each change, and of what changes by itself.

Minutes pass, and other kernels of the project log in and out; nobody says so, and so somebody has to look. Lives on
the portal, and looks only while there is somebody to tell.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable

from spotantic_nb._portal import portal
from spotantic_nb.status import Status

_log = logging.getLogger(__name__)

Tell = Callable[[Status], None]

_LOOK_AGAIN = 10.0
"""Seconds between two looks at the clock and the token file."""


class Audience:
    """
    Tell everybody who watches. Every method may be called from any thread.

    Args:
        status: Says how the login stands.
    """

    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status
        self._tells: list[Tell] = []
        self._looking: asyncio.Task[None] | None = None
        self._process = os.getpid()

    def add(self, tell: Tell) -> None:
        """Have ``tell`` called with every status from now on, on the portal; it must not wait there."""
        portal.call(lambda: self._add([tell]))

    def remove(self, tell: Tell) -> None:
        """Stop calling ``tell``."""
        portal.call(lambda: self._remove(tell))

    def move_to(self, other: "Callable[[], Audience]") -> None:
        """Send everybody who watches this login to watch the one that takes its place; made only if need be."""
        portal.call(lambda: self._move_to(other))

    def tell(self) -> None:
        """Tell everybody how the login stands."""
        status = self._status()
        for tell in tuple(self._watching()):
            try:
                tell(status)
            except Exception:  # noqa: BLE001 - a panel that fails must not take the login with it
                _log.exception("An observer of the login failed.")

    def _add(self, tells: Iterable[Tell]) -> None:
        self._watching().extend(tells)
        if self._tells and self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._keep_looking())

    def _remove(self, tell: Tell) -> None:
        if tell in self._watching():
            self._tells.remove(tell)
        if not self._tells and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _move_to(self, other: "Callable[[], Audience]") -> None:
        if not self._watching():
            return
        moving = tuple(self._tells)
        for tell in moving:
            self._remove(tell)
        other()._add(moving)  # noqa: SLF001 - of the same class
        other().tell()

    def _watching(self) -> list[Tell]:
        """Return who watches in this process: who watches its parent, and the looking for them, are not a child's."""
        if self._process != os.getpid():
            self._tells, self._looking, self._process = [], None, os.getpid()
        return self._tells

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_AGAIN)
            self.tell()
