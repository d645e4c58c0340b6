"""
Where a token is kept between two uses: a file that all kernels of a project share, or this kernel's memory.

A store never loses a token: what cannot be written stays in memory, and a file that holds something else is moved aside
before it is written. Knows nothing of how tokens are obtained.
"""

import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from spotantic_nb._files import (
    NoLocksError,
    Version,
    acquired,
    exclusive,
    forget,
    is_within_reach,
    make_private_folder,
    move_aside,
    sweep,
    version_of,
)
from spotantic_nb._foreign_text import isolated
from spotantic_nb._project import PROJECT_FOLDER, exists
from spotantic_nb._require_asyncio import require_asyncio
from spotantic_nb._task_lock import TaskLock
from spotantic_nb.auth._token_file import LoginKey, NoTokenFileError, read_tokens, write_tokens
from spotantic_nb.errors import TokenStoreError
from spotantic_nb.models import AccessTokenInfo

_log = logging.getLogger(__name__)

_PATIENCE = 100.0
"""Seconds to wait for another kernel's refresh: fourteen for its tries, and two pauses that Spotify may ask for."""

_LOOK_AGAIN = 1.0
"""Seconds between two looks at the file for what another kernel did."""


_MEMORY = "this kernel's memory"


class TokenStore(Protocol):
    """
    Keep one token.

    Only who holds ``exclusive`` may save or clear: anything else could undo what another kernel does at that moment.
    """

    def load(self) -> AccessTokenInfo | None:
        """Return the token that is kept, or None; changes nothing."""
        ...

    def save(self, token: AccessTokenInfo) -> None:
        """Keep this token in place of the one before."""
        ...

    def clear(self) -> None:
        """Keep no token any more."""
        ...

    def has_news(self) -> bool:
        """Tell whether somebody else changed the token since it was last loaded or saved here; cheap to ask."""
        ...

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Hold everybody else off who shares this store, from reading a token until its successor is written."""
        ...


class MemoryTokenStore:
    """Keep a token in this process only."""

    place = _MEMORY
    trouble = ""

    def __init__(self) -> None:
        self._token: AccessTokenInfo | None = None
        self._lock = TaskLock()

    def load(self) -> AccessTokenInfo | None:
        """Return the token that is kept, or None."""
        return self._token

    def save(self, token: AccessTokenInfo) -> None:
        """Keep this token in place of the one before."""
        self._token = token

    def clear(self) -> None:
        """Keep no token any more."""
        self._token = None

    def has_news(self) -> bool:
        """Tell that nobody else can change it."""
        return False

    @contextlib.asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """
        Hold off the other tasks and threads of this process.

        Raises:
            TokenStoreError: One of them held it for too long.
            UnsupportedEnvironmentError: Another library than asyncio runs this.
        """
        require_asyncio()
        try:
            try:
                await acquired(self._lock.acquire, patience=_PATIENCE)
            except TimeoutError:
                raise _still_busy("this kernel's token") from None
            yield
        finally:
            self._lock.release()


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
        self._key = key
        self._notify = notify
        self._in_this_process = MemoryTokenStore()
        self._token: AccessTokenInfo | None = None
        """The token as it was last read or saved here."""
        self._is_unwritten = False
        """Whether the file does not have it."""
        self._version: Version | None = None
        """The file's version at that time."""
        self._was_seen = False
        self._next_look = 0.0

    @property
    def trouble(self) -> str:
        """What is wrong with the file or its lock at the moment, with the remedy; empty where nothing is."""
        return self._file_trouble or self._lock_trouble

    @property
    def place(self) -> str:
        """Where the token is, in words."""
        return _MEMORY if self._is_unwritten else str(self.path)

    def load(self) -> AccessTokenInfo | None:
        """Return the token in the file, or the last one known where it cannot be read or could not be written."""
        self._was_seen = True
        try:
            version = version_of(self.path)
            stored = self._mine(read_tokens(self.path))
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
            self._prepare_folder()
            write_tokens(self.path, self._with_others(token))
            version = version_of(self.path)
        except TokenStoreError as error:
            self._token, self._is_unwritten = token, True
            self._tell_trouble(error)
        else:
            _log.debug("Wrote token %s to %s.", token.fingerprint, self.path)
            self._take(token, version)

    def has_news(self) -> bool:
        """Tell whether another store changed the file since it was last loaded or saved here; looks once a second."""
        now = time.monotonic()
        if now < self._next_look:
            return False
        self._next_look = now + _LOOK_AGAIN
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
        if others := self._others():
            write_tokens(self.path, others)
        else:
            forget(self.path)

    @contextlib.asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """
        Hold off every task, thread and process that uses this file; where it cannot be locked, this process alone.

        Raises:
            TokenStoreError: Another kernel held it for too long.
        """
        async with contextlib.AsyncExitStack() as held:
            # Of many tasks that wait here, one goes on to ask for the file: asking costs system calls.
            await held.enter_async_context(self._in_this_process.exclusive())
            try:
                await held.enter_async_context(self._file_lock())
                self._lock_trouble = ""
            except NoLocksError as error:
                self._lock_trouble = self._told(str(error), before=self._lock_trouble)
                self._write_what_was_not_written()
            except TokenStoreError:
                pass  # it cannot be locked here, nor written: this process alone, then
            except TimeoutError:
                raise _still_busy(isolated(self.path)) from None
            yield

    @contextlib.asynccontextmanager
    async def _file_lock(self) -> AsyncIterator[None]:
        self._prepare_folder()
        async with exclusive(self.path.with_name(f"{self.path.name}.lock"), patience=_PATIENCE):
            sweep(self.path)
            self._write_what_was_not_written()
            yield

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

    def _with_others(self, token: AccessTokenInfo) -> list[AccessTokenInfo]:
        """Return what the file shall hold: this token in its place, and those of other logins."""
        try:
            tokens = read_tokens(self.path)
        except NoTokenFileError as error:
            (self._notify or _log.warning)(f"{error.message} It was kept as {isolated(move_aside(self.path).name)}.")
            return [token]
        mine = self._mine(tokens)
        return [token if other is mine else other for other in tokens] if mine else [*tokens, token]

    def _others(self) -> list[AccessTokenInfo]:
        """
        Return the tokens of other logins in the file.

        Raises:
            TokenStoreError: It cannot be read, though it is there.
        """
        try:
            tokens = read_tokens(self.path)
        except NoTokenFileError:
            return []
        except TokenStoreError:
            if is_within_reach(self.path):
                raise
            return []
        mine = self._mine(tokens)
        return [other for other in tokens if other is not mine]

    def _mine(self, tokens: Iterable[AccessTokenInfo]) -> AccessTokenInfo | None:
        return next((token for token in tokens if self._key is None or self._key.fits(token)), None)

    def _take(self, token: AccessTokenInfo | None, version: Version | None) -> None:
        """Know this token as the one in the file."""
        self._token, self._version = token, version
        self._is_unwritten, self._was_seen, self._file_trouble = False, True, ""

    def _tell_trouble(self, error: TokenStoreError) -> None:
        trouble = f"The token is kept in {_MEMORY} only. {error}" if self._is_unwritten else str(error)
        self._file_trouble = self._told(trouble, before=self._file_trouble)

    def _told(self, trouble: str, *, before: str) -> str:
        """Return the trouble; it is logged once where nobody asks for it."""
        if self._notify is None and trouble != before:
            _log.warning("%s", trouble)
        return trouble


def _still_busy(what: str) -> TokenStoreError:
    return TokenStoreError(
        f"Somebody else has been busy with {what} for too long.",
        hint="Try again in a moment; if it stays so, restart the other kernels of this project.",
    )
