"""Standard streams of all kinds: a line goes to the first that takes it, whatever the others do."""

import io
import sys
from typing import Any

import pytest

from spotantic_nb import UnsupportedEnvironmentError
from spotantic_nb.auth._streams import is_terminal, show, show_on_stderr


class OnlyWrites:
    def __init__(self) -> None:
        self.written = ""

    def write(self, text: str) -> None:
        self.written += text


class CannotFlush(OnlyWrites):
    def flush(self) -> None:
        raise OSError


class CannotWrite:
    def write(self, text: str) -> None:
        raise RuntimeError(text)


def closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [OnlyWrites(), CannotFlush()])
def test_a_stream_that_writes_is_enough(stream: OnlyWrites) -> None:
    show("line", stream, CannotWrite())
    assert stream.written == "line\n"


@pytest.mark.parametrize("stream", [None, object(), closed(), CannotWrite()], ids=["none", "no", "closed", "broken"])
def test_one_that_does_not_leaves_it_to_the_next(stream: Any) -> None:
    last = OnlyWrites()
    show("line", stream, last)
    assert last.written == "line\n"


def test_where_there_is_none_that_is_said() -> None:
    with pytest.raises(UnsupportedEnvironmentError, match="There is nowhere to show anything"):
        show("line", None, closed())


def test_a_scripts_output_is_left_to_the_script_as_long_as_it_has_an_error_stream(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    show_on_stderr("first")
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(sys, "__stderr__", None)
    show_on_stderr("second")
    assert capsys.readouterr() == ("second\n", "first\n")


@pytest.mark.parametrize("stream", [None, OnlyWrites(), closed(), io.StringIO()])
def test_what_cannot_say_that_it_is_a_terminal_is_none(stream: Any) -> None:
    assert not is_terminal(stream)
