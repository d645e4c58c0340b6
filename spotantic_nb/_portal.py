"""
The portal: one daemon thread with its own event loop, where every coroutine of this package runs.

A notebook's main thread has a loop that a magic must not enter, widget callbacks come on whatever thread the kernel
likes, and a script has no loop at all. All of them hand their work to this one loop and wait for it, or do not.
Knows nothing of Spotify, and never touches the loop of the kernel.
"""

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from spotantic_nb._interrupt import interruptible

T = TypeVar("T")

_STEP = 0.2
"""Seconds between two looks for an interrupt: a lock held by another thread cannot be interrupted on Windows."""

_CLEAN_UP = 2.0
"""Seconds that a cancelled coroutine is given to free its port before the interrupted cell ends."""


class Portal:
    """
    Run coroutines on one background loop, from any thread.

    Work is given as a function that makes the awaitable, so that nothing is created on the wrong loop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = 0

    def submit(self, make: Callable[[], Awaitable[T]]) -> concurrent.futures.Future[T]:
        """Start the awaitable on the portal's loop and return at once; cancelling the future cancels it."""

        async def runner() -> T:
            return await make()

        return asyncio.run_coroutine_threadsafe(runner(), self._running_loop())

    def call(self, function: Callable[..., Any], *args: Any) -> None:  # noqa: ANN401 - as call_soon_threadsafe has it
        """Run a plain function on the portal's loop soon, without waiting for it."""
        self._running_loop().call_soon_threadsafe(function, *args)

    def run(self, make: Callable[[], Awaitable[T]]) -> T:
        """
        Run the awaitable on the portal and return its result.

        An interrupt (Stop in a notebook, Ctrl-C in a terminal) cancels it, waits for its clean-up and is raised here.

        Raises:
            RuntimeError: Called on the portal's own thread, where waiting would never end.
        """
        self._refuse_own_thread()
        work = _Work(make)
        try:
            return self.wait(self.submit(work))
        except BaseException:
            # Not by the future: an interrupt may come before this thread has it.
            self.call(work.give_up)
            work.over.wait(_CLEAN_UP)
            raise

    def wait(self, future: concurrent.futures.Future[T]) -> T:
        """
        Wait for ``future`` so that Stop works, and return its result. An interrupt leaves the future running.

        Raises:
            RuntimeError: Called on the portal's own thread, where waiting would never end.
        """
        self._refuse_own_thread()
        with interruptible():
            while not future.done():
                concurrent.futures.wait([future], timeout=_STEP)
        return future.result()

    def _refuse_own_thread(self) -> None:
        if threading.current_thread() is self._thread:
            raise RuntimeError("The portal cannot wait for itself; await the coroutine instead.")

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            # Not by Thread.is_alive: up to Python 3.12, an interrupt of that question makes a live thread look dead.
            if self._loop is None or self._loop.is_closed() or self._process != os.getpid():
                self._loop = self._start()
            return self._loop

    def _start(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        self._process = os.getpid()  # a forked child inherits the portal but not its thread
        self._thread = threading.Thread(target=_serve, args=(loop,), name="spotantic-nb-portal", daemon=True)
        self._thread.start()
        return loop


class _Work(Generic[T]):
    """Something to do on the portal that can be given up at any moment, even before it has begun."""

    def __init__(self, make: Callable[[], Awaitable[T]]) -> None:
        self._make = make
        self._task: asyncio.Task[T] | None = None
        self._is_given_up = False
        self.over = threading.Event()

    async def __call__(self) -> T:
        self._task = asyncio.current_task()
        try:
            if self._is_given_up:
                raise asyncio.CancelledError
            return await self._make()
        finally:
            self.over.set()

    def give_up(self) -> None:
        """Cancel it; on the portal."""
        self._is_given_up = True
        if self._task is None:
            self.over.set()
        else:
            self._task.cancel()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()  # not asyncio.run, which nest_asyncio replaces for the whole process
    finally:
        loop.close()


portal = Portal()
"""The one portal of this process."""
