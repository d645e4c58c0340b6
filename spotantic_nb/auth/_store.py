"""
Where a token is kept between two uses: a file that all kernels of a project share, or this kernel's memory.

A store never loses a token: what cannot be written stays in memory, and what cannot be read is moved aside.
Knows nothing of how tokens are obtained.
"""

import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from spotantic_nb._files import acquired, exclusive, forget, make_private_folder, move_aside, sweep, version_of
from spotantic_nb.errors import NotLoggedInError, TokenStoreError
from spotantic_nb.models import AccessTokenInfo

_log = logging.getLogger(__name__)

_PATIENCE = 100.0
"""Seconds to wait for another kernel's refresh: twenty for its tries, and two pauses that Spotify may ask for."""

_LOOK_AGAIN = 1.0
"""Seconds between two looks at the file for what another kernel did."""


class TokenStore(Protocol):
    """Keep one token."""

    def load(self) -> AccessTokenInfo | None:
        """Return the token that is kept, or None."""
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

    def __init__(self) -> None:
        self._token: AccessTokenInfo | None = None
        self._lock = threading.Lock()

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
        """
        try:
            await acquired(lambda: self._lock.acquire(blocking=False), patience=_PATIENCE)
        except TimeoutError:
            raise _still_busy("this kernel's token") from None
        try:
            yield
        finally:
            self._lock.release()


class FileTokenStore:
    """
    Keep a token in one file (0600), with a lock file beside it that every kernel of the project respects.

    Args:
        path: The token file. Its folder is made private if it has to be made.
        notify: Is told, once each, what a person should know: a file moved aside, a folder that cannot be written.
    """

    def __init__(self, path: Path, *, notify: Callable[[str], None] = _log.warning) -> None:
        self.path = path
        self._notify = notify
        self._unwritten = MemoryTokenStore()
        self._said: set[str] = set()
        self._version: tuple[int, int, int] | None = None
        self._was_seen = False
        self._next_look = 0.0

    def load(self) -> AccessTokenInfo | None:
        """Return the token in the file, or a newer one that could not be written to it."""
        self._see()
        stored, unwritten = self._read(), self._unwritten.load()
        if unwritten is None or (stored is not None and stored.is_newer_than(unwritten)):
            return stored
        self.save(unwritten)
        return unwritten

    def _read(self) -> AccessTokenInfo | None:
        try:
            return AccessTokenInfo.load_token(self.path)
        except NotLoggedInError:
            return None
        except TokenStoreError as error:
            if isinstance(error.__cause__, OSError):
                self._say_once(str(error))  # the disk's trouble, not the file's: it may be good the next time
            else:
                self._set_aside(error)
            return None

    def save(self, token: AccessTokenInfo) -> None:
        """Write the token; where that fails, keep it in memory, say so once, and try again at the next use."""
        try:
            self._prepare_folder()
            token.store_token(self.path)
        except TokenStoreError as error:
            self._unwritten.save(token)
            self._say_once(f"The token is kept in this kernel's memory only. {error}")
        else:
            _log.debug("Wrote token %s to %s.", token.fingerprint, self.path)
            self._unwritten.clear()
            self._see()

    def has_news(self) -> bool:
        """Tell whether another store changed the file since it was last loaded or saved here; looks once a second."""
        now = time.monotonic()
        if now < self._next_look:
            return False
        self._next_look = now + _LOOK_AGAIN
        if not self._was_seen:  # whoever brought a token of their own has not missed anything yet
            self._see()
        return version_of(self.path) != self._version

    def _see(self) -> None:
        self._version, self._was_seen = version_of(self.path), True

    def clear(self) -> None:
        """
        Remove the token file.

        Raises:
            TokenStoreError: It cannot be removed.
        """
        self._unwritten.clear()
        forget(self.path)
        self._see()

    @contextlib.asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """
        Hold off every task, thread and process that uses this file; where it cannot be locked, this process alone.

        Raises:
            TokenStoreError: Another kernel held it for too long.
        """
        async with contextlib.AsyncExitStack() as held:
            # Of many tasks that wait here, one goes on to ask for the file: asking costs system calls.
            await held.enter_async_context(self._unwritten.exclusive())
            try:
                await held.enter_async_context(self._file_lock())
            except TokenStoreError:
                pass  # it cannot be locked here, nor written: this process alone, then
            except TimeoutError:
                raise _still_busy(str(self.path)) from None
            yield

    @contextlib.asynccontextmanager
    async def _file_lock(self) -> AsyncIterator[None]:
        self._prepare_folder()
        async with exclusive(self.path.with_name(f"{self.path.name}.lock"), patience=_PATIENCE):
            sweep(self.path)
            yield

    def _prepare_folder(self) -> None:
        if not self.path.parent.is_dir():
            make_private_folder(self.path.parent)

    def _set_aside(self, error: TokenStoreError) -> None:
        try:
            self._notify(f"{error.message} It was kept as {move_aside(self.path).name}.")
        except TokenStoreError as failure:
            self._say_once(str(failure))

    def _say_once(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._notify(message)


def _still_busy(what: str) -> TokenStoreError:
    return TokenStoreError(
        f"Somebody else has been busy with {what} for too long.",
        hint="Try again in a moment; if it stays so, restart the other kernels of this project.",
    )
