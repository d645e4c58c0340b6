"""The portal: one loop on one thread, where waiting can be interrupted and nothing is lost."""

import _thread
import asyncio
import concurrent.futures
import contextlib
import gc
import itertools
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from spotantic_nb import _portal
from spotantic_nb._portal import Portal
from spotantic_nb.errors import NotLoggedInError, UnsupportedEnvironmentError


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set once a caller waits for the portal."""
    waiting, wait = threading.Event(), _portal.wait

    def say_so(*args: Any) -> None:
        waiting.set()
        wait(*args)

    monkeypatch.setattr(_portal, "wait", say_so)
    return waiting


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A portal of the test's own, closed afterwards."""
    portal = Portal()
    yield portal
    _end(portal)


def _end(portal: Portal) -> None:
    """End the loop of a portal and wait for its thread."""
    for loop in list(portal._loop._loops.values()):
        portal.call(loop.stop)
    for thread in filter(threading.Thread.is_alive, list(portal._loop._threads.values())):
        thread.join(30)


def _is_interrupted(portal: Portal, moment: int) -> bool:
    """Press Stop at one of the moments of a call at which Python looks for signals; tell whether there are so many."""
    moments, pressed = itertools.count(1), []

    def profile(frame: FrameType, event: str, _: object) -> None:
        # Python itself prints and forgets what is raised in the callback of a weak reference.
        if event in {"call", "c_return"} and frame.f_code.co_name != "_remove" and next(moments) == moment:
            pressed.append(moment)
            raise KeyboardInterrupt

    # So it does with what is raised while it collects garbage, which may come at any moment.
    with contextlib.suppress(KeyboardInterrupt):
        sys.setprofile(profile)
        try:
            portal.run(lambda: asyncio.sleep(0))
        finally:
            sys.setprofile(None)
    return bool(pressed)


async def _thread_of_the_loop() -> int:
    return threading.get_ident()


async def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


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
    [thread] = portal._loop._threads.values()
    assert thread.daemon


def test_threads_that_come_at_once_share_one_loop(portal: Portal) -> None:
    barrier = threading.Barrier(8)

    def come() -> int:
        barrier.wait(30)
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
    seen: list[int] = []
    portal.call(lambda: seen.append(threading.get_ident()))
    thread = portal.run(_thread_of_the_loop)
    assert seen == [thread]


def test_the_portals_own_thread_is_refused_at_once(portal: Portal) -> None:
    async def wait_for_itself() -> float:
        began = time.monotonic()
        with pytest.raises(RuntimeError, match="cannot wait for itself"):
            portal.run(_thread_of_the_loop)
        return time.monotonic() - began

    assert portal.run(wait_for_itself) < 1


async def _everything_else() -> None:
    """Wait for all the portal's other work."""
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
    await asyncio.sleep(0)


async def _interrupt_the_caller(waiting: threading.Event) -> None:
    """Press Stop while the main thread waits."""
    await asyncio.to_thread(waiting.wait, 5)
    _thread.interrupt_main()


def test_an_interrupt_cancels_the_coroutine_and_waits_for_its_clean_up(
    portal: Portal, waiting: threading.Event
) -> None:
    story: list[str] = []

    async def work() -> None:
        try:
            await _interrupt_the_caller(waiting)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            story.append("cancelled")
            await asyncio.sleep(0.1)  # a port takes a moment to be freed
            story.append("clean")
            raise

    with pytest.raises(KeyboardInterrupt):
        portal.run(work)
    assert story == ["cancelled", "clean"]


def test_a_real_signal_interrupts_a_wait_as_well(portal: Portal, waiting: threading.Event) -> None:
    async def press_control_c() -> None:
        await asyncio.to_thread(waiting.wait, 5)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()

    with pytest.raises(KeyboardInterrupt):
        portal.run(press_control_c)


