"""The body of a refused request is sent again with another token, all of it, unless it was gone once it was sent."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator

import aiohttp
import httpx2
import pytest
import requests
from elsewhere import Bodies

from spotantic_nb import Session

AGAIN, TOLD = (200, [b"a body"] * 2), (401, [b"a body"])
"""The status of the reply, and the bodies that arrived."""


@pytest.fixture
def bodies() -> Iterator[Bodies]:
    with Bodies() as bodies:
        yield bodies


@pytest.fixture
def api_url(bodies: Bodies) -> str:
    return bodies.api_url


def stream() -> Iterator[bytes]:
    yield b"a body"


async def stream_async() -> AsyncIterator[bytes]:
    yield b"a body"


def with_httpx(session: Session, body: object) -> int:
    with session.client(trust_env=False) as client:
        return client.post("me", content=body).status_code  # type: ignore[arg-type]


def with_httpx2(session: Session, body: object) -> int:
    with httpx2.Client(auth=session.httpx_auth(), trust_env=False) as client:  # type: ignore[arg-type]
        return client.post(f"{session.api_url}/me", content=body).status_code  # type: ignore[arg-type]


def with_requests(session: Session, body: object) -> int:
    with requests.Session() as client:
        client.auth = session.requests_auth()
        return client.post(f"{session.api_url}/me", data=body).status_code  # type: ignore[arg-type]


def with_aiohttp(session: Session, body: object) -> int:
    async def post() -> int:
        middlewares = (session.aiohttp_middleware(),)
        async with (
            aiohttp.ClientSession(middlewares=middlewares) as client,
            client.post(f"{session.api_url}/me", data=body) as reply,
        ):
            return reply.status

    return asyncio.run(post())


@pytest.mark.parametrize(
    ("post", "body", "ended"),
    [
        (with_httpx, lambda: b"a body", AGAIN),
        (with_httpx, stream, TOLD),
        (with_httpx2, lambda: b"a body", AGAIN),
        (with_httpx2, stream, TOLD),
        (with_requests, lambda: b"a body", AGAIN),
        (with_requests, lambda: io.BytesIO(b"a body"), AGAIN),
        (with_requests, stream, TOLD),
        (with_aiohttp, lambda: b"a body", AGAIN),
        (with_aiohttp, lambda: io.BytesIO(b"a body"), AGAIN),
        (with_aiohttp, stream_async, TOLD),
    ],
)
def test_a_body_is_sent_again_if_it_can_be(
    session: Session,
    bodies: Bodies,
    post: Callable[[Session, object], int],
    body: Callable[[], object],
    ended: tuple[int, list[bytes]],
) -> None:
    assert (post(session, body()), bodies.seen) == ended
