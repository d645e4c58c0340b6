"""
Handing a login over: what a call costs with the session's login, over the client's own way with a token that stays.

The same request is made in turns in both ways, to a server of another process that answers at once; the price is the
difference of the medians. ``await session.atoken()`` with a fresh token in hand is measured by itself.

    python benchmarks/handover.py --calls 300 --repeats 15

Ends with status 1 if a call costs over 15 us more, or ``atoken`` over 5 us.
"""

import argparse
import asyncio
import multiprocessing
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from multiprocessing.connection import Connection

import aiohttp
import httpx
import requests
import spotipy
from pydantic import SecretStr

from spotantic_nb import AuthSettings, Session
from spotantic_nb.sandbox import Sandbox, ScriptedUser

MOST_FOR_A_CALL = 15.0
MOST_FOR_ATOKEN = 5.0
"""Microseconds."""

HEADER = {"Authorization": f"Bearer {'a' * 160}"}
PROFILE = b'{"id": "ada", "display_name": "Ada Fjordmark"}'
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(PROFILE), PROFILE)

Call = Callable[[], Awaitable[object]]
Contest = Callable[[Session], AbstractAsyncContextManager[tuple[Call, Call]]]
"""Opens a client in its own way and one with the session's login; what makes one request with each."""


def main() -> int:
    """Measure, print a table, and return the exit status."""
    options = _options(sys.argv[1:])
    with _server() as address, Sandbox() as sandbox:
        session = _session(sandbox, f"{address}/v1")
        prices = [_price(name, contest, session, options) for name, contest in CONTESTS.items()]
        atoken = asyncio.run(_atoken(session, options))
    return 0 if max(prices) <= MOST_FOR_A_CALL and atoken <= MOST_FOR_ATOKEN else 1


def _price(name: str, contest: Contest, session: Session, options: argparse.Namespace) -> float:
    """Measure one client, print its line, and return the price in microseconds."""
    own, ours = asyncio.run(_measure(contest, session, options))
    price, spread = _median_and_spread([second - first for first, second in zip(own, ours, strict=True)])
    first, second = statistics.median(own), statistics.median(ours)
    print(f"{name:16}{first:8.1f} us{second:8.1f} us{second / first:7.3f} x   {price:+6.1f} us {spread}", flush=True)
    return price


async def _measure(contest: Contest, session: Session, options: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Return the median microseconds of a call in its own way and with the login, for each repeat."""
    medians: tuple[list[float], list[float]] = ([], [])
    async with contest(session) as calls:
        for _ in range(options.repeats):
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(options.calls):
                for call, taken in zip(calls, times, strict=True):
                    before = time.perf_counter()
                    await call()
                    taken.append((time.perf_counter() - before) * 1e6)
            for median, taken in zip(medians, times, strict=True):
                median.append(statistics.median(taken))
    return medians


async def _atoken(session: Session, options: argparse.Namespace) -> float:
    """Measure ``atoken`` with a fresh token, print its line, and return its microseconds."""
    taken = []
    for _ in range(options.repeats):
        before = time.perf_counter()
        for _ in range(options.calls):
            await session.atoken()
        taken.append((time.perf_counter() - before) / options.calls * 1e6)
    median, spread = _median_and_spread(taken)
    print(f"{'await atoken()':16}{median:8.1f} us {spread}")
    return median


def _median_and_spread(values: Sequence[float]) -> tuple[float, str]:
    """Return the median, and between which values the middle half lies."""
    low, median, high = statistics.quantiles(values, n=4)
    return median, f"({low:.1f} to {high:.1f})"


# The clients


@asynccontextmanager
async def _httpx(session: Session) -> AsyncIterator[tuple[Call, Call]]:
    with httpx.Client(base_url=session.api_url, headers=HEADER) as own, session.client() as ours:
        yield _awaited(lambda: own.get("me")), _awaited(lambda: ours.get("me"))


@asynccontextmanager
async def _httpx_async(session: Session) -> AsyncIterator[tuple[Call, Call]]:
    async with (
        httpx.AsyncClient(base_url=session.api_url, headers=HEADER) as own,
        session.async_client() as ours,
    ):
        yield lambda: own.get("me"), lambda: ours.get("me")


@asynccontextmanager
async def _requests(session: Session) -> AsyncIterator[tuple[Call, Call]]:
    me = f"{session.api_url}/me"
    with requests.Session() as own, requests.Session() as ours:
        own.headers.update(HEADER)
        ours.auth = session.requests_auth()
        own.trust_env = ours.trust_env = False  # what it looks up there depends on the machine
        yield _awaited(lambda: own.get(me)), _awaited(lambda: ours.get(me))


@asynccontextmanager
async def _spotipy(session: Session) -> AsyncIterator[tuple[Call, Call]]:
    own, ours = spotipy.Spotify(auth="a" * 160), session.spotipy()
    own.prefix = ours.prefix
    yield _awaited(own.current_user), _awaited(ours.current_user)


@asynccontextmanager
async def _aiohttp(session: Session) -> AsyncIterator[tuple[Call, Call]]:
    me = f"{session.api_url}/me"
    async with (
        aiohttp.ClientSession(headers=HEADER) as own,
        aiohttp.ClientSession(middlewares=(session.aiohttp_middleware(),)) as ours,
    ):
        yield lambda: _read(own, me), lambda: _read(ours, me)


async def _read(client: aiohttp.ClientSession, address: str) -> object:
    async with client.get(address) as reply:
        return await reply.json()


def _awaited(call: Callable[[], object]) -> Call:
    """Return a call that blocks as a coroutine, so that all are measured by the same loop."""

    async def blocking() -> object:
        return call()

    return blocking


CONTESTS: dict[str, Contest] = {
    "httpx": _httpx,
    "httpx, async": _httpx_async,
    "requests": _requests,
    "spotipy": _spotipy,
    "aiohttp": _aiohttp,
}


# What they ask


@contextmanager
def _server() -> Iterator[str]:
    """Run a server in another process, which takes no time of this one; yield its address."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    yield here.recv()
    process.terminate()
    process.join()


def _serve(tell: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.start_server(_answer, "127.0.0.1", 0)
        tell.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await server.serve_forever()

    asyncio.run(serve())


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request of a connection with the same profile."""
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(REPLY)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _session(sandbox: Sandbox, api_url: str) -> Session:
    """Return a session in which somebody is logged in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = AuthSettings(
        _env_file=None,
        client_id=SecretStr(sandbox.client_id),
        redirect_uri=f"http://127.0.0.1:{port}/callback",
        scope="user-top-read",
        accounts_url=sandbox.accounts_url,
        api_url=api_url,
        store_access_token=False,
    )
    session = Session(settings)
    if login := session.login(wait=False):
        ScriptedUser().follow(login.url)
        session.wait_for(login)
    return session


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--calls", type=int, default=300, help="calls of each kind in one repeat")
    parser.add_argument("--repeats", type=int, default=15, help="how often they are repeated, twice at least")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
