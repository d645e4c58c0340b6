"""
The token files and their disk: whether they can be read and written, locked, and kept from other users.

Nothing is written to find out.
"""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from spotantic_nb._choices import FLOWS
from spotantic_nb._text import isolated
from spotantic_nb.auth._token_file import LoginKey, NoTokenFileError, read_tokens
from spotantic_nb.doctor._examined import Examined
from spotantic_nb.doctor._finding import Finding, broken, look_at, ok
from spotantic_nb.doctor._tokens import token_files
from spotantic_nb.errors import TokenStoreError
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.settings._env_file import PREFIX
from spotantic_nb.settings._project import exists

_PATH = f"{PREFIX}ACCESS_TOKEN_FILE_PATH"
_ELSEWHERE = f"Set {_PATH} to a place on another disk."

_WITHOUT_MODES = frozenset(["9p", "cifs", "drvfs", "exfat", "fuseblk", "msdos", "ntfs", "ntfs3", "smb3", "vfat"])
"""File systems that keep no modes, or only where they are mounted for that."""

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP})

_MOUNTS = Path("/proc/self/mounts")


def findings(it: Examined) -> Iterator[Finding]:
    """Yield what there is to say about the token files and their disk."""
    files = token_files(it)
    if not files:
        yield ok("disk", "No token is kept on a disk.")
        return
    found = [*(found for path in files for found in _of_file(it, path)), *_of_folder(files[0].parent)]
    yield from found or [ok("disk", f"{isolated(files[0].parent)} can be used for tokens.")]


def _of_file(it: Examined, path: Path) -> Iterator[Finding]:
    try:
        tokens = read_tokens(path)
    except NoTokenFileError as error:
        yield broken("token-file-broken", error.message, "Log in again: the file is moved aside, not lost.")
    except TokenStoreError as error:
        if not path.parent.is_file():  # that is told of the folder
            yield broken(f"token-file-{'link' if path.is_symlink() else 'unreadable'}", error.message, error.hint)
    else:
        yield from _of_others(it, path, tokens)


def _of_others(it: Examined, path: Path, tokens: list[AccessTokenInfo]) -> Iterator[Finding]:
    keys = [LoginKey.of(it.settings, flow) for flow in FLOWS]
    if tokens and not any(key.fits(token) for key in keys for token in tokens):
        yield look_at(
            "token-of-another-login",
            f"{isolated(path)} holds tokens of another app or service only; they are neither used nor overwritten.",
            f"Log in with this app, or correct {PREFIX}CLIENT_ID or {_PATH}.",
        )


def _of_folder(folder: Path) -> Iterator[Finding]:
    shown = isolated(folder)
    if exists(folder) and not folder.is_dir():
        yield broken(
            "token-folder-is-file",
            f"{shown} is a file, so no token can be kept in it.",
            f"Move it away, or set {_PATH} to a place of your own.",
        )
        return
    there = _nearest(folder)
    if not os.access(there, os.W_OK | os.X_OK):
        yield broken(
            "token-folder-unwritable",
            f"{isolated(there)} cannot be written, so the token is kept in memory only.",
            f"Make it writable for you, or set {_PATH} to a place that is.",
        )
    yield from _of_disk(there)


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next(place for place in [folder, *folder.parents] if exists(place))


def _of_disk(folder: Path) -> Iterator[Finding]:
    shown = isolated(folder)
    if number := lock_error(folder):
        text = f"The disk of {shown} knows no file locks ({errno.errorcode[number]}): other kernels are not held off."
        yield look_at("no-locks", text, _ELSEWHERE)
    kind = file_system_of(folder, _MOUNTS)
    if kind in _WITHOUT_MODES and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        text = f"The disk of {shown} ({kind}) keeps no modes, so other users of this machine may read a token there."
        yield look_at("disk-without-modes", text, _ELSEWHERE)
    if hasattr(os, "statvfs") and _is_full(folder):
        yield broken("disk-full", f"The disk of {shown} is full.", f"Free some space. Or: {_ELSEWHERE}")


def _is_full(folder: Path) -> bool:
    disk = os.statvfs(folder)
    return disk.f_blocks > 0 and disk.f_bavail == 0


def lock_error(folder: Path) -> int:
    """Return the number of the error that says that nothing in this folder can be locked; 0 where it can."""
    try:
        import fcntl
    except ImportError:  # Windows locks files in another way, and on all its disks
        return 0
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return 0
    try:
        # Shared, and given back at once: nobody who waits for the lock of a token file is held up.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno if error.errno in _NO_LOCKS else 0
    finally:
        os.close(descriptor)
    return 0


def file_system_of(folder: Path, mounts: Path) -> str:
    """
    Return the kind of file system that a folder is on, as Linux calls it; an empty text elsewhere.

    Args:
        folder: The folder.
        mounts: The table of what is mounted (``/proc/self/mounts``).
    """
    try:
        table = [line.split() for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines()]
        whole = folder.resolve()
    except OSError:
        return ""
    fitting = [(len(at), kind) for _, at, kind, *_ in table if whole.is_relative_to(at.replace("\\040", " "))]
    return max(fitting, default=(0, ""))[1]
