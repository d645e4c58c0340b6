"""
Kernels that are killed while they refresh, at random moments.

A service that rotates refresh tokens sends the new one once. If the process that asked for it dies before the reply is
on the disk, no client can save that login: that is the one loss there may be, and it is counted apart. Under a service
that lets the old token live until the new one is used (``overlap``), there may be none. Which step a kernel died in is
known from what it said (``refresher.py``) and from what the sandbox has answered.
"""

import logging
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import kill
from pathlib import Path
from typing import Literal

import httpx
import pytest

from spotantic_nb import AuthCodePKCEFlowManager, InvalidGrantError
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.sandbox import Sandbox

_log = logging.getLogger(__name__)

REFRESHER = Path(__file__).with_name("refresher.py")
LONGEST_LIFE = 0.06
"""Seconds: some kernels die with their first reply in hand, some after ten more."""

DEADLINE = 20.0

MakeManager = Callable[[], AuthCodePKCEFlowManager]
LogIn = Callable[[], Awaitable[object]]
Policy = Literal["rotate", "family", "overlap"]


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of a kernel that is dead."""

    answered: int
    """How many of its requests the service had granted."""
    arrived: int
    """How many replies had reached it."""
    kept: int
    """How many of them it had said to be on the disk."""

    @property
    def death(self) -> str:
        """Between which steps it died."""
        if self.answered > self.arrived:
            return "with a reply on its way"
        return "with a reply in hand" if self.arrived > self.kept else "with everything kept"


class Nursery:
    """Kernels that live for a moment, one after the other."""

    def __init__(self, process: subprocess.Popen[str], sandbox: Sandbox) -> None:
        self._process = process
        self.sandbox = sandbox

    def live(self, seconds: float) -> Life:
        """Have a kernel refresh, and kill it so long after its first reply has arrived."""
        before = self._granted()
        self._ask("refresh")
        kernel, first = int(self._line()), self._line()
        threading.Event().wait(seconds)
        kill(kernel, signal.SIGKILL)
        return self._buried(before, first)

    def die_while_writing(self) -> Life:
        """Have a kernel refresh that dies when its temporary file is written and not yet renamed."""
        before = self._granted()
        self._ask("refresh and die while writing")
        self._line()  # its number, and nobody has to kill it
        return self._buried(before)

    def _buried(self, before: int, *said_before: str) -> Life:
        said = Counter([*said_before, *iter(self._line, "gone")])
        assert "failed" not in said
        self._settle()
        return Life(self._granted() - before, said["arrived"], said["kept"])

    def _settle(self) -> None:
        """Return when the service has nothing more to do for the dead: it takes what comes in turn."""
        for _ in range(3):
            httpx.get(f"{self.sandbox.url}/settled", trust_env=False, timeout=DEADLINE)

    def _granted(self) -> int:
        return sum(request.path == "/api/token" and request.status == 200 for request in self.sandbox.requests)

    def _ask(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "The program that forks the kernels has died."
        return line.rstrip("\n")


@pytest.fixture
def nursery(sandbox: Sandbox, token_file: Path) -> Iterator[Nursery]:
    """A process that has imported everything, and forks a kernel when asked."""
    command = [sys.executable, str(REFRESHER), sandbox.url, sandbox.client_id, str(token_file)]
    with _running(command) as process:
        yield Nursery(process, sandbox)


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@dataclass(slots=True)
class Survivor:
    """The next kernel of the project, which finds what the dead one left."""

    new_manager: MakeManager
    log_in: LogIn
    token_file: Path

    async def carries_on(self) -> bool:
        """Tell whether the login still works; log in again where it does not."""
        assert self.reads()
        works = await self.refreshes()
        assert self.leftovers() == []
        if not works:
            await self.log_in()
        return works

    def reads(self) -> bool:
        """Tell whether the file holds a whole token."""
        said: list[str] = []
        return FileTokenStore(self.token_file, notify=said.append).load() is not None and not said

    async def refreshes(self) -> bool:
        """Tell whether the service still takes the refresh token."""
        try:
            await self.new_manager().refresh()
        except InvalidGrantError:
            return False
        return True

    def leftovers(self) -> list[str]:
        """Return the temporary and broken files there are."""
        names = sorted(path.name for path in self.token_file.parent.iterdir())
        return [name for name in names if name.endswith(".tmp") or "broken" in name]


@pytest.fixture
def survivor(new_manager: MakeManager, log_in: LogIn, token_file: Path) -> Survivor:
    return Survivor(new_manager, log_in, token_file)


@pytest.fixture
def lives(amount: Callable[[int, int], int]) -> int:
    """How many kernels are killed under each policy."""
    return amount(9, 1000)


@pytest.mark.parametrize("policy", ["rotate", "family", "overlap"])
async def test_no_login_is_lost_but_with_its_reply(
    policy: Policy, lives: int, nursery: Nursery, survivor: Survivor
) -> None:
    nursery.sandbox.knobs.refresh_policy = policy
    await survivor.log_in()
    chance, deaths = random.Random(f"2026 {policy}"), Counter[tuple[str, str]]()
    for _ in range(lives):
        life = nursery.live(chance.uniform(0, LONGEST_LIFE))
        assert life.answered - life.kept in {0, 1}
        assert life.arrived > 0
        deaths[life.death, "works" if await survivor.carries_on() else "lost"] += 1
    _log.info("Killed under %s: %s", policy, dict(deaths))
    assert deaths["with everything kept", "lost"] == 0
    if policy == "overlap":  # the service still takes what is on the disk, whichever moment it was
        assert {outcome for _, outcome in deaths} == {"works"}


async def test_what_a_kernel_leaves_that_dies_while_writing_is_cleared_away(
    nursery: Nursery, survivor: Survivor
) -> None:
    await survivor.log_in()
    assert nursery.die_while_writing() == Life(answered=1, arrived=1, kept=0)
    assert len(survivor.leftovers()) == 1
    assert survivor.reads()
    assert await survivor.refreshes()
    assert survivor.leftovers() == []