def test_an_error_after_an_interrupt_is_nobodys_business(
    portal: Portal, waiting: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        try:
            await _interrupt_the_caller(waiting)
            await asyncio.Event().wait()
        finally:
            raise NotLoggedInError("There is no token.", hint="Log in first.")

    with pytest.raises(KeyboardInterrupt):
        portal.run(work)
    gc.collect()
    portal.run(_everything_else)
    assert caplog.text == ""


@pytest.mark.parametrize("has_ended", [True, False])
def test_work_that_has_ended_or_not_begun_when_the_interrupt_comes_is_not_waited_for(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, *, has_ended: bool
) -> None:
    call = portal.call

    def be_interrupted(function: Callable[..., Any]) -> None:
        monkeypatch.setattr(portal, "call", call)
        if has_ended:
            call(function)
            portal.run(_everything_else)
        monkeypatch.setattr(_portal, "wait", never_in_vain)
        raise KeyboardInterrupt

    def never_in_vain(news: "queue.SimpleQueue[None]", seconds: float) -> None:
        if has_ended:
            news.get()  # what told of the end was heard before the interrupt
        news.get(timeout=seconds)

    monkeypatch.setattr(portal, "call", be_interrupted)
    with pytest.raises(KeyboardInterrupt):
        portal.run(lambda: asyncio.sleep(0))


async def test_a_running_loop_may_wait_and_may_await(portal: Portal) -> None:
    waited_for = portal.run(_thread_of_the_loop)
    async with asyncio.timeout(30):
        awaited = await portal.arun(_thread_of_the_loop)
    assert waited_for == awaited != threading.get_ident()


async def test_other_coroutines_run_while_one_awaits_the_portal(portal: Portal) -> None:
    release = threading.Event()
    async with asyncio.timeout(30):
        work = asyncio.create_task(portal.arun(lambda: asyncio.to_thread(release.wait, 30)))
        await asyncio.sleep(0)
        release.set()
        assert await work


async def test_an_exception_arrives_where_it_is_awaited(portal: Portal) -> None:
    async def fail() -> None:
        raise NotLoggedInError("There is no token.", hint="Log in first.")

    with pytest.raises(NotLoggedInError):
        await portal.arun(fail)


async def test_a_cancelled_await_cancels_the_coroutine(portal: Portal) -> None:
    started, cancelled = threading.Event(), threading.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    task = asyncio.create_task(portal.arun(work))
    assert await asyncio.to_thread(started.wait, 5)
    task.cancel()
    assert await asyncio.to_thread(cancelled.wait, 5)


def test_who_awaits_may_be_gone_before_the_clean_up_ends(portal: Portal, caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()

    async def clean_up_slowly() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.to_thread(release.wait, 30)

    async def go_away() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(portal.arun(clean_up_slowly), 0.01)

    asyncio.run(go_away())
    release.set()
    portal.run(_everything_else)
    assert caplog.text == ""


def test_an_interrupt_at_any_moment_leaves_the_one_thread_at_work(portal: Portal) -> None:
    thread = portal.run(_thread_of_the_loop)
    interrupts = 0
    while _is_interrupted(portal, interrupts + 1):
        interrupts += 1
        served: queue.SimpleQueue[int] = queue.SimpleQueue()
        portal.call(lambda: served.put(threading.get_ident()))  # noqa: B023 - called before the next one is made
        assert served.get(timeout=30) == thread
    assert interrupts > 10


def test_an_interrupt_at_any_moment_of_the_first_call_leaves_a_portal_that_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # of a loop that was only half made
    interrupts, was_interrupted = 0, True
    while was_interrupted:
        portal = Portal()
        was_interrupted = _is_interrupted(portal, interrupts + 1)
        interrupts += was_interrupted
        served: queue.SimpleQueue[int] = queue.SimpleQueue()
        portal.call(lambda: served.put(threading.get_ident()))  # noqa: B023 - called before the next one is made
        assert served.get(timeout=30) == portal.run(_thread_of_the_loop)
        _end(portal)
    gc.collect()
    assert interrupts > 100


def test_who_finds_no_room_for_a_thread_leaves_nothing_open_and_may_try_again(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(_thread, "start_new_thread", refuse)
        for _ in range(3):
            with pytest.raises(UnsupportedEnvironmentError, match="No new thread can be started"):
                portal.run(_thread_of_the_loop)
        assert len(portal._loop._loops) == 1
    assert portal.run(_thread_of_the_loop)


def test_the_last_thread_that_the_system_allows_is_enough(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert portal.run(_thread_of_the_loop) != threading.get_ident()


def test_a_portal_whose_loop_has_ended_starts_anew(portal: Portal) -> None:
    portal.run(_thread_of_the_loop)
    [before] = portal._loop._loops.values()
    _end(portal)
    assert portal.run(_loop) is not before


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
    async with asyncio.timeout(30):
        await asyncio.sleep(0)
    return 42

async def main():
    return portal.run(answer) + await portal.arun(answer)

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


AT_THE_END = """
import asyncio, atexit, time

def look():
    before = steps
    time.sleep(0.1)
    print(before > 0, steps - before)

atexit.register(look)  # called after what the package registers, which is imported only now
from spotantic_nb._portal import portal
steps = 0

async def work():
    global steps
    while True:
        steps += 1
        await asyncio.sleep(0)

async def begin():
    portal.task = asyncio.create_task(work())
    await asyncio.sleep(0)

portal.run(begin)
"""


def test_it_stands_still_between_two_steps_while_python_ends() -> None:
    ended = subprocess.run([sys.executable, "-c", AT_THE_END], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True 0\n", "")
