"""
Whether a port of this machine can be listened on, and who listens there already.

Nothing is sent: a socket is bound for a moment and closed again. Of another process only its name is told, since its
arguments may hold secrets.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from spotantic_nb._exposure import listening_sockets
from spotantic_nb._text import isolated


def why_not(literal: str, port: int) -> int:
    """Return the number of the error (``errno``) for which this address cannot be listened on; 0 where it can."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in literal else socket.AF_INET) as probe:
            if os.name != "nt":  # there, it would take a port away from its owner
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((literal, port))
    except OSError as error:
        return error.errno or -1
    return 0


def who_listens_on(port: int) -> str:
    """Return in words which processes listen on a port; an empty text where that cannot be known."""
    inodes = {f"socket:[{inode}]" for _, inode in listening_sockets(port)}
    return " and ".join(_named(process) for process in _processes() if inodes & set(_open_files(process)))


def _processes() -> list[Path]:
    return sorted(Path("/proc").glob("[0-9]*"))


def _open_files(process: Path) -> Iterator[str]:
    """Yield what the descriptors of a process lead to; nothing of one that is another user's, or has ended."""
    with contextlib.suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield os.readlink(descriptor)  # noqa: PTH115 - no path: socket:[123]


def _named(process: Path) -> str:
    if process.name == str(os.getpid()):
        return f"this very process ({process.name})"
    try:
        name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        name = "a process that has ended"
    return f"{isolated(name)} (process {process.name})"
