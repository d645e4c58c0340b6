"""A person at a terminal: a real program on a real pseudo-terminal, typed into and read from."""

import contextlib
import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from kernels import PATIENCE, link_in

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")


class Terminal:
    """A terminal with one program in it."""

    def __init__(self, command: list[str], folder: Path, environ: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        # With the terminal as the controlling one, so that Ctrl-C and getpass reach it.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command], cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        self.shown = ""
        self._seen = 0

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def wait_for(self, text: str) -> str:
        """Read on until something is shown anew, and return what was shown up to it."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.shown.find(text, self._seen)) < 0:
            assert time.monotonic() < deadline, f"{text!r} is not shown: {self.shown[self._seen :]}"
            self._read()
        start, self._seen = self._seen, found + len(text)
        return self.shown[start : self._seen]

    def wait_for_link(self) -> str:
        """Read on until a whole login link is shown."""
        return link_in(self.wait_for("&state=") + self.wait_for("\n"))

    def end(self) -> int:
        """Read on until the program has ended, and return its exit status."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"goes on: {self.shown}"
            self._read()
        while select.select([self._ours], [], [], 0)[0] and self._read():
            pass
        return self.process.returncode

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        """Take in what is shown, for a moment; tell whether anything was."""
        if not select.select([self._ours], [], [], 0.2)[0]:
            return False
        try:
            text = os.read(self._ours, 65536).decode(errors="replace")
        except OSError:
            return False  # the program has closed the terminal
        self.shown = ESCAPES.sub("", self.shown + text)
        return bool(text)


Open = Callable[[list[str]], Terminal]


@contextlib.contextmanager
def terminals(folder: Path, environ: dict[str, str]) -> Iterator[Open]:
    """Open terminals in a folder, and close them at the end."""
    opened: list[Terminal] = []

    def start(command: list[str]) -> Terminal:
        opened.append(Terminal(command, folder, environ))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()
