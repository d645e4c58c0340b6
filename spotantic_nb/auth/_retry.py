"""
Patience with a service that is in trouble: ask again a few times, later and later, and not for ever.

Only for requests that may be repeated. An authorization code is spent even where its answer was lost.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from spotantic_nb.errors import AccountsUnreachableError

T = TypeVar("T")

_log = logging.getLogger(__name__)

BUDGET = 14.0
"""Seconds for all tries together: a silent service is told of within 15. Pauses that it asks for come on top."""

LONGEST_PAUSE = 30.0
"""Seconds: a longer pause (Spotify's quota asks for hours) is for the person to know, not to sit through."""

_BACKOFFS = (0.5, 1.5)
"""Seconds before the second and the third try, give or take a half, so that kernels do not come back in step."""


async def patiently(request: Callable[[], Awaitable[T]]) -> T:
    """
    Return what ``request`` returns, trying up to three times where the trouble may pass.

    Raises:
        AccountsUnreachableError: The trouble lasts, or the service asks for a pause of more than 30 seconds.
    """
    trouble = AccountsUnreachableError("The accounts service took too long.", hint="Try again in a moment.")
    try:
        async with asyncio.timeout(BUDGET) as bound:
            for backoff in _BACKOFFS:
                try:
                    return await request()
                except AccountsUnreachableError as error:
                    trouble = error
                await _pause(trouble, backoff, bound)
            return await request()
    except TimeoutError:
        raise trouble from None


async def _pause(trouble: AccountsUnreachableError, backoff: float, bound: asyncio.Timeout) -> None:
    asked_for = trouble.retry_after
    if not trouble.may_pass or (asked_for or 0) > LONGEST_PAUSE:
        raise trouble
    pause = backoff * random.uniform(0.5, 1.5) if asked_for is None else asked_for  # noqa: S311 - not a secret
    if asked_for is not None:
        bound.reschedule((bound.when() or 0) + asked_for)
    _log.info("Asking again in %.1f seconds: %s", pause, trouble.message)
    await asyncio.sleep(pause)
