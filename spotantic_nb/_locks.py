"""
Two locks: one between the tasks of this process, one between all processes that use a file.

An interrupt cannot leave the first locked, and a forked child does not find it locked: Stop may come between the taking
of a lock and the block that releases it, or in the first line of releasing it. So it belongs to the task that took it,
and is free once that task has ended. Knows nothing of what the locks protect.
"""

import asyncio
import contextlib
import errno
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

from spotantic_nb._files import file_errors
from spotantic_nb._text import isolated
from spotantic_nb.errors import TokenStoreError

T = TypeVar("T")

_LOCK_POLL = 0.005
"""Seconds between two tries for a lock: a waiter wakes soon after the holder lets go, and never blocks its loop."""


class NoLocksError(TokenStoreError):
    """The file system knows no locks."""


class TaskLock:
    """Let in one task at a time, of whatever thread and event loop."""

    def __init__(self) -> None:
        self._turn = _Turn(None)
        """One of the last turns: an interrupt may keep the last one from being noted here."""

    def acquire(self) -> bool:
        """Take the lock if it is free, and tell whether the task that asks holds it now."""
        last = self._last_turn()
        if not last.is_over:
            return False
        mine = _Turn(asyncio.current_task())
        # One step of the interpreter: of two that come at once, one gets in.
        self._turn = turn = last.followers.setdefault("next", mine)
        return turn is mine

    def release(self) -> None:
        """Release the lock, if the task that asks holds it."""
        last = self._last_turn()
        if last.task is asyncio.current_task():
            last.task = None

    def _last_turn(self) -> "_Turn":
        turn = self._turn
        while following := turn.followers.get("next"):
            turn = following
        return turn


class _Turn:
    """
    One task's time with the lock.

    Args:
        task: The task; None once it gave the lock back.
    """

    def __init__(self, task: "asyncio.Task[object] | None") -> None:
        self.task = task
        self.followers: dict[str, _Turn] = {}
        self._process = os.getpid()

    @property
    def is_over(self) -> bool:
        """Whether the task released the lock or has ended, if only because its loop has, or belongs to the parent."""
        task = self.task
        return task is None or task.done() or task.get_loop().is_closed() or self._process != os.getpid()


def nothing() -> None:
    """Say that there is nothing that would make it needless to wait."""


@contextlib.asynccontextmanager
async def file_lock(
    path: Path, *, patience: float, unless: Callable[[], T | None] = nothing
) -> AsyncIterator[T | None]:
    """
    Hold the lock file ``path`` against every other task, thread, event loop and process.

    Yields None; or, without the lock, what ``unless`` returned while somebody else held it.

    The file stays when the lock is released: deleting it would let two holders in, one on the old file and one on a
    new. The operating system frees the lock of a process that dies.

    Raises:
        TimeoutError: Somebody else held it for ``patience`` seconds.
        NoLocksError: The file system knows no locks.
        TokenStoreError: The lock file cannot be created.
    """
    from filelock import FileLock, Timeout

    _refuse_without_locks(path.parent)
    # A new object each time: one FileLock is re-entrant, so two tasks sharing it would both be let in.
    lock = FileLock(path, mode=0o600, thread_local=False)

    def try_it() -> bool:
        try:
            with file_errors(path):
                lock.acquire(blocking=False)
        except Timeout:
            return False
        return True

    try:
        yield await acquired(try_it, patience=patience, unless=unless)
    finally:
        lock.release()


def _refuse_without_locks(folder: Path) -> None:
    """
    Raise where nothing in this folder can be locked (Lustre, or NFS without its lock daemon).

    Each filelock does something else there: it raises, or takes every lock for held, or leaves a marker that outlives
    a killed process. Tried with a file without a name, which nobody else can hold.
    """
    if sys.platform == "win32":
        return
    import fcntl

    try:
        probe = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - an error of this line alone is let go
    except OSError:
        return  # filelock will say what is wrong
    try:
        fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        number = errno.errorcode.get(error.errno or 0, "flock")
        raise NoLocksError(
            f"The disk of {isolated(folder)} knows no file locks ({number}), so other kernels are not held off while a "
            "token is renewed.",
            hint="Set SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH to a place on another disk.",
        ) from None
    finally:
        probe.close()


async def acquired(try_it: Callable[[], bool], *, patience: float, unless: Callable[[], T | None]) -> T | None:
    """
    Call ``try_it`` until it returns True, without blocking the loop; return what made that needless, if anything did.

    Args:
        try_it: Takes the lock if it is free, and tells whether it is held now.
        patience: The most seconds to wait.
        unless: Is asked between two tries; what it returns, unless that is None, ends the wait without the lock.

    Raises:
        TimeoutError: Nothing came of it within ``patience`` seconds.
    """
    async with asyncio.timeout(patience):
        while not try_it():
            if (found := unless()) is not None:
                return found
            await asyncio.sleep(_LOCK_POLL)  # other processes set no event
    return None
