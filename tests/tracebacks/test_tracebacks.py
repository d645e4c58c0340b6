"""
No error that leaves the package shows a secret, whoever shows it: a table of failing calls by renderers.

The secrets are planted, and all hold one word. Each call fails once in a process, and is shown in every way.
"""

from functools import cache

import pytest
from failures import FAILURES, KINDS, planted, secrets_in, world
from renderers import RENDERERS, SHOW_LOCALS, behind_others, shown_by_pytest


@cache
def error_of(failure: str) -> BaseException:
    with world() as here, pytest.raises(KINDS[failure]) as caught:
        FAILURES[failure](here)
    return caught.value


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("failure", FAILURES)
def test_no_renderer_shows_a_secret(failure: str, renderer: str) -> None:
    shown = RENDERERS[renderer](behind_others(error_of(failure)))
    assert "my job failed" in shown
    assert type(error_of(failure)).__name__ in shown or renderer not in SHOW_LOCALS
    assert not secrets_in(shown)


@pytest.mark.parametrize("failure", FAILURES)
def test_an_error_that_a_cell_ends_with_shows_no_secret(failure: str) -> None:
    shown = RENDERERS["xmode Verbose"](error_of(failure))
    assert type(error_of(failure)).__name__ in shown
    assert not secrets_in(shown)


def test_pytest_shows_no_secret_with_its_showlocals_but_that_of_a_careless_function() -> None:
    shown = shown_by_pytest()  # of all failures at once, for it takes a run of pytest
    careless = shown.pop("control")
    assert shown.keys() == FAILURES.keys()
    assert all("my job failed" in text for text in shown.values())
    assert {failure: found for failure, text in shown.items() if (found := secrets_in(text))} == {}
    assert secrets_in(careless)


@pytest.mark.parametrize("renderer", SHOW_LOCALS)
def test_those_that_show_locals_would_have_shown_a_secret(renderer: str) -> None:
    def fail() -> None:
        word = planted()
        raise RuntimeError(word[:0])

    with pytest.raises(RuntimeError) as caught:
        fail()
    assert secrets_in(RENDERERS[renderer](caught.value))


@pytest.mark.parametrize("failure", FAILURES)
def test_no_error_behind_an_error_carries_a_request_or_what_was_read(failure: str) -> None:
    error: BaseException | None = error_of(failure)
    behind = []
    while (error := error.__cause__ or error.__context__) is not None:
        behind.append(error)
    assert not [error for error in behind if type(error).__module__.split(".")[0] in {"httpx", "httpcore", "h11"}]
    assert not [error for error in behind if hasattr(error, "errors") or isinstance(error, UnicodeError)]
