"""
The portal: one daemon thread with its own event loop, where every coroutine of this package runs.

A notebook's main thread has a loop that a magic must not enter, widget callbacks come on whatever thread the kernel
likes, and a script has no loop at all. All of them hand their work to this one loop and wait for it, or do not.
Knows nothing of Spotify, and never touches the loop of the kernel.

Stop may come at any moment, and what Python's own futures, events, conditions and threads are built of is not made for
that: an interrupt in the wrong line leaves a lock locked, and the next thread that wants it waits forever. On Python
3.14 that holds for a plain ``with lock`` too. So threads meet here only in single steps of the interpreter, which no
interrupt breaks and no other thread comes between: ``dict.setdefault``, a ``queue.SimpleQueue``, the loop's list of
calls.
"""

import _thread
import asyncio
import contextlib
import os
import queue
import threading
from _asyncio import Task
from collections.abc import Awaitable, Callable, Coroutine, Generator
from concurrent.futures import Future
from functools import partial
from typing import Any, Generic, TypeVar

from spotantic_nb._interrupt import interruptible
from spotantic_nb._require_asyncio import require_asyncio
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.errors import UnsupportedEnvironmentError

T = TypeVar("T")

_STEP = 0.2
"""Seconds between two looks for an interrupt: a wait for another thread cannot be interrupted on Windows."""

_CLEAN_UP = 2.0
"""Seconds that a cancelled coroutine is given to free its port before the interrupted cell ends."""

_STAND_STILL = 1.0
"""Seconds that the loop and a thread that forks wait for each other at most: another library may hold either up."""


class Portal:
    """
    Run coroutines on one background loop, from any thread.

    Work is given as a function that makes the awaitable, so that nothing is created on the wrong loop.
    """

    def __init__(self) -> None:
        self._loops: dict[int, asyncio.AbstractEventLoop] = {}
        """The loop of each process: a forked child inherits its parent's, but not the thread that runs it."""
        self._threads: dict[asyncio.AbstractEventLoop, threading.Thread] = {}
        """The thread that runs each loop, from just before it is started."""
        self._forking: dict[int, queue.SimpleQueue[None]] = {}
        """What the loop waits for while a thread forks, by the thread."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._stand_still, after_in_parent=self._go_on)

    def call(self, function: Callable[[], Any]) -> None:
        """
        Run a plain function on the portal's loop soon, without waiting for it.

        It takes no arguments: asyncio writes those of a callback that fails, or is slow, into its log.
        """
        self._running_loop().call_soon_threadsafe(hides_locals(function))

    def run(self, make: Callable[[], Awaitable[T]]) -> T:
        """
        Run the awaitable on the portal and return its result.

        An interrupt (Stop in a notebook, Ctrl-C in a terminal) cancels it, waits for its clean-up and is raised here.

        Raises:
            RuntimeError: Called on the portal's own thread, where waiting would never end.
            UnsupportedEnvironmentError: No thread can be started for the loop.
        """
        self._refuse_own_thread()
        self._running_loop()  # where no thread can run it, there is nothing to give up
        news: queue.SimpleQueue[None] = queue.SimpleQueue()
        work = _Work(make, tell=lambda: news.put(None))
        try:
            with interruptible():
                self.call(work.begin)
                while not work.is_over:
                    _wait(news, _STEP)
        except BaseException:
            self.call(work.give_up)
            _wait(news, _CLEAN_UP)
            raise
        return work.result()

    async def arun(self, make: Callable[[], Awaitable[T]]) -> T:
        """
        Return what ``run`` returns, without blocking the caller's event loop; being cancelled cancels it as well.

        Raises:
            UnsupportedEnvironmentError: The caller's loop is none of asyncio, or no thread can be started.
        """
        loop, over = require_asyncio(), asyncio.Event()
        self._running_loop()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the caller's loop is closed by now
                loop.call_soon_threadsafe(over.set)

        work = _Work(make, tell=tell)
        try:
            self.call(work.begin)
            await over.wait()
        except BaseException:
            self.call(work.give_up)
            raise
        return work.result()

    def _refuse_own_thread(self) -> None:
        if self._is_own_thread():
            raise RuntimeError("The portal cannot wait for itself; await the coroutine instead.")

    def _is_own_thread(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._loops.get(os.getpid())
        except RuntimeError:
            return False

    def _stand_still(self) -> None:
        """
        Keep the loop between two of its steps while the process is forked.

        Within a step it may be importing something, and a child would wait forever for that import to end. (httpcore
        looks at each request for a module that is often not installed.)
        """
        loop = self._loops.get(os.getpid())
        if loop is None or loop not in self._threads or self._is_own_thread():
            return
        stands: queue.SimpleQueue[None] = queue.SimpleQueue()
        forked = self._forking[threading.get_ident()] = queue.SimpleQueue()

        def stand() -> None:
            stands.put(None)
            _wait(forked, _STAND_STILL)

        loop.call_soon_threadsafe(stand)
        _wait(stands, _STAND_STILL)

    def _go_on(self) -> None:
        if forked := self._forking.pop(threading.get_ident(), None):
            forked.put(None)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop of this process, which a thread runs or is about to run."""
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


class _Work(Generic[T]):
    """
    Something to do on the portal that can be given up at any moment, even before it has begun.

    Args:
        make: Makes the awaitable.
        tell: Is called on the portal when it is over, and once more whenever it is given up after that.
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
        """Return the result of work that is over, or raise its error."""
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


def _wait(news: "queue.SimpleQueue[None]", seconds: float) -> None:
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
    *arguments: Any,  # noqa: ANN401
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


portal = Portal()
"""The one portal of this process."""
