"""
Who else may get to see a secret: in a file, or on the way through a proxy.

In a file, other users of this machine and whoever sees the repository; behind a proxy, the programs of other users.
Only tells; whoever writes the file closes it as far as the disk allows.
"""

import contextlib
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from spotantic_nb._text import isolated

_FIRST_PERSON, _NOBODY = 1000, 65534
"""The user ids of people begin at the first, and end before the second; the others are the system's."""

_LISTENS = "0A"
"""The state of a socket that listens, in ``/proc/net/tcp``: proc_net_tcp.txt of the kernel's documentation."""

_PATIENCE = 5.0
"""Seconds for git, which may have to look through a slow disk."""


def exposures_of(path: Path) -> list[str]:
    """Return in words who else may see this file of ours, and what to do about it; nothing where all is well."""
    advice = (
        "its disk does not keep files private. Set SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH to a place on another disk."
    )
    return _warnings(path, advice)


def exposures_of_another(path: Path) -> list[str]:
    """Return the same of a file that another program wrote."""
    return _warnings(path, f"close it with chmod 600 {isolated(path)}, or remove it.")


def _warnings(path: Path, advice: str) -> list[str]:
    return [warning for warning in (_warning_about_modes(path, advice), warning_about_git(path)) if warning]


def _warning_about_modes(path: Path, advice: str) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return ""
    if os.name == "nt" or not mode & 0o077:
        return ""  # what Windows calls a mode says nothing about other users
    return f"Other users of this machine may read {isolated(path)} (mode {mode:o}): {advice}"


def warning_about_git(path: Path) -> str:
    """Return a warning where git tracks the file or would add it; an empty text where there is no git."""
    shown, name = isolated(path), isolated(path.name)
    return {
        "": "",
        "would add": f"git would add {shown} to the repository: put {name} into .gitignore.",
        "tracks": f"git tracks {shown}, and would publish what is in it: git rm --cached {shown}, and put it into "
        ".gitignore.",
    }[what_git_does_with(path)]


def what_git_does_with(path: Path) -> Literal["", "would add", "tracks"]:
    """Return what git does with this file; an empty text where it ignores it, or there is no git."""
    command = ["git", "ls-files", "-t", "--cached", "--others", "--exclude-standard", "--", path.name]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=path.parent, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if not done.stdout:
        return ""
    return "would add" if done.stdout.startswith("?") else "tracks"


def warning_about_neighbours(port: int) -> str:
    """Return a warning where programs of other users may take a port that a proxy forwards to; otherwise nothing."""
    if not _neighbours():
        return ""
    return (
        f"Other users run programs on this machine. While no login of yours waits, one of them could take port {port}, "
        "and be sent what your browser sends the proxy there: the answer of a late login, and your cookies of the "
        "proxy. Where that matters, use a redirect URI that no proxy forwards."
    )


def is_own_port(port: int) -> bool:
    """Tell whether only this user listens on a port; where ``/proc`` tells nothing, nobody does."""
    return _listeners(port) == {os.getuid()}


def _listeners(port: int) -> set[int]:
    """Return the user ids of those who listen on a port, at whatever address."""
    return {owner for owner, _ in listening_sockets(port)}


def listening_sockets(port: int) -> Iterator[tuple[int, str]]:
    """Yield user id and inode of each socket that listens on a port; none where there is no ``/proc``."""
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]:
                _, local, _, state, _, _, _, owner, _, inode, *_ = line.split()
                if state == _LISTENS and int(local.rpartition(":")[2], 16) == port:
                    yield int(owner), inode


def _neighbours() -> set[int]:
    """Return the user ids of other people with a process here; none where ``/proc`` is not there, or hides it."""
    owners = {_owner(process) for process in Path("/proc").glob("[0-9]*")}
    return {owner for owner in owners if owner != os.getuid() and _FIRST_PERSON <= owner < _NOBODY}


def _owner(process: Path) -> int:
    """Return the user of a process; one that has ended meanwhile is nobody's."""
    try:
        return process.stat().st_uid
    except OSError:
        return _NOBODY
