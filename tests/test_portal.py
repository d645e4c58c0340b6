"""The portal: one loop on one thread, where waiting can be interrupted and nothing is lost."""

import _thread
import asyncio
import concurrent.futures
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from types import FrameType
from typing import Any, TypeVar

import pytest

from spotantic_nb._portal import Portal
from spotantic_nb.errors import NotLoggedInError

T = TypeVar("T")


class WatchedPortal(Portal):
    """A portal that tells when its caller waits, so that an interrupt can come at that moment."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = threading.Event()

    def wait(self, future: concurrent.futures.Future[T]) -> T:
        """Wait as always, and say so first."""
        self.waiting.set()
        return super().wait(future)

    async def interrupt_the_caller(self) -> None:
        """Press Stop while the main thread waits."""
        await asyncio.to_thread(self.waiting.wait, 5)
        _thread.interrupt_main()


@pytest.fixture
def portal() -> Iterator[WatchedPortal]:
    """A portal of the test's own, closed afterwards."""
    portal = WatchedPortal()
    yield portal
    if portal._loop and portal._thread:
        portal.call(portal._loop.stop)
        portal._thread.join(5)
        portal._loop.close()


def _is_interrupted(portal: Portal, moment: int) -> bool:
    """Press Stop at one of the moments of a call at which Python looks for signals, and tell whether it has so many."""
    moments = itertools.count(1)

    def profile(_: FrameType, event: str, __: object) -> None:
        if event in {"call", "c_return"} and next(moments) == moment:
            raise KeyboardInterrupt

    sys.setprofile(profile)
    try:
        portal.call(int)
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
    return False


async def _thread_of_the_loop() -> int:
    return threading.get_ident()


def test_run_returns_the_result(portal: Portal) -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    assert portal.run(answer) == 42


def test_everything_runs_on_one_thread_that_is_not_the_callers(portal: Portal) -> None:
    first, second = portal.run(_thread_of_the_loop), portal.run(_thread_of_the_loop)
    assert first == second != threading.get_ident()


def test_the_thread_keeps_no_process_alive(portal: Portal) -> None:
    portal.run(_thread_of_the_loop)
    assert portal._thread
    assert portal._thread.daemon


def test_threads_that_come_at_once_share_one_loop(portal: Portal) -> None:
    barrier = threading.Barrier(8)

    def come() -> int:
        barrier.wait(5)
        return portal.run(_thread_of_the_loop)

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        comers = [threads.submit(come) for _ in range(8)]
        assert len({comer.result(5) for comer in comers}) == 1


def test_an_exception_arrives_as_it_was_raised(portal: Portal) -> None:
    error = NotLoggedInError("There is no token.", hint="Log in first.")

    async def fail() -> None:
        raise error

    with pytest.raises(NotLoggedInError) as caught:
        portal.run(fail)
    assert caught.value is error


def test_call_runs_a_function_on_the_loops_thread(portal: Portal) -> None:
    seen: list[tuple[int, str]] = []
    portal.call(lambda word: seen.append((threading.get_ident(), word)), "hello")
    thread = portal.run(_thread_of_the_loop)
    assert seen == [(thread, "hello")]


def test_the_portals_own_thread_is_refused_at_once(portal: Portal) -> None:
    async def wait_for_itself() -> float:
        began = time.monotonic()
        with pytest.raises(RuntimeError, match="cannot wait for itself"):
            portal.run(_thread_of_the_loop)
        return time.monotonic() - began

    assert portal.run(wait_for_itself) < 1


def test_an_interrupt_cancels_the_coroutine_and_waits_for_its_clean_up(portal: WatchedPortal) -> None:
    story: list[str] = []

    async def work() -> None:
        try:
            await portal.interrupt_the_caller()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            story.append("cancelled")
            await asyncio.sleep(0.1)  # a port takes a moment to be freed
            story.append("clean")
            raise

    with pytest.raises(KeyboardInterrupt):
        portal.run(work)
    assert story == ["cancelled", "clean"]


