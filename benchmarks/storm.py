"""
Refresh storms: all kernels of a project find the token expired in the same moment.

Real processes, released together, each with many tasks on one manager, against the sandbox. However the service treats
refresh tokens, one request must do for all of them, nobody may fail, and the login must live on. The time it takes is
compared with the latency of the service, and with the least that could do it: a bare ``flock`` around one request.

    python benchmarks/storm.py --storms 20 --processes 8 --callers 20 --latency 0.1

Ends with status 1 if a count is wrong, or if the median makespan is over 2.5 times the latency.
"""

import argparse
import asyncio
import fcntl
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Literal, Self

import httpx
from pydantic import SecretStr

from spotantic_nb import AccessTokenInfo, AuthCodePKCEFlowManager, AuthSettings
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.auth._store import MemoryTokenStore
from spotantic_nb.errors import SpotanticNbError
from spotantic_nb.sandbox import Knobs, RecordedRequest, Sandbox, ScriptedUser

Policy = Literal["keep", "rotate", "family"]
Contestant = Literal["ours", "reference"]
Call = Callable[[], Awaitable[object]]

POLICIES: tuple[Policy, ...] = ("keep", "rotate", "family")

MOST_LATENCIES = 2.5
"""How many times the latency of the service a storm may last."""

_DEADLINE = 120.0
"""Seconds for anything that should be over long before."""

_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many storms there are, and how strong they are."""

    storms: int = 20
    processes: int = 8
    callers: int = 20
    latency: float = 0.1
    """Seconds that the service takes for a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where everybody finds the service and the token."""

    url: str
    client_id: str
    token_file: Path

    def manager(self) -> AuthCodePKCEFlowManager:
        """Return a new manager, as a kernel that was just started has one."""
        settings = AuthSettings(
            _env_file=None,
            client_id=SecretStr(self.client_id),
            redirect_uri="http://127.0.0.1:8765/callback",
            scope="user-top-read",
            accounts_url=self.url,
        )
        manager = AuthCodePKCEFlowManager(settings, allow_lazy_refresh=True)
        manager.store = FileTokenStore(self.token_file)
        return manager


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What one storm did."""

    requests: int
    refused: int
    failed: int
    is_lost: bool
    makespan: float
    """Seconds from the release to the last caller's answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What all storms of one policy did."""

    policy: Policy
    ours: Sequence[Storm]
    reference: Sequence[Storm]

    @property
    def is_right(self) -> bool:
        """Whether each storm took one request, refused and failed nobody, and left a login that works."""
        return all((s.requests, s.refused, s.failed, s.is_lost) == (1, 0, 0, False) for s in self.ours)

    @property
    def makespan(self) -> float:
        """The median makespan of ours, in seconds."""
        return statistics.median(storm.makespan for storm in self.ours)


def main() -> int:
    """Run all storms, print a table, and return the exit status."""
    plan = _plan(sys.argv[1:])
    outcomes = run(plan)
    print(_table(outcomes, plan))
    is_fast = all(outcome.makespan <= MOST_LATENCIES * plan.latency for outcome in outcomes)
    return 0 if is_fast and all(outcome.is_right for outcome in outcomes) else 1


