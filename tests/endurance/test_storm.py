"""Refresh storms between real processes: one request, nobody refused or failed, no login lost."""

from collections.abc import Callable

import pytest
import storm


@pytest.fixture
def plan(amount: Callable[[int, int], int]) -> storm.Plan:
    """The storms of the benchmark, or a few small ones."""
    return storm.Plan(storms=amount(2, 20), processes=amount(4, 8), callers=amount(5, 20), latency=0.1)


def test_a_storm_of_kernels_takes_one_request_whatever_the_service_does_with_refresh_tokens(plan: storm.Plan) -> None:
    outcomes = storm.run(plan)
    assert [outcome.policy for outcome in outcomes] == ["keep", "rotate", "family"]
    counts = {(s.requests, s.refused, s.failed, s.is_lost) for outcome in outcomes for s in outcome.ours}
    assert counts == {(1, 0, 0, False)}
