"""
Where a token is kept between two uses: what every store does, and the one in this kernel's memory.

Knows nothing of how tokens are obtained.
"""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from spotantic_nb._event_loop import require_asyncio
from spotantic_nb._locks import TaskLock, acquired, nothing
from spotantic_nb.errors import TokenStoreError
from spotantic_nb.models import AccessTokenInfo

LOCK_TIMEOUT = 100.0
"""Seconds to wait for another kernel's refresh: fourteen for its tries, and two pauses that Spotify may ask for."""


MEMORY = "this kernel's memory"

Unless = Callable[[], AccessTokenInfo | None]
"""Returns a token that makes it needless to wait for one's turn, if there is one by now."""


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

    def exclusive(self, unless: Unless = nothing) -> AbstractAsyncContextManager[AccessTokenInfo | None]:
        """
        Hold everybody else off who shares this store, from reading a token until its successor is written.

        Args:
            unless: Is asked while somebody else is let in: a token that it returns is yielded at once, without waiting
                for one's turn. Otherwise None is yielded.
        """
        ...


class MemoryTokenStore:
    """Keep a token in this process only."""

    place = MEMORY
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
    async def exclusive(self, unless: Unless = nothing) -> AsyncIterator[AccessTokenInfo | None]:
        """
        Hold off the other tasks and threads of this process; yield what ``unless`` returned while one was let in.

        Raises:
            TokenStoreError: One of them held it for too long.
            UnsupportedEnvironmentError: Another library than asyncio runs this.
        """
        require_asyncio()
        try:
            try:
                found = await acquired(self._lock.acquire, patience=LOCK_TIMEOUT, unless=unless)
            except TimeoutError:
                raise still_busy("this kernel's token") from None
            yield found
        finally:
            self._lock.release()


def still_busy(what: str) -> TokenStoreError:
    """Return the error for a lock that another task or kernel held for too long."""
    return TokenStoreError(
        f"Another task or kernel has held the lock of {what} for too long.",
        hint="Try again in a moment; if it stays so, restart the other kernels of this project.",
    )
