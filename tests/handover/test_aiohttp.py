"""aiohttp: what its errors and tracing show, and replies that nobody reads."""

import gc
import warnings
from collections.abc import AsyncIterator

import aiohttp
import pytest

from spotantic_nb import InvalidGrantError, Session
from spotantic_nb.sandbox import Sandbox


@pytest.fixture
async def client(session: Session) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(middlewares=(session.aiohttp_middleware(),)) as client:
        yield client


async def test_what_is_kept_of_a_request_shows_a_mask(client: aiohttp.ClientSession, session: Session) -> None:
    async with client.get(f"{session.api_url}/nothing") as reply:
        assert reply.request_info.headers["Authorization"] == "Bearer **********"
        with pytest.raises(aiohttp.ClientResponseError) as caught:
            reply.raise_for_status()
    assert "'Authorization': 'Bearer **********'" in repr(caught.value)


async def test_what_is_told_of_a_request_on_its_way_shows_a_mask(session: Session) -> None:
    seen: list[str] = []

    async def sent(_client: object, _context: object, sent: aiohttp.TraceRequestHeadersSentParams) -> None:
        seen.append(repr(sent))

    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(sent)
    middlewares = (session.aiohttp_middleware(),)
    async with (
        aiohttp.ClientSession(middlewares=middlewares, trace_configs=[tracing]) as client,
        client.get(f"{session.api_url}/me"),
    ):
        pass
    assert ["'Authorization': 'Bearer **********'" in told for told in seen] == [True]


async def test_a_renewal_that_fails_leaves_no_reply_open(
    client: aiohttp.ClientSession, session: Session, sandbox: Sandbox
) -> None:
    sandbox.revoke_consent("ada")
    sandbox.advance(3601)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(InvalidGrantError):
            await client.get(f"{session.api_url}/me")
        gc.collect()
    assert [str(warning.message) for warning in warned if "Unclosed" in str(warning.message)] == []
