"""
A lock for tasks that an interrupt cannot leave locked, and that a forked child does not find locked.

Stop may come between the taking of a lock and the block that gives it back, or in the first line of giving it back. So
this lock belongs to the task that took it, and is free once that task cannot use it any more. Knows nothing of what it
guards.
"""

import asyncio
import os


class TaskLock:
    """Let in one task at a time, of whatever thread and event loop."""

    def __init__(self) -> None:
        self._turn = _Turn(None)
        """One of the last turns: an interrupt may keep the last one from being noted here."""

    def acquire(self) -> bool:
        """Take the lock if it is free, and tell whether the task that asks has it now."""
        last = self._last_turn()
        if not last.is_over:
            return False
        mine = _Turn(asyncio.current_task())
        # One step of the interpreter: of two that come at once, one gets in.
        self._turn = turn = last.followers.setdefault("next", mine)
        return turn is mine

    def release(self) -> None:
        """Give the lock back, if the task that asks has it."""
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
        """Whether the task gave the lock back or has ended, if only because its loop has, or belongs to the parent."""
        task = self.task
        return task is None or task.done() or task.get_loop().is_closed() or self._process != os.getpid()
