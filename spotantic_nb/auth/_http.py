"""
The only HTTP of this package: one request, one reply, bounded in time and size, never redirected; and the retries.

Imported on the first request, because httpx costs more than everything before it. Knows nothing of OAuth.
"""

import asyncio
import contextlib
import logging
import random
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic_core import from_json

from spotantic_nb._text import isolated
from spotantic_nb.auth._network_errors import bad_proxy_setting, is_loopback, unreachable
from spotantic_nb.auth._tls import tls_context
from spotantic_nb.errors import AccountsUnreachableError

TIMEOUT = 10.0
"""Seconds for a whole exchange, however slowly the bytes drip: a code is sent once, and who waits is told in time."""

MAX_BODY = 2**20
"""Bytes of a reply; a token or a profile takes about one thousandth of it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, the headers, and the whole body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json_object(self) -> dict[str, Any]:
        """Return the JSON object in the body, or an empty one where there is none."""
        try:
            # Stricter than json: what it reads can be written again as UTF-8.
            document = from_json(self.body, allow_inf_nan=False)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}


async def send(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    auth: httpx.Auth | None = None,
) -> Reply:
    """
    Send one request and return the reply, whatever its status.

    Raises:
        AccountsUnreachableError: No whole reply came within 10 seconds and 1 MiB.
    """
    netloc = urlsplit(url).netloc
    # A proxy is for the world outside; sending loopback through it would fail, and show it our tokens.
    may_use_proxy = not is_loopback(netloc)
    try:
        async with asyncio.timeout(TIMEOUT), _client(trust_env=may_use_proxy) as client:
            # Nothing compressed is asked for, and nothing is decompressed: no reply grows in memory.
            plain = {"Accept-Encoding": "identity", **(headers or {})}
            async with client.stream(method, url, data=form, headers=plain, auth=auth) as response:
                return Reply(response.status_code, response.headers, await _bounded_body(response))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        # A TimeoutError is an OSError, and a redirect to no address an InvalidURL. Not chained: an error of httpx
        # carries the request, and a protocol error quotes the reply.
        raise unreachable(error, netloc, seconds=TIMEOUT, may_use_proxy=may_use_proxy) from None


def check_proxy_settings() -> None:
    """
    Try, without sending anything, whether a request could be made with the proxies that are set.

    Raises:
        AccountsUnreachableError: One of them cannot be used, or a variable names certificates that cannot be read.
    """
    _client(trust_env=True)


async def prepare() -> None:
    """
    Do once, ahead of time, what makes a first request slow: imports, and the TLS context.

    Nothing is sent: the request goes to a port of this machine that nothing listens on.
    """
    # What fails here (no free descriptor, say) will be told by the request that needs it.
    with contextlib.suppress(AccountsUnreachableError, OSError), socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        await send("GET", f"http://127.0.0.1:{nobody.getsockname()[1]}")


def _client(*, trust_env: bool) -> httpx.AsyncClient:
    context = tls_context()
    try:
        return httpx.AsyncClient(verify=context, timeout=TIMEOUT, trust_env=trust_env)
    except (httpx.InvalidURL, ImportError, ValueError) as error:
        raise bad_proxy_setting(error) from None  # not chained: it may quote a password


async def _bounded_body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BODY:
            raise AccountsUnreachableError(
                f"{isolated(response.url.host)} sent far more than an answer.",
                hint="Try again later; the token you hold is kept.",
            )
    return bytes(body)


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
