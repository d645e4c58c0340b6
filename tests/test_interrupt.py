"""An interrupt ends a wait, whoever handles it meanwhile."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from spotantic_nb._interrupt import interruptible


@contextlib.contextmanager
def handled_by(handler: Any) -> Iterator[None]:
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_where_python_raises_it_an_interrupt_stays_what_it_is() -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(signal.SIGINT)


def test_where_somebody_only_takes_note_they_do_so_and_the_block_ends() -> None:
    noted: list[int] = []
    with handled_by(lambda number, frame: noted.append(number)):
        with pytest.raises(asyncio.CancelledError), interruptible():
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert noted == [signal.SIGINT] * 2


def test_who_ignores_interrupts_goes_on_ignoring_them() -> None:
    with handled_by(signal.SIG_IGN), interruptible():
        signal.raise_signal(signal.SIGINT)


def test_in_another_thread_there_is_nothing_to_do() -> None:
    ended: list[bool] = []

    def wait() -> None:
        with interruptible():
            ended.append(True)

    with handled_by(lambda number, frame: None):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    assert ended == [True]


def test_one_interrupt_ends_a_program_whose_task_blocks_its_own_loop() -> None:
    """Under asyncio.run, the first interrupt only cancels the task."""

    async def blocking() -> None:
        with interruptible():
            signal.raise_signal(signal.SIGINT)
            pytest.fail("goes on")

    with handled_by(signal.default_int_handler), pytest.raises(KeyboardInterrupt):
        asyncio.run(blocking())
