"""A lock between tasks, free once its task cannot use it any more; and one between all processes that use a file."""

import asyncio
import contextlib
import gc
import itertools
import os
import signal
import stat
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pytest

from spotantic_nb._locks import TaskLock, file_lock
from spotantic_nb.auth._store import MemoryTokenStore
from spotantic_nb.errors import TokenStoreError


@pytest.fixture
def path(project: Path) -> Path:
    return project / "token.json"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _file_number(path: Path) -> int:
    return path.stat().st_ino


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


class Count:
    """A number that loses a count as soon as two are let in at once."""

    def __init__(self) -> None:
        self.value = 0

    async def up(self, lock: Path, *, times: int) -> None:
        """Raise it, slowly enough for others to come between."""
        for _ in range(times):
            async with file_lock(lock, patience=20):
                seen = self.value
                await asyncio.sleep(0.001)
                self.value = seen + 1


_COUNTING_PROCESS = """
import asyncio, sys
from pathlib import Path
from spotantic_nb._locks import file_lock

async def count_up(counter, times):
    for _ in range(times):
        async with file_lock(counter.with_suffix(".lock"), patience=20):
            seen = int(counter.read_text())
            await asyncio.sleep(0.001)
            counter.write_text(str(seen + 1))

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(count_up(Path(sys.argv[1]), times=100))
"""

_HOLDING_PROCESS = """
import asyncio, sys
from pathlib import Path
from spotantic_nb._locks import file_lock

async def hold():
    async with file_lock(Path(sys.argv[1]), patience=30):
        print("ready", flush=True)
        sys.stdin.readline()

asyncio.run(hold())
"""


def _start(program: str, path: Path) -> "subprocess.Popen[str]":
    """Start a Python process with our own import path, and wait until it says that it is ready."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environ,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


class TestFileLock:
    @pytest.fixture
    def lock(self, project: Path) -> Path:
        return project / "token.json.lock"

    async def test_two_tasks_never_hold_it_at_once(self, lock: Path) -> None:
        count = Count()
        async with asyncio.timeout(20):
            await asyncio.gather(count.up(lock, times=50), count.up(lock, times=50))
        assert count.value == 100

    async def test_who_waits_goes_on_without_it_once_there_is_no_need(self, lock: Path) -> None:
        answers = iter([None, None, "a token"])
        async with asyncio.timeout(20), file_lock(lock, patience=20):
            async with file_lock(lock, patience=20, unless=lambda: next(answers)) as found:
                assert found == "a token"
            with pytest.raises(TimeoutError):  # it was not let go by who never held it
                async with file_lock(lock, patience=0.02):
                    pass

    async def test_who_gets_it_at_once_does_not_ask_whether_there_is_need(self, lock: Path) -> None:
        async with file_lock(lock, patience=20, unless=lambda: "a token") as found:
            assert found is None

    def test_two_threads_with_loops_of_their_own_never_hold_it_at_once(self, lock: Path) -> None:
        count = Count()
        with ThreadPoolExecutor() as threads:
            for done in [threads.submit(asyncio.run, count.up(lock, times=50)) for _ in range(2)]:
                done.result(timeout=20)
        assert count.value == 100

    def test_two_processes_never_hold_it_at_once(self, project: Path) -> None:
        counter = project / "counter.txt"
        counter.write_text("0")
        processes = [_start(_COUNTING_PROCESS, counter) for _ in range(2)]
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [process.communicate(timeout=30) and process.returncode for process in processes] == [0, 0]
        assert counter.read_text() == "200"

    async def test_a_process_that_holds_it_keeps_it_until_it_is_killed(self, lock: Path) -> None:
        process = _start(_HOLDING_PROCESS, lock)
        with pytest.raises(TimeoutError):
            async with file_lock(lock, patience=0.05):
                pytest.fail("two were let in")
        process.kill()
        process.communicate(timeout=30)
        async with file_lock(lock, patience=30):
            assert _mode(lock) == 0o600

    async def test_patience_has_an_end(self, lock: Path) -> None:
        async with file_lock(lock, patience=30):
            with pytest.raises(TimeoutError):
                async with file_lock(lock, patience=0.02):
                    pytest.fail("two were let in")

    async def test_who_waits_is_let_in_once_the_holder_is_gone(self, lock: Path) -> None:
        entered = asyncio.Event()

        async def wait_for_it() -> None:
            async with file_lock(lock, patience=30):
                entered.set()

        async with file_lock(lock, patience=30):
            waiter = asyncio.create_task(wait_for_it())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(entered.wait(), 0.02)
        await asyncio.wait_for(waiter, 5)
        assert entered.is_set()

    async def test_whoever_gives_up_waiting_leaves_it_free(self, lock: Path) -> None:
        async with file_lock(lock, patience=30):
            waiter = asyncio.create_task(file_lock(lock, patience=30).__aenter__())
            await asyncio.sleep(0)
            waiter.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiter
        async with file_lock(lock, patience=0.02):
            assert _mode(lock) == 0o600

    async def test_a_failure_inside_frees_it(self, lock: Path) -> None:
        with pytest.raises(ZeroDivisionError):
            async with file_lock(lock, patience=30):
                raise ZeroDivisionError
        async with file_lock(lock, patience=0.02):
            assert _mode(lock) == 0o600

    async def test_the_lock_file_stays_and_is_its_owners_alone(self, lock: Path) -> None:
        async with file_lock(lock, patience=30):
            held = _file_number(lock)
        assert (_file_number(lock), _mode(lock)) == (held, 0o600)

    @pytest.fixture
    def file(self, path: Path) -> Path:
        path.touch()
        return path

    async def test_a_lock_file_that_cannot_be_made_is_named(self, file: Path) -> None:
        with pytest.raises(TokenStoreError, match=r"token\.json\.lock cannot be used"):
            async with file_lock(file / "token.json.lock", patience=0.02):
                pytest.fail("there is nothing to hold")
