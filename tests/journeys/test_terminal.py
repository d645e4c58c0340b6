"""Terminal IPython, on a real pseudo-terminal: the link is printed and waited for."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernels import PATIENCE, is_free, link_in

from spotantic_nb.sandbox import ScriptedUser

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")


class Terminal:
    """A person at a terminal with IPython in it."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        python = [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"]
        # With the terminal as the controlling one, so that Ctrl-C and getpass reach it.
        command = ["setsid", "--ctty", *python]
        self.process = subprocess.Popen(command, cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.shown = ""

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def wait_for(self, text: str) -> None:
        """Read until something is shown."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            if select.select([self._ours], [], [], 0.2)[0]:
                self.shown += ESCAPES.sub("", os.read(self._ours, 65536).decode(errors="replace"))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def terminal(spotify_project: Path, environ: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal(spotify_project, environ)
    terminal.wait_for("In [1]:")
    terminal.type("%load_ext spotantic_nb\n")
    terminal.wait_for("In [2]:")
    yield terminal
    terminal.close()


def test_the_link_is_printed_and_waited_for(terminal: Terminal) -> None:
    terminal.type("%spotantic_login --no-browser\n")
    terminal.wait_for("&state=")
    terminal.wait_for("\r\n")
    ScriptedUser().follow(link_in(terminal.shown))
    terminal.wait_for("Signed in as Ada")
    terminal.type("%spotantic_token\n")
    terminal.wait_for("SecretStr('**********')")


def test_a_pasted_address_is_taken_and_not_shown(terminal: Terminal) -> None:
    terminal.type("%spotantic_login --paste\n")
    terminal.wait_for("press Enter when the tab says done:")
    address = ScriptedUser().answer(link_in(terminal.shown))
    terminal.type(f"{address}\n")
    terminal.wait_for("Signed in as Ada")
    assert address not in terminal.shown


def test_ctrl_c_ends_the_login_and_frees_the_port(terminal: Terminal, port: int) -> None:
    terminal.type("%spotantic_login\n")
    terminal.wait_for("&state=")
    terminal.type("\x03")
    terminal.wait_for("KeyboardInterrupt")
    terminal.wait_for("In [3]:")
    assert is_free(port)
