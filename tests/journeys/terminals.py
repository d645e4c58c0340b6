"""A person at a terminal: a real program on a real pseudo-terminal, typed into and read from."""

import os
import pty
import re
import select
import subprocess
import termios
import time
from pathlib import Path

from kernels import PATIENCE, link_in

INSISTENCE = 5.0
"""Seconds after which a person presses Ctrl-C again."""

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
        assert self.comes(text, patience=PATIENCE), f"{text!r} is not shown: {self.shown[self._seen :]}"
        start, self._seen = self._seen, self.shown.index(text, self._seen) + len(text)
        return self.shown[start : self._seen]

    def interrupt_until(self, text: str) -> None:
        """Press Ctrl-C until something is shown: asyncio misses one that comes while its loop is about to sleep."""
        for _ in range(round(PATIENCE / INSISTENCE)):
            self.type("\x03")
            if self.comes(text, patience=INSISTENCE):
                break
        self.wait_for(text)

    def wait_for_link(self) -> str:
        """Read on until a whole login link is shown."""
        return link_in(self.wait_for("&state=") + self.wait_for("\n"))

    def echoes(self) -> bool:
        """Tell whether what is typed is shown."""
        return bool(termios.tcgetattr(self._ours)[3] & termios.ECHO)

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

    def comes(self, text: str, *, patience: float) -> bool:
        """Read on for so many seconds; tell whether something is shown anew."""
        deadline = time.monotonic() + patience
        while text not in self.shown[self._seen :] and time.monotonic() < deadline:
            self._read()
        return text in self.shown[self._seen :]

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
