"""What is taken from an error on its way out, and what is left."""

import traceback
from collections.abc import Iterator
from typing import NoReturn

import pytest

from spotantic_nb._tracebacks import hides_locals


def failing(secret: str) -> NoReturn:
    raise LookupError


@hides_locals
def fail(secret: str) -> None:
    failing(secret)


@hides_locals
async def fail_later(secret: str) -> None:
    failing(secret)


def locals_of(error: BaseException) -> dict[str, dict[str, object]]:
    """Return the local variables of every frame but the test's own."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][1:]
    return {frame.f_code.co_name: dict(frame.f_locals) for frame in frames}


async def test_files_and_lines_stay_and_local_variables_go() -> None:
    with pytest.raises(LookupError) as caught:
        fail("a secret")
    with pytest.raises(LookupError) as caught_later:
        await fail_later("a secret")
    for error, name in ((caught.value, "fail"), (caught_later.value, "fail_later")):
        assert [frame.name for frame in traceback.extract_tb(error.__traceback__)][-2:] == [name, "failing"]
        assert traceback.extract_tb(error.__traceback__)[-1].line == "raise LookupError"
        assert "secret" not in str(locals_of(error))


def test_what_the_caller_was_handling_stays_as_it_is() -> None:
    def ours(word: str) -> NoReturn:
        raise ValueError

    def numbers() -> Iterator[int]:
        try:
            ours("mine")
        except ValueError as error:
            yield errors.append(error) or 1
        yield 2

    errors: list[ValueError] = []
    generator = numbers()
    assert next(generator) == 1
    try:
        raise errors[0]
    except ValueError:
        with pytest.raises(LookupError) as caught:
            fail("a secret")
    assert caught.value.__context__ is errors[0]
    assert locals_of(errors[0])["ours"] == {"word": "mine"}
    assert next(generator) == 2


def test_what_from_none_hides_is_let_go_and_what_is_shown_stays() -> None:
    @hides_locals
    def hide() -> None:
        try:
            failing("a secret")
        except LookupError:
            raise ValueError from None

    @hides_locals
    def show() -> None:
        try:
            failing("a secret")
        except LookupError as error:
            raise ValueError from error

    with pytest.raises(ValueError) as hidden:  # noqa: PT011 - it says nothing
        hide()
    assert hidden.value.__context__ is None
    with pytest.raises(ValueError) as shown:  # noqa: PT011
        show()
    assert isinstance(shown.value.__cause__, LookupError)
    assert "secret" not in str(locals_of(shown.value.__cause__))


def test_a_decorated_function_keeps_its_name_and_its_result() -> None:
    @hides_locals
    def double(number: int) -> int:
        """Return twice the number."""
        return 2 * number

    assert (double(2), double.__name__, double.__doc__) == (4, "double", "Return twice the number.")
