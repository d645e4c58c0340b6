"""
The background loop: an event loop of this process that a daemon thread runs, and what a fork and an end do to it.

Stop may come at any moment, and what Python's own futures, events, conditions and threads are built of is not made for
that: an interrupt in the wrong line leaves a lock locked, and the next thread that wants it waits forever. On Python
3.14 that holds for a plain ``with lock`` too. So threads meet here only in single steps of the interpreter, which no
interrupt breaks and no other thread comes between: ``dict.setdefault``, a ``queue.SimpleQueue``, the loop's list of
calls.
"""

import _thread
import asyncio
import atexit
import contextlib
import os
import queue
import threading
from _asyncio import Task
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from spotantic_nb.errors import UnsupportedEnvironmentError

T = TypeVar("T")

_STAND_STILL = 1.0
"""Seconds that the loop and a thread that forks or ends Python wait for each other: others may hold either up."""


class BackgroundLoop:
    """One event loop for each process, started when it is first used."""

    def __init__(self) -> None:
        self._loops: dict[int, asyncio.AbstractEventLoop] = {}
        """The loop of each process: a forked child inherits its parent's, but not the thread that runs it."""
        self._threads: dict[asyncio.AbstractEventLoop, threading.Thread] = {}
        """The thread that runs each loop, from just before it is started."""
        self._forking: dict[int, queue.SimpleQueue[None]] = {}
        """What the loop waits for while a thread forks, by the thread."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._stand_still, after_in_parent=self._go_on)
        # Python ends a daemon thread wherever it is, and where that is inside an extension the process may crash.
        atexit.register(self._stand_still)

    def running(self) -> asyncio.AbstractEventLoop:
        """
        Return the loop of this process, which a thread runs or is about to run.

        Raises:
            UnsupportedEnvironmentError: No thread can be started.
        """
        loop = self._loops.get(os.getpid()) or self._new_loop()
        if loop not in self._threads:
            # ``Thread.start`` takes locks that an interrupt would leave locked. Only the main thread is interrupted.
            try:
                _thread.start_new_thread(self._start, (loop,))
            except RuntimeError:
                raise UnsupportedEnvironmentError(
                    "No new thread can be started, and a login needs one.",
                    hint="End threads or processes (the system or the container has a limit), or restart the kernel.",
                ) from None
        return loop

    def is_current(self) -> bool:
        """Tell whether the caller runs on this loop."""
        try:
            return asyncio.get_running_loop() is self._loops.get(os.getpid())
        except RuntimeError:
            return False

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        new = asyncio.new_event_loop()
        new.set_task_factory(_new_task)
        new.run_in_executor = partial(_in_a_thread, new)  # type: ignore[assignment, method-assign]
        loop = self._loops.setdefault(os.getpid(), new)
        if loop is not new:  # another thread came first
            new.close()
        return loop

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the one thread that runs the loop; on a thread that is never interrupted."""
        thread = threading.Thread(target=self._serve, args=(loop,), name="spotantic-nb-portal", daemon=True)
        if self._threads.setdefault(loop, thread) is not thread:
            return
        try:
            thread.start()
        except RuntimeError:  # this was the last thread that the system allows
            self._serve(loop)

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()  # not asyncio.run, which nest_asyncio replaces for the whole process
        finally:
            del self._loops[os.getpid()]
            loop.close()

    def _stand_still(self) -> None:
        """
        Keep the loop between two of its steps while the process is forked, or while Python ends.

        Within a step it may be importing something, and a child would wait forever for that import to end. (httpcore
        looks at each request for a module that is often not installed.)
        """
        loop = self._loops.get(os.getpid())
        if loop is None or loop not in self._threads or self.is_current():
            return
        stands: queue.SimpleQueue[None] = queue.SimpleQueue()
        forked = self._forking[threading.get_ident()] = queue.SimpleQueue()

        def stand() -> None:
            stands.put(None)
            wait(forked, _STAND_STILL)

        loop.call_soon_threadsafe(stand)
        wait(stands, _STAND_STILL)

    def _go_on(self) -> None:
        if forked := self._forking.pop(threading.get_ident(), None):
            forked.put(None)


def wait(news: "queue.SimpleQueue[None]", seconds: float) -> None:
    """Wait for a signal from another thread, at most so many seconds."""
    with contextlib.suppress(queue.Empty):
        news.get(timeout=seconds)


def _new_task(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
    **options: Any,  # noqa: ANN401 - as asyncio has it
) -> "Task[Any]":
    """Make a task of asyncio's own, also where nest_asyncio replaced them: with its tasks, 3.14 knows no timeouts."""
    return Task(work, loop=loop, **options)


def _in_a_thread(
    loop: asyncio.AbstractEventLoop,
    _executor: object,
    function: Callable[..., T],
    *arguments: object,
) -> "asyncio.Future[T]":
    """
    Run a function that blocks (a name is looked up, git is asked) in a thread of its own.

    Python closes all executors when the main thread ends, though other threads of the program may go on for hours.
    """
    done: Future[T] = Future()

    def work() -> None:
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(function(*arguments))
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            done.set_exception(error)

    try:
        threading.Thread(target=work, name="spotantic-nb-blocking", daemon=True).start()
    except RuntimeError:  # no further thread can be started: what else runs here has to wait
        work()
    return asyncio.wrap_future(done, loop=loop)
