"""
The only HTTP of this package: one request, one reply, bounded in time and size, never redirected.

Imported on the first request, because httpx costs more than everything before it. Knows nothing of OAuth.
"""

import asyncio
import functools
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic_core import from_json

from spotantic_nb._foreign_text import isolated
from spotantic_nb.errors import AccountsUnreachableError

TIMEOUT = 20.0
"""Seconds for a whole exchange, however slowly the bytes drip."""

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
        AccountsUnreachableError: No whole reply came within 20 seconds and 1 MiB.
    """
    host = urlsplit(url).netloc
    try:
        async with asyncio.timeout(TIMEOUT), _client(host) as client:
            # Nothing compressed is asked for, and nothing is decompressed: no reply grows in memory.
            plain = {"Accept-Encoding": "identity", **(headers or {})}
            async with client.stream(method, url, data=form, headers=plain, auth=auth) as response:
                return Reply(response.status_code, response.headers, await _bounded_body(response))
    except (httpx.HTTPError, TimeoutError) as error:
        raise AccountsUnreachableError(
            f"{isolated(host)} could not be reached ({type(error).__name__}).",
            hint="Check the network and any proxy settings, then try again; the token you hold is kept.",
            may_pass=True,
        ) from None  # an error of httpx carries the request, and a protocol error quotes the reply
    except (httpx.InvalidURL, ImportError, OSError, ValueError) as error:
        # An odd proxy or certificate setting, or a redirect to no address. Not chained: it may quote either.
        raise AccountsUnreachableError(
            f"{isolated(host)} could not be reached ({type(error).__name__}).",
            hint="Check the network, and the variables HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE, then try again.",
        ) from None


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context of this process; building it takes longer than a request."""
    return httpx.create_ssl_context()


def _client(host: str) -> httpx.AsyncClient:
    is_sandbox = host.startswith(("127.0.0.1:", "[::1]:"))
    # A proxy is for the world outside; sending loopback through it would fail, and show it our tokens.
    return httpx.AsyncClient(verify=tls_context(), timeout=TIMEOUT, trust_env=not is_sandbox)


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