def run(plan: Plan, policies: Sequence[Policy] = POLICIES) -> list[Outcome]:
    """Run the storms of each policy, always with the same processes."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(knobs=Knobs()) as sandbox:
        place = Place(url=sandbox.url, client_id=sandbox.client_id, token_file=Path(folder, ".spotantic", "token.json"))
        log_in(place)
        with Crew(place, size=plan.processes) as crew:
            return [_outcome(sandbox, crew, plan, policy) for policy in policies]


def log_in(place: Place) -> None:
    """Put the token of a new login where everybody finds it."""
    manager = place.manager()
    attempt = manager.begin()
    asyncio.run(manager.complete(attempt, attempt.answer(ScriptedUser().answer(attempt.url))))


def _outcome(sandbox: Sandbox, crew: "Crew", plan: Plan, policy: Policy) -> Outcome:
    storms: dict[Contestant, list[Storm]] = {"ours": [], "reference": []}
    sandbox.knobs.refresh_policy = policy
    for _ in range(plan.storms):
        for contestant, results in storms.items():  # in turns, so that both meet the same noise
            results.append(_storm(sandbox, crew, plan, contestant))
    return Outcome(policy=policy, ours=storms["ours"], reference=storms["reference"])


def _storm(sandbox: Sandbox, crew: "Crew", plan: Plan, contestant: Contestant) -> Storm:
    _let_expire(crew.place.token_file)
    before = len(sandbox.requests)
    with _delayed(sandbox, plan.latency):
        reports = crew.release(Order(contestant=contestant, callers=plan.callers))
    asked = [request for request in sandbox.requests[before:] if _is_for_a_token(request)]
    return Storm(
        requests=len(asked),
        refused=sum(request.status == _BAD_REQUEST for request in asked),
        failed=sum(report.failed for report in reports),
        is_lost=not _survives(crew.place),
        makespan=max(report.finished for report in reports) - min(report.started for report in reports),
    )


def _let_expire(token_file: Path) -> None:
    token = AccessTokenInfo.load_token(token_file)
    token.model_copy(update={"expires_at": datetime.now(UTC) - timedelta(seconds=1)}).store_token(token_file)


def _is_for_a_token(request: RecordedRequest) -> bool:
    return request.path == "/api/token"


@contextmanager
def _delayed(sandbox: Sandbox, latency: float) -> Iterator[None]:
    sandbox.knobs.token_delay = latency
    try:
        yield
    finally:
        sandbox.knobs.token_delay = 0


def _survives(place: Place) -> bool:
    """Tell whether the login can still be refreshed; log in again where it cannot, for the next storm."""
    try:
        asyncio.run(place.manager().refresh())
    except SpotanticNbError:
        log_in(place)
        return False
    return True


# The processes


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What every process is to do when it is released."""

    contestant: Contestant
    callers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one process saw; the times are of the clock that all processes of a machine share."""

    started: float
    finished: float
    failed: int


class Crew:
    """
    Processes that are started once and released together, again and again.

    Args:
        place: Where they find the service and the token.
        size: How many there are.
    """

    def __init__(self, place: Place, *, size: int) -> None:
        self.place = place
        context = multiprocessing.get_context("spawn")
        # Held here: a process that is still starting looks for it by name.
        self._barrier = context.Barrier(size)
        pipes = [context.Pipe() for _ in range(size)]
        self._ends: list[Connection] = [ours for ours, _ in pipes]
        self._processes = [
            context.Process(target=serve, args=(theirs, self._barrier, place), daemon=True) for _, theirs in pipes
        ]

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        for end in self._ends:
            _answer(end)  # it is warm
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join(timeout=_DEADLINE)

    def release(self, order: Order) -> list[Report]:
        """Let all of them go, and return what they saw."""
        for end in self._ends:
            end.send(order)
        return [_answer(end) for end in self._ends]


def _answer(end: Connection) -> Report:
    if not end.poll(_DEADLINE):
        raise TimeoutError("A process of the storm does not answer.")
    report: Report = end.recv()
    return report


def serve(end: Connection, barrier: Barrier, place: Place) -> None:
    """Be one process of the crew: say when it is warm, then follow orders until the pipe is closed."""
    with asyncio.Runner() as runner:
        end.send(runner.run(_warm_up(place)))
        while (order := _next_order(end)) is not None:
            end.send(runner.run(_weather(order, barrier, place)))


def _next_order(end: Connection) -> Order | None:
    try:
        order: Order = end.recv()
    except EOFError:
        return None
    return order


async def _warm_up(place: Place) -> Report:
    """Refresh once, as every kernel has that is open for an hour: what is imported late is imported by then."""
    started = time.monotonic()
    manager = place.manager()
    held = AccessTokenInfo.load_token(place.token_file)
    manager.store = MemoryTokenStore()  # so that each asks for itself; the policy is "keep" now, nobody is in the way
    manager.store.save(held)
    await manager.refresh()
    _ask_for_successor(place, held)
    return Report(started=started, finished=time.monotonic(), failed=0)


async def _weather(order: Order, barrier: Barrier, place: Place) -> Report:
    call = _caller(order.contestant, place)
    await asyncio.to_thread(barrier.wait, _DEADLINE)
    started = time.monotonic()
    answers = await asyncio.gather(*(call() for _ in range(order.callers)), return_exceptions=True)
    return Report(started=started, finished=time.monotonic(), failed=sum(not _is_good(answer) for answer in answers))


def _is_good(answer: object) -> bool:
    return isinstance(answer, AccessTokenInfo) and not answer.is_expired()


def _caller(contestant: Contestant, place: Place) -> Call:
    if contestant == "reference":
        return lambda: asyncio.to_thread(_bare_token, place)
    manager = place.manager()
    _ = manager.access_token_info  # the expired one, held in memory as by a kernel that was idle for an hour
    return manager.get_valid_access_token


# The reference: the least that is right


def _bare_token(place: Place) -> AccessTokenInfo:
    with place.token_file.with_suffix(".flock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        held = AccessTokenInfo.load_token(place.token_file)
        if not held.is_expired():
            return held
        fresh = _ask_for_successor(place, held)
        place.token_file.write_text(fresh.model_dump_json())
        return fresh


def _ask_for_successor(place: Place, held: AccessTokenInfo) -> AccessTokenInfo:
    if held.refresh_token is None:
        raise RuntimeError("The login of the benchmark has no refresh token.")
    form = {
        "grant_type": "refresh_token",
        "refresh_token": held.refresh_token.get_secret_value(),
        "client_id": place.client_id,
    }
    reply = httpx.post(f"{place.url}/api/token", data=form, verify=False, trust_env=False)  # noqa: S501 - loopback
    return AccessTokenInfo.model_validate(json.loads(reply.raise_for_status().content)).succeeding(held)


# What is printed


def _table(outcomes: Sequence[Outcome], plan: Plan) -> str:
    head = ("policy", "storms", "requests", "refused", "failed", "lost", "ours ms", "reference ms", "x latency")
    rows = [head, *(_row(outcome, plan) for outcome in outcomes)]
    return "\n".join("".join(cell.rjust(14) for cell in row) for row in rows)


def _row(outcome: Outcome, plan: Plan) -> tuple[str, ...]:
    ours = outcome.ours
    requests = [storm.requests for storm in ours]
    reference = statistics.median(storm.makespan for storm in outcome.reference)
    return (
        outcome.policy,
        str(len(ours)),
        f"{min(requests)}/{max(requests)}",
        str(sum(storm.refused for storm in ours)),
        str(sum(storm.failed for storm in ours)),
        str(sum(storm.is_lost for storm in ours)),
        f"{outcome.makespan * 1e3:.0f}",
        f"{reference * 1e3:.0f}",
        f"{outcome.makespan / plan.latency:.2f}",
    )


def _plan(arguments: Sequence[str]) -> Plan:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    usual = Plan()
    parser.add_argument("--storms", type=int, default=usual.storms, help="storms of each policy")
    parser.add_argument("--processes", type=int, default=usual.processes, help="kernels of the project")
    parser.add_argument("--callers", type=int, default=usual.callers, help="tasks of each kernel")
    parser.add_argument("--latency", type=float, default=usual.latency, help="seconds the service takes")
    return replace(usual, **vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    raise SystemExit(main())
