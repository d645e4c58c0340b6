"""However many ask at once, and with whichever client: one place renews, once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Timer

import pytest
from clients import Client, refreshes

from spotantic_nb import InvalidGrantError, NotLoggedInError, Session, models
from spotantic_nb.auth import _accounts, _base
from spotantic_nb.sandbox import Sandbox

RENEWAL = 0.3
"""Seconds that a renewal takes, so that about ten of twenty callers come while it lasts."""


def set_clock(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    for module in (models, _accounts):
        monkeypatch.setattr(module, "_now", lambda: datetime.now(UTC) + by)


@pytest.mark.parametrize("apart", [0, 0.03], ids=["at once", "30 ms apart"])
class TestOneRefresh:
    @pytest.fixture(autouse=True)
    def _takes_its_time(self, session: Session, sandbox: Sandbox) -> None:
        sandbox.knobs.token_delay = RENEWAL

    def test_for_all_who_find_the_token_over(
        self, client: Client, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, apart: float
    ) -> None:
        sandbox.advance(3601)
        set_clock(monkeypatch, timedelta(seconds=3601))
        assert client.at_once(apart=apart) == [200] * 20
        assert refreshes(sandbox) == 1

    def test_for_all_who_are_refused(self, client: Client, sandbox: Sandbox, apart: float) -> None:
        sandbox.advance(3601)
        assert client.at_once(apart=apart) == [200] * 20
        assert refreshes(sandbox) == 1

    def test_with_a_clock_that_was_set_back(
        self, client: Client, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, apart: float
    ) -> None:
        sandbox.advance(3601)
        set_clock(monkeypatch, timedelta(hours=-2))
        assert client.at_once(apart=apart) == [200] * 20
        assert refreshes(sandbox) == 1


class TestARefusalThatLasts:
    @pytest.fixture
    def api_url(self) -> Iterator[str]:
        """A Web API that knows no token of the session's accounts service."""
        with Sandbox() as stranger:
            yield stranger.api_url

    def test_costs_one_refresh_and_is_the_clients_own_error(self, client: Client, sandbox: Sandbox) -> None:
        assert client.in_turn(50) == [401] * 50
        assert refreshes(sandbox) == 1

    def test_is_looked_into_again_after_a_minute(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        credential = session.credential()
        token = credential.renew(after=credential.token())
        assert credential.renew(after=token) == token
        later = _base._monotonic() + 61
        monkeypatch.setattr(_base, "_monotonic", lambda: later)
        assert credential.renew(after=token) != token


class TestADeadLogin:
    def test_is_one_request_and_a_typed_error_for_all(self, client: Client, sandbox: Sandbox) -> None:
        sandbox.revoke_consent("ada")
        sandbox.advance(3601)
        assert client.at_once() == [InvalidGrantError] * 20
        assert refreshes(sandbox) == 1
        assert client.at_once() == [InvalidGrantError] * 20
        assert refreshes(sandbox) == 1

    def test_without_a_login_it_is_said(self, client: Client, session: Session) -> None:
        session.logout()
        with pytest.raises(NotLoggedInError):
            client()


def test_callers_who_learn_one_after_the_other_that_one_token_is_stale_cause_one_refresh(
    session: Session, sandbox: Sandbox
) -> None:
    credential = session.credential()
    stale = credential.token()
    sandbox.advance(3601)
    sandbox.knobs.token_delay = 0.05
    renewed: list[str] = []
    callers = [Timer(0.03 * number, lambda: renewed.append(credential.renew(after=stale))) for number in range(20)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert (len(set(renewed)), len(renewed), refreshes(sandbox)) == (1, 20, 1)
