"""Tests that all fail, to be run by a pytest that shows local variables; not collected otherwise."""

import pytest
from failures import FAILURES, planted, world


@pytest.mark.parametrize("failure", FAILURES)
def test_fails(failure: str) -> None:
    with world() as here:
        try:
            FAILURES[failure](here)
        except BaseException as error:
            raise RuntimeError("my job failed") from error


@pytest.mark.parametrize("name", ["control"])
def test_shows_its_locals(name: str) -> None:
    word = planted()  # noqa: F841 - to be shown
    raise RuntimeError(name)
