"""
A question at a terminal whose answer is not shown, and which ends by itself once nobody need answer it any more.

``getpass`` asks the same way but cannot be ended from outside: a person whose login was done in the browser would still
have to press Enter.
"""

import contextlib
import getpass
import select
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

_GLANCE = 0.1
"""Seconds between two looks at whether the question is over."""


def typed(question: str, *, is_over: Callable[[], bool]) -> str:
    """
    Return the line that a person types at the terminal; an empty one where the question is over before.

    Args:
        question: What is shown.
        is_over: Tells whether nobody need answer it any more.

    Raises:
        EOFError: The terminal was closed, or Ctrl-D typed.
    """
    terminal = _terminal()
    if terminal is None:
        return getpass.getpass(question)
    with terminal, _without_echo(terminal):
        terminal.write(question.encode())
        while not select.select([terminal], [], [], _GLANCE)[0]:
            if is_over():
                return ""
        line = terminal.readline()
    if not line:
        raise EOFError
    return line.decode(errors="replace")


def _terminal() -> BinaryIO | None:
    """Open the terminal of this program, if it has one that can be asked so."""
    if termios is not None:
        with contextlib.suppress(OSError):
            return Path("/dev/tty").open("r+b", buffering=0)
    return None


@contextlib.contextmanager
def _without_echo(terminal: BinaryIO) -> Iterator[None]:
    """Keep a terminal from showing what is typed; the line is ended for the person, whose Enter is not shown either."""
    before = termios.tcgetattr(terminal)
    silent = list(before)
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        terminal.write(b"\n")
