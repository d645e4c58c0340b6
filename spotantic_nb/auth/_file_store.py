"""
Where a token is kept that all kernels of a project share: a file, with a lock file beside it.

The store never loses a token: what cannot be written stays in memory, and a file that holds something else is moved
aside before it is written.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from spotantic_nb._files import (
    Version,
    make_private_folder,
    move_aside,
    sweep,
    version_of,
)
from spotantic_nb._locks import NoLocksError, file_lock, nothing
from spotantic_nb._text import isolated
from spotantic_nb.auth._store import LOCK_TIMEOUT, MEMORY, MemoryTokenStore, Unless, still_busy
from spotantic_nb.auth._token_file import LoginKey, NoTokenFileError, TokenFile
from spotantic_nb.errors import TokenStoreError
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.settings._project import PROJECT_FOLDER, exists

_log = logging.getLogger(__name__)


class FileTokenStore:
    """
    Keep a token in one file (0600), with a lock file beside it that every kernel of the project respects.

    Args:
        path: The token file. Its folder is made private if it has to be made.
        key: Which of the tokens in the file is meant; without it, the first.
        notify: Is told that a file was moved aside. Without it, that is logged, and so is ``trouble``.
    """

    def __init__(self, path: Path, *, key: LoginKey | None = None, notify: Callable[[str], None] | None = None) -> None:
        self.path = path
        self._file_trouble = ""
        self._lock_trouble = ""
        self._file = TokenFile(path, key)
        self._notify = notify
        self._in_this_process = MemoryTokenStore()
        self._token: AccessTokenInfo | None = None
        """The token as it was last read or saved here."""
        self._is_unwritten = False
        """Whether the file does not have it."""
        self._version: Version | None = None
        """The file's version at that time."""
        self._was_seen = False

    @property
    def trouble(self) -> str:
        """What is wrong with the file or its lock at the moment, with the remedy; empty where nothing is."""
        return self._file_trouble or self._lock_trouble

    @property
    def place(self) -> str:
        """Where the token is, in words."""
        return MEMORY if self._is_unwritten else str(self.path)

    def load(self) -> AccessTokenInfo | None:
        """Return the token in the file, or the last one known where it cannot be read or could not be written."""
        self._was_seen = True
        try:
            stored, version = self._file.load(), self._file.version
        except TokenStoreError as error:
            self._is_unwritten = self._token is not None
            self._tell_trouble(error)
            return self._token
        if self._token is None or not (self._is_unwritten and self._is_newer(self._token, stored, version)):
            self._take(stored, version)
        return self._token

    def _is_newer(self, unwritten: AccessTokenInfo, stored: AccessTokenInfo | None, version: Version | None) -> bool:
        """Tell whether an unwritten token is still newer than the file: another kernel may have logged in or out."""
        if version == self._version:
            return unwritten != stored
        if stored is None:
            return self._version is None
        return not stored.is_newer_than(unwritten)

    def save(self, token: AccessTokenInfo) -> None:
        """Write the token; where that fails, keep it in memory, and try again when the lock is held the next time."""
        try:
            if not self._has_folder():  # who holds the lock has found it complete
                self._prepare_folder()
            self._write(token)
        except TokenStoreError as error:
            self._token, self._is_unwritten = token, True
            self._tell_trouble(error)
        else:
            _log.debug("Wrote token %s to %s.", token.fingerprint, self.path)
            self._take(token, self._file.version)

    def has_news(self) -> bool:
        """Tell whether another store changed the file since it was last loaded or saved here."""
        try:
            version = version_of(self.path)
        except TokenStoreError:
            return False  # what was last known is as good as any
        if not self._was_seen:  # whoever brought a token of their own has not missed anything yet
            self._version, self._was_seen = version, True
        return version != self._version

    def clear(self) -> None:
        """
        Remove the token, and the file where no other login has a token in it.

        Raises:
            TokenStoreError: It cannot be read or removed.
        """
        self._take(None, self._version)
        self._file.remove()

    @contextlib.asynccontextmanager
    async def exclusive(self, unless: Unless = nothing) -> AsyncIterator[AccessTokenInfo | None]:
        """
        Hold off every task, thread and process that uses this file; where it cannot be locked, this process alone.

        Yields what ``unless`` returned while another one was let in.

        Raises:
            TokenStoreError: Another kernel held it for too long.
        """
        async with contextlib.AsyncExitStack() as held:
            # Of many tasks that wait here, one goes on to ask for the file: asking costs system calls.
            found = await held.enter_async_context(self._in_this_process.exclusive(unless))
            yield await self._lock_file(held, unless) if found is None else found

    async def _lock_file(self, held: contextlib.AsyncExitStack, unless: Unless) -> AccessTokenInfo | None:
        """Hold the lock file until ``held`` is closed, where it can be locked."""
        try:
            found = await held.enter_async_context(self._file_lock(unless))
        except NoLocksError as error:
            self._lock_trouble = self._told(str(error), before=self._lock_trouble)
            self._write_what_was_not_written()
        except TokenStoreError:
            pass  # it cannot be locked here, nor written: this process alone, then
        except TimeoutError:
            raise still_busy(isolated(self.path)) from None
        else:
            self._lock_trouble = ""
            return found
        return None

    @contextlib.asynccontextmanager
    async def _file_lock(self, unless: Unless) -> AsyncIterator[AccessTokenInfo | None]:
        self._prepare_folder()
        path = self.path.with_name(f"{self.path.name}.lock")
        async with file_lock(path, patience=LOCK_TIMEOUT, unless=unless) as found:
            if found is None:
                sweep(self.path)
                self._write_what_was_not_written()
            yield found

    def _write_what_was_not_written(self) -> None:
        token = self.load() if self._is_unwritten else None
        if token is not None and self._is_unwritten:
            self.save(token)

    def _prepare_folder(self) -> None:
        """Make or complete the folder for tokens; any other folder that is there is left as it is."""
        folder = self.path.parent
        is_ours = folder.name == PROJECT_FOLDER
        if is_ours or not exists(folder):
            make_private_folder(folder, parents=not is_ours)

    def _has_folder(self) -> bool:
        with contextlib.suppress(OSError):
            return self.path.parent.is_dir()
        return False

    def _write(self, token: AccessTokenInfo) -> None:
        try:
            self._file.save(token)
        except NoTokenFileError as error:
            (self._notify or _log.warning)(f"{error.message} It was kept as {isolated(move_aside(self.path).name)}.")
            self._file.save(token)

    def _take(self, token: AccessTokenInfo | None, version: Version | None) -> None:
        """Note that the file holds this token, in this version."""
        self._token, self._version = token, version
        self._is_unwritten, self._was_seen, self._file_trouble = False, True, ""

    def _tell_trouble(self, error: TokenStoreError) -> None:
        trouble = f"The token is kept in {MEMORY} only. {error}" if self._is_unwritten else str(error)
        self._file_trouble = self._told(trouble, before=self._file_trouble)

    def _told(self, trouble: str, *, before: str) -> str:
        """Return the trouble; it is logged once where nobody asks for it."""
        if self._notify is None and trouble != before:
            _log.warning("%s", trouble)
        return trouble
