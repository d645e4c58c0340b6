"""
Clocks and time zones that change while a token is held.

The law: no dead token is handed out, and no token is renewed early, whatever the local time zone does. A wall clock
that is set an hour forward costs one refresh. One that is set back makes a token seem good for as much longer, which
nobody who only asks that clock can notice; after that hour everything is well again, without anybody's help.

Local time is the package's own ``_now`` here, moved together with the clock of the sandbox, which says what is dead.
"""

import os
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Literal

import httpx
import pytest

from spotantic_nb import AccessTokenInfo, AuthCodePKCEFlowManager
from spotantic_nb.sandbox import Sandbox

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
ZONES = ["HST10", "IST-5:30", "NZST-12NZDT,M9.5.0,M4.1.0/3", BERLIN, "UTC0"]
STEP = timedelta(minutes=5)
HOUR = timedelta(hours=1)

MakeManager = Callable[[], AuthCodePKCEFlowManager]
LogIn = Callable[[], Awaitable[AuthCodePKCEFlowManager]]
SetZone = Callable[[str], None]
Season = Literal["spring", "autumn"]


class Clock:
    """The wall clock that the package sees: the true time of the sandbox, give or take an error."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.error = timedelta()
        self._sandbox = sandbox
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self.true_now() + self.error

    def true_now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def pass_time(self, duration: timedelta) -> None:
        self._sandbox.advance(duration.total_seconds())
        self._ahead += duration


class Day:
    """A day with two kernels: one holds its token in memory, the other one is started anew each time."""

    def __init__(self, clock: Clock, sandbox: Sandbox, held: AuthCodePKCEFlowManager, new: MakeManager) -> None:
        self.clock = clock
        self._sandbox = sandbox
        self._held = held
        self._new = new

    async def goes_on(self, duration: timedelta) -> timedelta:
        """Ask both for a token every five minutes; return for how long they handed out dead ones."""
        dead = timedelta()
        for _ in range(duration // STEP):
            self.clock.pass_time(STEP)
            tokens = [await manager.get_valid_access_token() for manager in (self._new(), self._held)]
            dead += STEP * (not all(map(self._is_accepted, tokens)))
        return dead

    async def refresh(self) -> None:
        """Have one kernel renew the token on request, and then the other."""
        for manager in (self._new(), self._held):
            await manager.refresh()
            assert self._is_accepted(await manager.get_valid_access_token())

    def refreshes(self) -> int:
        """Return how often the token was renewed so far."""
        asked = [request for request in self._sandbox.requests if request.path == "/api/token"]
        return sum(request.form["grant_type"] == "refresh_token" for request in asked)

    def _is_accepted(self, token: AccessTokenInfo) -> bool:
        headers = token.get_authorization_header()
        reply = httpx.get(f"{self._sandbox.api_url}/me", headers=headers, trust_env=False)
        assert reply.status_code in {200, 401}
        return reply.status_code == 200


@pytest.fixture
def clock(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(sandbox)
    monkeypatch.setattr("spotantic_nb.models._now", clock.now)
    # On a true machine, more than a second passes between two looks at a clock that moved.
    monkeypatch.setattr("spotantic_nb.auth._base._LOOK_AGAIN", 0)
    monkeypatch.setattr("spotantic_nb.auth._accounts._now", clock.now)
    return clock


@pytest.fixture
def set_zone() -> Iterator[SetZone]:
    """Change the time zone of this process, as a traveller's machine does."""
    before = os.environ.get("TZ")

    def set_it(zone: str | None) -> None:
        os.environ.pop("TZ", None)
        os.environ.update({"TZ": zone} if zone else {})
        time.tzset()

    yield set_it
    set_it(before)


@pytest.fixture
def start(clock: Clock, sandbox: Sandbox, log_in: LogIn, new_manager: MakeManager) -> Callable[[], Awaitable[Day]]:
    """Begin a day with a login."""

    async def start() -> Day:
        return Day(clock, sandbox, await log_in(), new_manager)

    return start


def next_switch(season: Season) -> datetime:
    """Return when the clocks of this time zone will next be changed."""
    to_summer = season == "spring"
    hour = int(time.time()) // 3600 * 3600
    while not (time.localtime(hour).tm_isdst == to_summer != time.localtime(hour - 1).tm_isdst):
        hour += 3600
    return datetime.fromtimestamp(hour, UTC)


@pytest.mark.parametrize("season", ["spring", "autumn"])
async def test_daylight_saving_neither_kills_a_token_nor_renews_it_early(
    season: Season, clock: Clock, set_zone: SetZone, start: Callable[[], Awaitable[Day]]
) -> None:
    set_zone(BERLIN)
    clock.pass_time(next_switch(season) - 2 * HOUR - clock.true_now())
    day = await start()
    assert await day.goes_on(4 * HOUR) == timedelta()
    assert day.refreshes() == 4


async def test_a_journey_through_time_zones_neither_kills_a_token_nor_renews_it_early(
    set_zone: SetZone, start: Callable[[], Awaitable[Day]]
) -> None:
    day = await start()
    for _, zone in zip(range(4 * HOUR // STEP), cycle(ZONES), strict=False):
        set_zone(zone)
        assert await day.goes_on(STEP) == timedelta()
    assert day.refreshes() == 4


@pytest.mark.parametrize(
    ("season", "before", "errors"),
    [
        # Before 3.12, Python goes back from that hour by the new offset: an early refresh, which harms nobody.
        pytest.param("spring", timedelta(minutes=30), {timedelta(), -HOUR}, id="into-the-hour-that-is-left-out"),
        pytest.param("autumn", timedelta(minutes=90), {timedelta()}, id="into-the-hour-that-comes-twice"),
        # The file does not tell this hour from the next one; only those who wrote such files could have.
        pytest.param("autumn", timedelta(minutes=30), {HOUR}, id="across-the-hour-that-comes-twice"),
    ],
)
def test_an_end_without_a_zone_is_local_time_also_where_clocks_are_changed(
    season: Season, before: timedelta, errors: set[timedelta], set_zone: SetZone, token_file: Path
) -> None:
    set_zone(BERLIN)
    written = next_switch(season) - before
    naive = written.astimezone().replace(tzinfo=None, fold=0) + HOUR
    token_file.parent.mkdir()
    token_file.write_text(
        f'{{"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "expires_at": "{naive}"}}'
    )
    end = AccessTokenInfo.load_token(token_file).expires_at
    assert end is not None
    assert end - (written + HOUR) in errors


async def test_a_clock_that_is_set_forward_costs_one_refresh(start: Callable[[], Awaitable[Day]]) -> None:
    day = await start()
    assert await day.goes_on(STEP) == timedelta()
    day.clock.error = HOUR
    assert await day.goes_on(STEP) == timedelta()
    assert day.refreshes() == 1
    assert await day.goes_on(2 * HOUR) == timedelta()
    assert day.refreshes() == 3


async def test_a_clock_that_is_set_back_lets_a_token_seem_good_for_that_much_longer_and_no_more(
    start: Callable[[], Awaitable[Day]],
) -> None:
    day = await start()
    day.clock.error = -HOUR
    assert await day.goes_on(2 * HOUR) <= HOUR
    assert await day.goes_on(4 * HOUR) == timedelta()


async def test_after_a_clock_was_set_back_every_kernel_can_refresh_on_request(
    start: Callable[[], Awaitable[Day]], sandbox: Sandbox
) -> None:
    sandbox.knobs.refresh_policy = "family"
    day = await start()
    day.clock.error = -HOUR
    await day.refresh()
    assert await day.goes_on(4 * HOUR) == timedelta()
