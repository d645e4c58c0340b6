"""A lock that belongs to a task: one at a time, and free once that task cannot use it any more."""

import asyncio
import contextlib
import gc
import itertools
import os
import signal
import sys
import warnings
from types import FrameType

import pytest

from spotantic_nb._task_lock import TaskLock
from spotantic_nb.auth._store import MemoryTokenStore


async def _acquired(lock: TaskLock) -> bool:
    return lock.acquire()


async def _in_another_task(lock: TaskLock) -> bool:
    return await asyncio.create_task(_acquired(lock))


async def test_one_task_has_it_until_it_gives_it_back() -> None:
    lock = TaskLock()
    got = [lock.acquire(), await _in_another_task(lock)]
    lock.release()
    assert [*got, await _in_another_task(lock)] == [True, False, True]


async def test_only_the_task_that_has_it_gives_it_back() -> None:
    lock = TaskLock()
    lock.acquire()

    async def give_back() -> None:
        lock.release()

    await asyncio.create_task(give_back())
    assert not await _in_another_task(lock)


async def test_a_task_that_ended_without_giving_it_back_has_it_no_more() -> None:
    lock = TaskLock()
    assert [await _in_another_task(lock) for _ in range(3)] == [True] * 3


def test_a_task_whose_loop_was_closed_has_it_no_more() -> None:
    lock, loop = TaskLock(), asyncio.new_event_loop()

    async def keep() -> None:
        lock.acquire()
        await asyncio.Event().wait()

    task = loop.create_task(keep())
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert asyncio.run(_acquired(lock))
    del task


def test_a_forked_child_does_not_find_it_locked() -> None:
    lock, loop = TaskLock(), asyncio.new_event_loop()

    async def fork() -> int:
        lock.acquire()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 advises against what this test is about
            child = os.fork()
        if child == 0:
            asyncio.events._set_running_loop(None)
            os._exit(0 if asyncio.run(_acquired(lock)) else 1)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])  # noqa: ASYNC222 - nothing else is to run

    assert loop.run_until_complete(fork()) == 0
    loop.close()


def test_an_interrupt_at_any_moment_leaves_a_store_that_others_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # of a clean-up that was interrupted
    interrupts = 0
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        while _is_interrupted(loop, store := MemoryTokenStore(), moment=interrupts + 1):
            interrupts += 1
            loop.run_until_complete(asyncio.wait_for(_hold(store), 5))
        gc.collect()
    assert interrupts > 30


async def _hold(store: MemoryTokenStore) -> None:
    async with store.exclusive():
        pass


def _is_interrupted(loop: asyncio.AbstractEventLoop, store: MemoryTokenStore, *, moment: int) -> bool:
    """Press Ctrl-C at one of the moments in which the store is held; tell whether there are so many."""
    moments, pressed = itertools.count(1), []

    def profile(frame: FrameType, event: str, _: object) -> None:
        # Python itself prints and forgets what is raised in the callback of a weak reference.
        if event in {"call", "c_return"} and frame.f_code.co_name != "_remove" and next(moments) == moment:
            pressed.append(moment)
            signal.raise_signal(signal.SIGINT)

    async def hold() -> None:
        sys.setprofile(profile)
        try:
            await _hold(store)
        finally:
            sys.setprofile(None)

    # Python forgets an interrupt that comes while it collects garbage, which may be at any moment.
    with contextlib.suppress(KeyboardInterrupt):
        loop.run_until_complete(hold())
    return bool(pressed)
