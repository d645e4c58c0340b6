"""An interrupt ends a wait, whoever handles it meanwhile."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from spotantic_nb._event_loop import interruptible


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


def test_a_handler_of_the_program_is_left_alone_and_the_block_goes_on() -> None:
    noted: list[int] = []
    with handled_by(lambda number, frame: noted.append(number)), interruptible():
        signal.raise_signal(signal.SIGINT)
        noted.append(0)
    assert noted == [signal.SIGINT, 0]


def test_what_a_handler_of_the_program_raises_ends_the_block() -> None:
    def stop(number: int, frame: object) -> None:
        raise SystemExit(number)

    with handled_by(stop), pytest.raises(SystemExit), interruptible():
        signal.raise_signal(signal.SIGINT)


def test_in_a_task_the_block_ends_though_the_handler_only_takes_note() -> None:
    noted: list[int] = []

    async def blocking() -> None:
        with interruptible():
            signal.raise_signal(signal.SIGINT)

    with handled_by(lambda number, frame: noted.append(number)):
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(blocking())
        signal.raise_signal(signal.SIGINT)
    assert noted == [signal.SIGINT] * 2


def test_a_handler_that_is_set_meanwhile_stays() -> None:
    async def blocking() -> None:
        with interruptible():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    with handled_by(lambda number, frame: None):
        asyncio.run(blocking())
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


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
