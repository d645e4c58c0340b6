"""What a listener is asked, by a browser and by strangers, and what it delivers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from attempts import CODE, answer_to

from spotantic_nb.auth._attempt import Answer, AuthorizationAttempt
from spotantic_nb.auth._listener import listening
from spotantic_nb.auth._redirect_uri import loopback_of


class Delivered:
    """Take the first answer that is delivered, and wait for it."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def __call__(self, answer: Answer) -> None:
        if not self._answer.done():
            self._answer.set_result(answer)

    @property
    def is_there(self) -> bool:
        return self._answer.done()

    async def code(self) -> str:
        """Return the code in the answer, which has to come soon."""
        return (await asyncio.wait_for(self._answer, timeout=30)).code()


@asynccontextmanager
async def listener(attempt: AuthorizationAttempt) -> AsyncIterator[Delivered]:
    """Listen for the answer to an attempt."""
    delivered, loopback = Delivered(), loopback_of(attempt.redirect_uri, attempt.forwarded_to)
    assert loopback is not None
    async with listening(loopback, attempt, delivered):
        yield delivered


def ask(attempt: AuthorizationAttempt, target: str = "", *, method: str = "GET", host: str = "") -> bytes:
    """Return a request; by default the one that brings the answer."""
    where = urlsplit(attempt.redirect_uri).netloc
    return f"{method} {target or target_of(attempt)} HTTP/1.1\r\nHost: {host or where}\r\n\r\n".encode()


def target_of(attempt: AuthorizationAttempt, **fields: str) -> str:
    """Return what a browser asks for with the answer, with some fields changed."""
    parts = urlsplit(answer_to(attempt, **fields))
    return f"{parts.path or '/'}?{parts.query}"


async def exchange(port: int, data: bytes, host: str = "127.0.0.1") -> bytes:
    """Send bytes and return all that comes back until the other side closes."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(data)
    try:
        async with asyncio.timeout(30):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def status_of(reply: bytes) -> int:
    return int(reply.split(b" ", 2)[1])


async def assert_still_open(attempt: AuthorizationAttempt, delivered: Delivered, port: int) -> None:
    """Answer properly, which nothing before may have spoiled."""
    assert not delivered.is_there
    assert status_of(await exchange(port, ask(attempt))) == 200
    assert await delivered.code() == CODE