@pytest.mark.parametrize("has_begun", [True, False])
def test_an_interrupt_that_comes_before_the_wait_cancels_as_well(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, *, has_begun: bool
) -> None:
    began, ended = threading.Event(), threading.Event()
    submit = portal.submit

    async def work() -> None:
        try:
            began.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    def be_interrupted(make: Any) -> Any:
        if has_begun:
            submit(make)
            assert began.wait(5)
        raise KeyboardInterrupt

    monkeypatch.setattr(portal, "submit", be_interrupted)
    with pytest.raises(KeyboardInterrupt):
        portal.run(work)
    assert ended.is_set() == began.is_set() == has_begun


def test_after_an_interrupt_the_portal_serves_the_next(portal: WatchedPortal) -> None:
    with pytest.raises(KeyboardInterrupt):
        portal.run(lambda: asyncio.gather(portal.interrupt_the_caller(), asyncio.Event().wait()))
    assert portal.run(_thread_of_the_loop) != threading.get_ident()


def test_an_interrupted_wait_leaves_the_work_running(portal: WatchedPortal) -> None:
    done = asyncio.Event()

    async def work() -> str:
        await portal.interrupt_the_caller()
        await done.wait()
        return "finished"

    future = portal.submit(work)
    with pytest.raises(KeyboardInterrupt):
        portal.wait(future)
    assert not future.done()
    portal.call(done.set)
    assert portal.wait(future) == "finished"


def test_a_real_signal_interrupts_a_wait_as_well(portal: WatchedPortal) -> None:
    async def press_control_c() -> None:
        await asyncio.to_thread(portal.waiting.wait, 5)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()

    with pytest.raises(KeyboardInterrupt):
        portal.run(press_control_c)


def test_submit_returns_before_the_work_is_done(portal: Portal) -> None:
    release = threading.Event()
    future = portal.submit(lambda: asyncio.to_thread(release.wait, 5))
    assert not future.done()
    release.set()
    assert portal.wait(future) is True


def test_cancelling_a_submitted_future_cancels_its_coroutine(portal: Portal) -> None:
    started, cancelled = threading.Event(), threading.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    future = portal.submit(work)
    assert started.wait(5)
    assert future.cancel()
    assert cancelled.wait(5)


async def test_a_running_loop_may_wait_and_may_await(portal: Portal) -> None:
    waited_for = portal.run(_thread_of_the_loop)
    async with asyncio.timeout(5):
        awaited = await asyncio.wrap_future(portal.submit(_thread_of_the_loop))
    assert waited_for == awaited != threading.get_ident()


def test_an_interrupt_at_any_moment_leaves_the_one_thread(portal: Portal) -> None:
    """Up to Python 3.12, one within threading.Thread.is_alive makes a live thread look dead."""
    thread = portal.run(_thread_of_the_loop)
    interrupts = 0
    while _is_interrupted(portal, interrupts + 1):
        interrupts += 1
        assert portal.run(_thread_of_the_loop) == thread
    assert interrupts > 5


def test_a_portal_whose_loop_has_ended_starts_anew(portal: Portal) -> None:
    portal.call(int)
    assert portal._loop
    assert portal._thread
    portal.call(portal._loop.stop)
    portal._thread.join(5)
    assert portal.run(_thread_of_the_loop) == portal._thread.ident


def test_a_forked_child_gets_a_thread_of_its_own(portal: Portal) -> None:
    portal.run(_thread_of_the_loop)
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 advises against what this test is about
        child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(10)
        os.write(writer, portal.run(lambda: asyncio.sleep(0, b"alive")))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == b"alive"
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


_PATCHED = """
import asyncio, {patch}
from spotantic_nb._portal import portal

async def answer():
    await asyncio.sleep(0)
    return 42

async def main():
    return portal.run(answer) + await asyncio.wrap_future(portal.submit(answer))

{before}
{patch}.apply()
print(portal.run(answer), asyncio.run(main()))
"""


@pytest.mark.parametrize("before", ["", "portal.run(answer)"], ids=["on a new portal", "on a running portal"])
@pytest.mark.parametrize("patch", ["nest_asyncio", "nest_asyncio2"])
def test_a_patched_asyncio_changes_nothing(patch: str, before: str) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    program = [sys.executable, "-c", _PATCHED.format(patch=patch, before=before)]
    process = subprocess.run(program, env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert process.stdout == "42 84\n", process.stderr
