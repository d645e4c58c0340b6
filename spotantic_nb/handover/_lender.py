"""
The notebook's side of a login that is lent to a cluster: it renews the token for all, and answers every question.
"""

import asyncio
import contextlib
import copy
import logging
import secrets
import time
from collections.abc import Awaitable, Callable

from spotantic_nb._bearer import BearerText
from spotantic_nb._portal import portal
from spotantic_nb.errors import ConfigurationError, NotLoggedInError, SpotanticNbError
from spotantic_nb.handover._dask import Cluster
from spotantic_nb.handover._lent import Message
from spotantic_nb.handover._loan import Loan

_log = logging.getLogger(__name__)

_LOOK_AGAIN = 10.0
"""Seconds between two looks at cluster and login, where nothing tells of a change."""

_SHARE_USED = 0.9
"""The part of a token's time after which another one is obtained, before any worker has to wait for it."""

_TRY_AGAIN = 1.0
"""Seconds until a message that did not reach every worker is sent once more, and the least between two renewals."""

Obtain = Callable[[str | None], Awaitable[Loan]]
"""Returns the loan of a good token, of another one than that which is named."""


class Lender:
    """
    Keep the workers of a cluster in tokens until its client is closed. Lives on the portal.

    Args:
        cluster: Leads to the workers.
        obtain: Obtains what is lent.
    """

    def __init__(self, cluster: Cluster, obtain: Obtain) -> None:
        self._cluster = cluster
        self._obtain = obtain
        self._message = Message(secrets.token_hex(4), 0, loan=None)
        self._is_sent = False
        self._due = 0.0
        """When another token is obtained without a question, on the monotonic clock."""
        self._asked: set[int] = set()
        """The numbers of the messages that workers have asked about, as their token is over."""
        self._woken = asyncio.Event()

    async def start(self) -> None:
        """
        Lend the login for the first time.

        Raises:
            ConfigurationError: The workers cannot take it.
            SpotanticNbError: There is no token to lend.
        """
        self._cluster.hear(self._hear)
        self._message = self._message.next(await self._obtain(None))
        self._plan(self._message)
        try:
            await self._send()
        except Exception as error:
            with contextlib.suppress(Exception):  # the workers do not have it
                await self._cluster.forget()  # or no other worker could start
            raise ConfigurationError(
                f"A worker could not take the login ({type(error).__name__}).",
                hint="Install spotantic-nb on every worker, in the version of the notebook.",
            ) from error

    async def serve(self) -> None:
        """Renew ahead of the token's end, answer questions and tell of changes, as long as the cluster is open."""
        while self._cluster.is_open:
            self._woken.clear()
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - a worker that has just died must not end it for the others
                # Without the traceback: what Dask was about to send is a variable there, with the token in it.
                _log.warning("A cluster could not be told of its token (%s); trying again.", type(error).__name__)
            await self._wait()

    def look(self) -> None:
        """Look soon whether the login has changed; on the portal."""
        self._woken.set()

    def _hear(self, number: int) -> None:
        """Take a question of a worker; on any thread."""

        def note() -> None:
            self._asked.add(number)
            self._woken.set()

        portal.call(note)

    async def _look(self) -> None:
        """Tell the workers of another token or error; who has asked is told in any case."""
        before, is_due = self._message, _monotonic() >= self._due
        message = await self._next_message(self._token if is_due or before.number in self._asked else None)
        is_news = message.loan != before.loan or type(message.error) is not type(before.error)
        if is_news or is_due:
            self._plan(message)
        if is_news or self._asked or not self._is_sent:
            self._message = message
            await self._send()

    @property
    def _token(self) -> str | None:
        """The token that is lent now."""
        loan = self._message.loan
        return None if loan is None else BearerText(loan.access_token.get_secret_value())

    def _plan(self, message: Message) -> None:
        """Set when another token is obtained: well before this one ends, or soon after an error."""
        loan = message.loan if message.error is None else None
        left = _LOOK_AGAIN if loan is None else _SHARE_USED * loan.seconds_left()
        self._due = _monotonic() + max(left, _TRY_AGAIN)

    async def _wait(self) -> None:
        left = max(self._due - _monotonic(), 0.0) if self._is_sent else _TRY_AGAIN
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(left, _LOOK_AGAIN)):
                await self._woken.wait()

    async def _next_message(self, refused: str | None) -> Message:
        before = self._message
        try:
            loan = await self._obtain(refused)
        except NotLoggedInError as error:
            return before.next(None, _alone(error))
        except SpotanticNbError as error:
            return before.next(before.loan, _alone(error))
        # While nobody asks for another token, an error stands: that this one is there still is no news.
        stands = refused is None and loan == before.loan
        return before.next(loan, before.error if stands else None)

    async def _send(self) -> None:
        self._is_sent = False
        await self._cluster.send(self._message)
        if self._message.loan is None:
            await self._cluster.forget()
        self._is_sent = True
        # What was asked about earlier messages is answered by this one.
        self._asked = {number for number in self._asked if number >= self._message.number}


def _alone(error: SpotanticNbError) -> SpotanticNbError:
    """Return an error to send: Dask pickles the traceback as well, and what is behind an error may hold a request."""
    alone = copy.copy(error)
    alone.__traceback__ = alone.__cause__ = alone.__context__ = None
    return alone


def _monotonic() -> float:
    return time.monotonic()
