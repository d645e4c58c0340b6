"""Two acts at the same moment, in two kernels or in one: no login is lost, and none comes back."""

import contextlib
import os
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spotantic_nb import AuthorizationError, NotLoggedInError, Session
from spotantic_nb.auth._login import Login
from spotantic_nb.sandbox import Sandbox, ScriptedUser

PROGRAM = Path(__file__).with_name("session_kernel.py")
LACKING = "user-follow-read"
WINDOW = 0.03
"""Seconds within which one act begins after the other: about three refreshes."""


class OtherKernel:
    """A process with a session of its own."""

    def __init__(self, port: int) -> None:
        environ = {**os.environ, "SPOTANTIC_AUTH_REDIRECT_URI": f"http://127.0.0.1:{port}/callback"}
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
        )

    def begin(self, act: str) -> None:
        """Have it do something."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{act}\n")
        self._process.stdin.flush()

    def outcome(self) -> str:
        """Return how that ended."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@pytest.fixture
def new_kernel_process(spotify_project: Path) -> Iterator[Callable[[], OtherKernel]]:
    started: list[OtherKernel] = []

    def start() -> OtherKernel:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            started.append(OtherKernel(probe.getsockname()[1]))
        return started[-1]

    yield start
    for kernel in started:
        kernel.close()


def log_in(session: Session) -> None:
    login = session.login("pkce", force=True, wait=False)
    assert login is not None
    ScriptedUser().follow(login.url)
    session.wait_for(login)


def token_files(project: Path) -> list[str]:
    return [file.name for file in project.glob(".spotantic/*.json*") if not file.name.endswith(".lock")]


def test_a_login_that_is_finished_while_another_kernel_refreshes_is_never_lost(
    new_kernel_process: Callable[[], OtherKernel], sandbox: Sandbox, amount: Callable[[int, int], int]
) -> None:
    sandbox.knobs.refresh_policy = "rotate"
    one, other = new_kernel_process(), new_kernel_process()
    one.begin("log in")
    assert one.outcome() == "done"
    for _ in range(amount(8, 200)):
        one.begin("log in")
        other.begin("refresh 40")
        assert (one.outcome(), other.outcome()) == ("done", "done")
        Session().refresh()


def test_a_log_out_is_not_undone_by_another_kernels_refresh(
    new_kernel_process: Callable[[], OtherKernel], spotify_project: Path, amount: Callable[[int, int], int]
) -> None:
    one, other = new_kernel_process(), new_kernel_process()
    for _ in range(amount(8, 200)):
        one.begin("log in")
        assert one.outcome() == "done"
        other.begin("refresh 12")
        threading.Event().wait(random.uniform(0, WINDOW))
        one.begin("log out")
        assert one.outcome() == "done"
        assert other.outcome() in {"done", "NotLoggedInError"}
        assert token_files(spotify_project) == []


def test_a_log_out_is_not_undone_by_a_refresh_of_the_same_kernel(
    spotify_project: Path, amount: Callable[[int, int], int]
) -> None:
    session, logged_out = Session(), threading.Event()

    def refresh() -> None:
        with contextlib.suppress(NotLoggedInError):
            while not logged_out.is_set():
                session.refresh()

    with ThreadPoolExecutor() as threads:
        for _ in range(amount(8, 200)):
            log_in(session)
            logged_out.clear()
            refreshing = threads.submit(refresh)
            threading.Event().wait(random.uniform(0, WINDOW))
            session.logout()
            logged_out.set()
            refreshing.result()
            assert (token_files(spotify_project), session.status.state) == ([], "signed out")


def test_of_two_logins_that_are_begun_at_once_one_is_open(
    sandbox: Sandbox, spotify_project: Path, port: int, amount: Callable[[int, int], int]
) -> None:
    sandbox.knobs.access_lifetime = 1  # so that each of them has a token to renew first
    session = Session()
    log_in(session)

    def begin(_: int) -> Login | None:
        try:
            return session.login("pkce", scope=[LACKING], wait=False)
        except AuthorizationError:
            return None

    with ThreadPoolExecutor() as threads:
        for _ in range(amount(8, 200)):
            assert begin(0)
            begun = list(threads.map(begin, range(2)))
            assert [login.done for login in begun if login].count(False) == 1
            session.cancel()
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
