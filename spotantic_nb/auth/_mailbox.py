"""
Where the answer to one attempt is put, whoever brings it: the listener, a prompt, a panel.

The first valid answer wins; an invalid one is refused and changes nothing.
"""

import asyncio

from spotantic_nb._foreign_text import isolated
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.errors import CallbackTimeoutError


class Mailbox:
    """
    Wait for one answer. Made and used on one event loop.

    Args:
        attempt: What the answer must answer.
    """

    def __init__(self, attempt: AuthorizationAttempt) -> None:
        self.attempt = attempt
        # Not the result of a future: asyncio shows that in its log, and in every repr of what waits for it.
        self._answer = ""
        self._arrived = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Whether the answer has arrived."""
        return self._arrived.is_set()

    def deliver(self, callback: str) -> None:
        """
        Put an answer in; once there is one, further ones are dropped.

        Raises:
            CallbackError: It is not an answer to this attempt.
            StateMismatchError: It answers another attempt.
        """
        self.attempt.grants(callback)
        if not self.is_full:
            self._answer = callback
            self._arrived.set()

    async def answer(self, *, timeout: float) -> str:  # noqa: ASYNC109 - a setting of the person, in seconds
        """
        Return the answer.

        Raises:
            CallbackTimeoutError: None came within ``timeout`` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                await self._arrived.wait()
        except TimeoutError:
            raise CallbackTimeoutError(
                f"No answer came within {timeout:g} seconds.",
                hint="If Spotify showed an error page, compare client id and redirect URI "
                f"({isolated(self.attempt.redirect_uri)}) with the dashboard; then log in again.",
            ) from None
        return self._answer
