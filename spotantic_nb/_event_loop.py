"""
What runs the calling code: its event loop, and how Stop and Ctrl-C end a wait in it.

Python raises an interrupt where the program stands. In an ``await`` cell and under ``asyncio.run`` it only cancels the
task, which never hears of it as long as a plain call blocks it.
"""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Coroutine, Iterator
from types import FrameType
from typing import Any, TypeVar

from spotantic_nb.errors import UnsupportedEnvironmentError

T = TypeVar("T")


def require_asyncio() -> asyncio.AbstractEventLoop:
    """
    Return the loop that runs here.

    Raises:
        UnsupportedEnvironmentError: Another library runs the coroutine.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise UnsupportedEnvironmentError(
            "This coroutine needs asyncio, which is not what runs it here.",
            hint="Under trio or curio, call the plain Session.token() in a thread, as by trio.to_thread.run_sync; "
            "or have asyncio.run(...) run the coroutine in one.",
        ) from None


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """
    Let an interrupt end the block also within a task: by the CancelledError that the task is about to get.

    Not a KeyboardInterrupt: out of a task, it would end the loop, and with a kernel's loop the kernel. Outside a task,
    the handler is the program's own business: it raises, or lets the block go on.
    """
    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or before is signal.default_int_handler or not callable(before) or not _is_in_a_task():
        yield
        return

    def end(signum: int, frame: FrameType | None) -> None:
        before(signum, frame)
        raise asyncio.CancelledError

    signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is end:  # not one that the program has set meanwhile
            signal.signal(signal.SIGINT, before)


async def uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """Finish ``work`` even if the caller is cancelled meanwhile, and only then let the cancellation through."""
    task = asyncio.ensure_future(work)
    interruption: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            interruption = error
    if interruption is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not report it as forgotten
    raise interruption


def _is_in_a_task() -> bool:
    try:
        return asyncio.current_task() is not None
    except RuntimeError:  # no loop runs here
        return False
