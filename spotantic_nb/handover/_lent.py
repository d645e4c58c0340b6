"""
A login in a process that was lent it: one credential for all tasks there, which asks the notebook for the next token.

Knows no cluster: what brings the messages of the notebook, and takes questions to it, is given.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from spotantic_nb._bearer import BearerText
from spotantic_nb.errors import SpotanticNbError, TokenExpiredError, anew
from spotantic_nb.handover._credential import Credential
from spotantic_nb.handover._loan import Loan
from spotantic_nb.models import EXPIRY_MARGIN

_PATIENCE = 25.0
"""Seconds to wait for the notebook, from the first question on that it leaves unanswered."""

_AGAIN = 5.0
"""Seconds after which a question is asked again, and for which an answer without another token is not."""

_LOOK = 1.0
"""Seconds between two looks at the clock."""

Ask = Callable[[int], None]
"""Takes the number of a message to the notebook whose token is over or was refused; does not wait."""


@dataclass(frozen=True, slots=True)
class Message:
    """
    What the notebook tells the processes that it lends its login.

    Attributes:
        lender: Who tells it: another one for each time that a login is lent.
        number: Counts the messages of that lender, as one may overtake another.
        loan: The token to use; None where there is no login any more.
        error: Why there is no newer token, if there is none.
    """

    lender: str
    number: int
    loan: Loan | None
    error: SpotanticNbError | None = None

    def next(self, loan: Loan | None, error: SpotanticNbError | None = None) -> "Message":
        """Return the message after this one."""
        return Message(self.lender, self.number + 1, loan, error)

    def follows(self, other: "Message | None") -> bool:
        """Tell whether this message is later than the other one."""
        return other is None or self.lender != other.lender or self.number > other.number

    def has_nothing_newer_than(self, other: "Message") -> bool:
        """Tell whether the lender was asked for another token, and has none; another lender was not asked."""
        return self.lender == other.lender and self.loan == other.loan


class LentCredential(Credential):
    """
    Hand out the token of the newest message, and have the notebook send another one where it is over or was refused.

    Args:
        api_url: The Web API that the tokens are for.
        key: The name of the login.
        message: The first message of the notebook.
        ask: Takes questions to it.
    """

    def __init__(self, api_url: str, key: str, message: Message, ask: Ask) -> None:
        super().__init__(api_url, key)
        self._message = message
        self._ask = ask
        self._arrived = threading.Condition()
        self._holds_until = 0.0
        """Until when the notebook has nothing newer than the message that is here; all times are monotonic."""
        self._waits_since: float | None = None
        self._asked_at = float("-inf")

    def take(self, message: Message, ask: Ask) -> None:
        """Use this message from now on, unless it was overtaken; on any thread."""
        with self._arrived:
            self._ask = ask
            if message.follows(self._message):
                self._holds_until = _monotonic() + _AGAIN if message.has_nothing_newer_than(self._message) else 0.0
                self._message, self._waits_since, self._asked_at = message, None, float("-inf")
                self._arrived.notify_all()

    def token(self) -> str:
        """
        Return an access token; in its last minute, while another one is asked for, the one that is here.

        Raises:
            TokenExpiredError: The one that was lent is over, and the notebook does not answer.
            SpotanticNbError: What the notebook answers in place of a token.
        """
        return self._usable("") or self.renew("")

    async def atoken(self) -> str:
        """Return what ``token`` returns, without blocking the caller's event loop."""
        return self._usable("") or await self.arenew("")

    def renew(self, after: str) -> str:
        """Return another access token than ``after``, which the Web API has refused; one question for all who ask."""
        with self._arrived:
            while (token := self._answer(after)) is None:
                self._arrived.wait(_LOOK)
        return token

    async def arenew(self, after: str) -> str:
        """Return what ``renew`` returns, without blocking the caller's event loop."""
        return await asyncio.to_thread(self.renew, after)

    def _usable(self, refused: str) -> str | None:
        """Return the token that is here, unless it is over or is the one that was refused."""
        loan = self._message.loan
        if loan is None or loan.seconds_left() <= -EXPIRY_MARGIN.total_seconds():
            return None
        if loan.seconds_left() <= 0:
            self._ask_the_notebook()
        token = BearerText(loan.access_token.get_secret_value())
        return None if token == refused else token

    def _answer(self, after: str) -> str | None:
        """Return the token to use, or raise what the notebook has answered; None while it has not."""
        if (token := self._usable(after)) is not None:
            return token
        loan, error = self._message.loan, self._message.error
        if loan is None or _monotonic() < self._holds_until:
            if loan is None or error is not None:
                raise anew(error or _is_over())
            return BearerText(loan.access_token.get_secret_value())
        self._ask_the_notebook()
        if self._waits_since is not None and _monotonic() - self._waits_since > _PATIENCE:
            raise _is_over()
        return None

    def _ask_the_notebook(self) -> None:
        """Ask for another token, unless that was done just now."""
        now = _monotonic()
        if now - self._asked_at > _AGAIN:
            self._asked_at = now
            self._waits_since = self._waits_since or now
            self._ask(self._message.number)


def _is_over() -> TokenExpiredError:
    return TokenExpiredError(
        "The token that was lent to this process is over, and the notebook that lent it does not answer.",
        hint="Run session.dask(client) there again; the tasks go on with it.",
    )


def _monotonic() -> float:
    return time.monotonic()
