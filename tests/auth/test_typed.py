"""A question at a terminal: what is typed is not shown, and the terminal is afterwards as it was, however it ends."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminals import Terminal

from spotantic_nb.auth._typed import typed

ASK = """
from pathlib import Path
from spotantic_nb.auth._typed import typed
try:
    print("got", typed("Address? ", is_over=Path("over").exists))
except BaseException as error:
    print("got", type(error).__name__)
"""


@pytest.fixture
def terminal(project: Path) -> Iterator[Terminal]:
    terminal = Terminal([sys.executable, "-c", ASK], project, {**os.environ})
    terminal.wait_for("Address? ")
    assert not terminal.echoes()
    yield terminal
    terminal.end()
    assert terminal.echoes()
    terminal.close()


@pytest.mark.parametrize(
    ("keys", "got"), [("a line\n", "a line"), ("\n", "\r\n"), ("\x04", "EOFError"), ("\x03", "KeyboardInterrupt")]
)
def test_it_ends_with_what_is_typed(terminal: Terminal, keys: str, got: str) -> None:
    terminal.type(keys)
    assert terminal.wait_for("got ").lstrip() == "got "
    terminal.wait_for(got)


def test_it_ends_when_nobody_need_answer_any_more_and_forgets_half_a_line(terminal: Terminal, project: Path) -> None:
    terminal.type("half a line")
    (project / "over").touch()
    terminal.wait_for("got ")
    terminal.end()
    assert "half" not in terminal.shown


def test_without_a_terminal_it_is_asked_as_python_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spotantic_nb.auth._typed.termios", None)
    monkeypatch.setattr("getpass.getpass", lambda question: f"{question}typed")
    assert typed("? ", is_over=lambda: True) == "? typed"
