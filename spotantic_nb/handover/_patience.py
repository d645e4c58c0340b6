"""
One request of ours to the Web API, and the pauses where its trouble may pass.
"""

import time
from collections.abc import Callable

import httpx

from spotantic_nb._event_loop import interruptible
from spotantic_nb._text import duration
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.errors import WebApiError
from spotantic_nb.handover._api_errors import refusal

_LONGEST_PAUSE = 30.0
"""Seconds that Spotify may ask to wait before a call goes on; a quota that is used up asks for hours."""

_BACKOFFS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before the second try and those after it, where Spotify asks for no pause of its own."""

_MAY_PASS = frozenset({None, 429, 500, 502, 503, 504})
"""The statuses after which another try may help; None stands for no reply."""

_STEP = 0.2
"""Seconds between two looks for an interrupt, which does not end a longer sleep on Windows."""


@hides_locals
def ask(client: httpx.Client, address: httpx.URL, place: str, tell: Callable[[str], None]) -> httpx.Response:
    """
    Return the reply to a GET, after up to five tries.

    Args:
        client: Has our authentication.
        address: What to ask for.
        place: What it is called in an error.
        tell: Is told why there is a pause, and when it is over (an empty text).

    Raises:
        WebApiError: It was refused, the trouble lasts, or Spotify asks for a pause of more than 30 seconds.
    """
    for backoff in _BACKOFFS:
        try:
            return _ask_once(client, address, place)
        except WebApiError as error:
            if not _may_pass(error):
                raise
            trouble = error
        pause = backoff if trouble.retry_after is None else trouble.retry_after
        # From the word on: who reads it may press Stop at once, and the front-end's own handler would only take note.
        with interruptible():
            tell(f"{trouble.message} Going on in {duration(pause)}.")
            _sleep(pause)
        tell("")
    return _ask_once(client, address, place)


def _ask_once(client: httpx.Client, address: httpx.URL, place: str) -> httpx.Response:
    try:
        with interruptible():
            reply = client.get(address)
    except httpx.HTTPError as error:  # not chained: it carries the request
        raise WebApiError(
            f"The Web API did not answer ({type(error).__name__}).", hint="Check the network, then try again."
        ) from None
    if reply.is_success:
        return reply
    raise refusal(reply, place)


def _may_pass(error: WebApiError) -> bool:
    return error.status in _MAY_PASS and (error.retry_after or 0) <= _LONGEST_PAUSE


def _sleep(seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _STEP))
