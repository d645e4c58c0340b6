"""
Standard streams, which a program may have closed, taken away or replaced by anything that can ``write``.

A login has to be shown where it can be: its link is of no use anywhere else.
"""

import contextlib
import sys
from typing import Any

from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.errors import UnsupportedEnvironmentError


def show_on_stderr(line: str) -> None:
    """Show a line to the person, and leave a script's output to the script as long as anything else is left."""
    show(line, sys.stderr, sys.__stderr__, sys.stdout, sys.__stdout__)


@hides_locals
def show(line: str, *streams: Any) -> None:  # noqa: ANN401 - a program's own stream has no type
    """
    Write a line to the first of these streams that takes it.

    Raises:
        UnsupportedEnvironmentError: None of them does.
    """
    for stream in streams:
        # Whatever a stream of somebody else's raises, the next one is asked.
        with contextlib.suppress(Exception):
            stream.write(f"{line}\n")
            with contextlib.suppress(Exception):
                stream.flush()
            return
    raise UnsupportedEnvironmentError(
        "There is nowhere to show anything: standard output and error are closed or missing.",
        hint="Give one of them back (sys.stderr = open(...)), or call login(wait=False) and show its url yourself.",
    )


def is_terminal(stream: Any) -> bool:  # noqa: ANN401
    """Tell whether a stream is a terminal, as far as it can say so."""
    with contextlib.suppress(Exception):
        return bool(stream.isatty())
    return False
