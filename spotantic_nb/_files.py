"""
Private files: how this package writes, reads and removes what only their owner may read.

Knows nothing of tokens. Every failure is a TokenStoreError that names the file.
"""

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from spotantic_nb._text import isolated
from spotantic_nb.errors import TokenStoreError

Version = tuple[int, int, int]
"""What changes whenever a file is replaced."""

_OWNER_ONLY, _ALL_MODES = 0o700, 0o777

_IS_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}

_OUT_OF_REACH = frozenset({errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ELOOP})


def make_private_folder(folder: Path, *, parents: bool = True) -> None:
    """
    Create ``folder`` for its owner alone (0700), with a ``.gitignore`` that keeps all of it out of git.

    A folder that is there already is completed: somebody made it by hand, or the disk was full the last time. A disk
    that knows no modes leaves it open; ``exposures_of`` tells what that means for a file in it.

    Args:
        folder: The folder.
        parents: Whether to create the folders above it as well.

    Raises:
        TokenStoreError: The folder cannot be created.
    """
    with file_errors(folder):
        folder.mkdir(mode=_OWNER_ONLY, parents=parents, exist_ok=True)
    with contextlib.suppress(OSError):
        if stat.S_IMODE(folder.stat().st_mode) & _ALL_MODES != _OWNER_ONLY:
            folder.chmod(_OWNER_ONLY)
    with contextlib.suppress(OSError):
        _complete(folder / ".gitignore")


def _complete(ignore: Path) -> None:
    """Write the ``.gitignore`` where it is missing or empty; what somebody else wrote into it is left alone."""
    if not (read_private(ignore) or "").strip():
        write_private(ignore, "*\n")


def write_private(path: Path, data: str) -> None:
    """
    Replace ``path`` by ``data`` so that a reader finds the old text or the new one, and only the owner reads either.

    The text goes to a temporary file that is 0600 from birth and takes the name in one step. Only then is it awaited
    that it has reached the disk: a reply that is not kept yet is lost with the process, while what has its name is lost
    with the machine's power alone.

    Raises:
        TokenStoreError: The folder is missing or not writable, the disk is full, or ``path`` is a symbolic link.
    """
    with file_errors(path):
        _refuse_symlink(path)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(data)
            # Closed by now: a disk of another machine refuses no sooner, and Windows renames nothing that is open.
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync(path)


def replace_contents(path: Path, data: bytes) -> None:
    """
    Replace what is in a file of the person's own, all or nothing; who may read it stays as it was.

    Raises:
        OSError: The file is not there, or its folder cannot be written.
    """
    before = path.stat()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    copy = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if hasattr(os, "chown") and before.st_uid != copy.stat().st_uid:
            os.chown(copy, before.st_uid, before.st_gid)
        copy.chmod(stat.S_IMODE(before.st_mode))
        copy.replace(path)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def read_private(path: Path) -> str | None:
    """
    Return the text of ``path``, or None where there is no such file.

    Raises:
        TokenStoreError: The file is a symbolic link or cannot be read.
    """
    with file_errors(path):
        _refuse_symlink(path)
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None


def version_of(path: Path) -> Version | None:
    """
    Return what changes whenever the file is replaced, or None where there is none; times alone may collide.

    Raises:
        TokenStoreError: It cannot be told whether there is one.
    """
    with file_errors(path):
        try:
            status = path.lstat()
        except FileNotFoundError:
            return None
    return status.st_mtime_ns, status.st_ino, status.st_size


def sweep(path: Path) -> None:
    """Remove what a writer that was killed left beside ``path``; the caller keeps other writers off."""
    _remove_all(path.parent, f".{path.name}.", ".tmp")


def forget(path: Path) -> None:
    """
    Remove ``path`` and everything beside it that held the same: what was left half-written, or moved aside.

    Raises:
        TokenStoreError: The file cannot be removed.
    """
    sweep(path)
    _remove_all(path.parent, f"{path.name}.broken-")
    try:
        if is_within_reach(path):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise TokenStoreError(f"{isolated(path)} cannot be removed.", hint="Remove it by hand.") from error


def is_within_reach(path: Path) -> bool:
    """Tell whether there is such a file, as far as this user may know: none of ours is in a folder closed to us."""
    try:
        path.lstat()
    except OSError as error:
        if error.errno not in _OUT_OF_REACH:
            raise
        return False
    return True


def _remove_all(folder: Path, start: str, end: str = "") -> None:
    with contextlib.suppress(OSError):
        for found in folder.iterdir():
            if found.name.startswith(start) and found.name.endswith(end):
                with contextlib.suppress(OSError):
                    found.unlink()


def move_aside(path: Path) -> Path:
    """
    Rename ``path`` so that its name is free again and nothing is lost; return the new name.

    Raises:
        TokenStoreError: The file cannot be renamed.
    """
    aside = path.with_name(f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    with file_errors(path):
        return path.replace(aside)


def _refuse_symlink(path: Path) -> None:
    if path.is_symlink():
        raise TokenStoreError(
            f"{isolated(path)} is a symbolic link, and a token is never read or written through one.",
            hint="Remove the link, or set SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH to the file it points to.",
        )


@contextlib.contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn an OSError into a TokenStoreError that names the file, says why, and what to do about it."""
    try:
        yield
    except OSError as error:
        if isinstance(error, TokenStoreError | TimeoutError):
            raise
        raise TokenStoreError(
            f"{isolated(path)} cannot be used: {isolated(error.strerror or type(error).__name__)}.", hint=_remedy(error)
        ) from error


def _remedy(error: OSError) -> str:
    if error.errno in _IS_FULL:
        return "The disk, or your share of it, is full: free some space."
    return "Make the folder writable, or set SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH to a place that is."
