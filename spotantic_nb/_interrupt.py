"""
Waiting that Stop and Ctrl-C can end.

Python raises an interrupt where the program stands. In an ``await`` cell and under ``asyncio.run`` it only cancels the
task, which never hears of it as long as a plain call blocks it.
"""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """
    Have an interrupt end the block, also within a task; there with the CancelledError that the task is about to get.

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


def _is_in_a_task() -> bool:
    try:
        return asyncio.current_task() is not None
    except RuntimeError:  # no loop runs here
        return False
