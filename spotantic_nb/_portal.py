"""
The portal: one daemon thread with its own event loop, where every coroutine of this package runs.

A notebook's main thread has a loop that a magic must not enter, widget callbacks come on whatever thread the kernel
likes, and a script has no loop at all. All of them hand their work to this one loop and wait for it, or do not.
Knows nothing of Spotify, and never touches the loop of the kernel.
"""

import asyncio
import contextlib
import queue
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from spotantic_nb._background_loop import BackgroundLoop, wait
from spotantic_nb._event_loop import interruptible, require_asyncio
from spotantic_nb._tracebacks import hides_locals

T = TypeVar("T")

_STEP = 0.2
"""
Seconds between two looks for an interrupt: Windows interrupts no wait for another thread, and a loop that waits for
nothing else hears of an interrupt with its next event (ipykernel 7.4).
"""

_CLEAN_UP = 1.0
"""Seconds that a cancelled coroutine is given to free its port before the interrupted cell ends."""


class Portal:
    """
    Run coroutines on one background loop, from any thread.

    Work is given as a function that makes the awaitable, so that nothing is created on the wrong loop.
    """

    def __init__(self) -> None:
        self._loop = BackgroundLoop()

    def call(self, function: Callable[[], Any]) -> None:
        """
        Run a plain function on the portal's loop soon, without waiting for it.

        It takes no arguments: asyncio writes those of a callback that fails, or is slow, into its log.
        """
        self._loop.running().call_soon_threadsafe(hides_locals(function))

    def run(self, make: Callable[[], Awaitable[T]]) -> T:
        """
        Run the awaitable on the portal and return its result.

        An interrupt (Stop in a notebook, Ctrl-C in a terminal) cancels it, waits for its clean-up and is raised here.

        Raises:
            RuntimeError: Called on the portal's own thread, where waiting would never end.
            UnsupportedEnvironmentError: No thread can be started for the loop.
        """
        self._refuse_own_thread()
        self._loop.running()  # where no thread can run it, there is nothing to give up
        news: queue.SimpleQueue[None] = queue.SimpleQueue()
        work = _Work(make, tell=lambda: news.put(None))
        try:
            with interruptible():
                self.call(work.begin)
                while not work.is_over:
                    wait(news, _STEP)
        except BaseException:
            self.call(work.give_up)
            wait(news, _CLEAN_UP)
            raise
        return work.result()

    async def arun(self, make: Callable[[], Awaitable[T]]) -> T:
        """
        Return what ``run`` returns, without blocking the caller's event loop; being cancelled cancels it as well.

        Raises:
            UnsupportedEnvironmentError: The caller's loop is none of asyncio, or no thread can be started.
        """
        loop = require_asyncio()
        over = loop.create_future()
        self._loop.running()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the caller's loop is closed by now
                loop.call_soon_threadsafe(_set, over)

        work = _Work(make, tell=tell)
        try:
            self.call(work.begin)
            while not over.done():
                # Again and again: Stop reaches a cell that awaits at the next event of its loop.
                await asyncio.wait([over], timeout=_STEP)
        except BaseException:
            self.call(work.give_up)
            raise
        return work.result()

    def _refuse_own_thread(self) -> None:
        if self._loop.is_current():
            raise RuntimeError("The portal cannot wait for itself; await the coroutine instead.")


class _Work(Generic[T]):
    """
    Something to do on the portal that can be given up at any moment, even before it has begun.

    Args:
        make: Makes the awaitable.
        tell: Is called on the portal when it has ended, and once more whenever it is given up after that.
    """

    def __init__(self, make: Callable[[], Awaitable[T]], *, tell: Callable[[], None]) -> None:
        self._make = make
        self._tell = tell
        self._task: asyncio.Task[T] | None = None

    @property
    def is_over(self) -> bool:
        """Whether there is a result, or an error in its place."""
        return self._task is not None and self._task.done()

    def result(self) -> T:
        """Return the result of work that has ended, or raise its error."""
        if self._task is None:
            raise asyncio.InvalidStateError
        return self._task.result()

    def begin(self) -> None:
        """Start it; on the portal."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(self._end)

    def give_up(self) -> None:
        """Cancel it; on the portal."""
        if self._task is None or self._task.done():
            self._tell()
        else:
            self._task.cancel()

    @hides_locals
    async def _run(self) -> T:
        return await self._make()

    def _end(self, task: "asyncio.Task[T]") -> None:
        if not task.cancelled():
            task.exception()  # else asyncio complains of an error that nobody waits for any more
        self._tell()


def _set(over: "asyncio.Future[None]") -> None:
    if not over.done():
        over.set_result(None)


portal = Portal()
"""The one portal of this process."""
