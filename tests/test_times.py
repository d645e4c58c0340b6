"""Times and durations, also where the zone is absurd."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from spotantic_nb import Session
from spotantic_nb._text import duration, in_utc, local
from spotantic_nb.sandbox import ScriptedUser

MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)
ABSURD = ["XXX+25", "AAA24", "AAA-24:59:59", "<+99>-99", "AAA+1000", "absurd", "", ":/etc/passwd", "Berlin,Paris"]
"""As typing errors make them; for the first five, Python has no local time."""


@pytest.fixture(params=ABSURD)
def absurd_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (1, "1 second"),
        (2.9, "2 seconds"),
        (90, "90 seconds"),
        (120, "2 minutes"),
        (5400, "90 minutes"),
        (7200, "2 hours"),
        (86_400, "24 hours"),
        (172_800, "2 days"),
        (15_552_000, "180 days"),
    ],
)
def test_a_duration_has_two_units_at_least(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.usefixtures("absurd_zone")
def test_in_a_zone_that_is_none_a_moment_stays_the_same() -> None:
    assert local(MOMENT) == MOMENT
    assert in_utc(MOMENT) == MOMENT
    assert in_utc(datetime(2026, 11, 24, 12)).tzinfo == UTC  # noqa: DTZ001 - as old token files have it


@pytest.mark.usefixtures("absurd_zone", "spotify_project")
def test_a_login_works_in_a_zone_that_is_none() -> None:
    session = Session()
    login = session.login(wait=False)
    assert login is not None
    ScriptedUser().follow(login.url)
    session.wait_for(login)
    assert session.status.message.startswith("Signed in as Ada")
    assert "Consent ends" in str(session.status)
    assert session.refresh().state == "signed in"
