"""
The clients that a login is handed to, in one table: each a way to make one request, with what it is made by.

Those of one thread or task after the other, and those that are used at once, are asked in the same words.
"""

import asyncio
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager

import aiohttp
import httpx2
import pytest
import requests
import tekore
import tekore._client.base
from yarl import URL

from spotantic_nb import Session
from spotantic_nb.errors import SpotanticNbError
from spotantic_nb.sandbox import Sandbox

Outcome = int | type[BaseException]
"""The status of a reply, or the kind of the error of ours that came instead."""

Made = tuple[object, Callable[[], int]]
"""A client, and what makes one request with it: it returns the status of a reply that is no error."""

AsyncMade = tuple[object, Callable[[], Awaitable[int]]]

FOLLOW = {"trust_env": False, "follow_redirects": True}


class Client(ABC):
    """A client of the session, which asks the Web API at an address for the person's profile."""

    @abstractmethod
    def __call__(self) -> int:
        """Make one request; return the status of its reply, or raise the client's own error, or ours."""

    @abstractmethod
    def at_once(self, times: int = 20, apart: float = 0.0) -> list[Outcome]:
        """Make so many requests at once, or begun so many seconds after each other; return how each ended."""

    @abstractmethod
    def in_turn(self, times: int) -> list[Outcome]:
        """Make so many requests one after the other with one client; return how each ended."""

    @abstractmethod
    def shown(self) -> str:
        """Make a request; return what the client, and everything in it, shows of itself."""


class Threaded(Client):
    """A synchronous client, in threads."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Made]]) -> None:
        self._opened = opened

    def __call__(self) -> int:
        with self._opened() as (_, ask):
            return ask()

    def at_once(self, times: int = 20, apart: float = 0.0) -> list[Outcome]:
        with self._opened() as (_, ask), ThreadPoolExecutor(times) as threads:
            began = threading.Barrier(times)

            def one(number: int) -> int:
                began.wait()
                time.sleep(number * apart)
                return ask()

            asked = [threads.submit(one, number) for number in range(times)]
            return [outcome(one.result) for one in asked]

    def in_turn(self, times: int) -> list[Outcome]:
        with self._opened() as (_, ask):
            return [outcome(ask) for _ in range(times)]

    def shown(self) -> str:
        with self._opened() as (client, ask):
            ask()
            return _all_of(client)


class Tasks(Client):
    """An asynchronous client, in the tasks of one loop."""

    def __init__(self, opened: Callable[[], AbstractAsyncContextManager[AsyncMade]]) -> None:
        self._opened = opened

    def __call__(self) -> int:
        async def one() -> int:
            async with self._opened() as (_, ask):
                return await ask()

        return asyncio.run(one())

    def at_once(self, times: int = 20, apart: float = 0.0) -> list[Outcome]:
        async def all_of_them() -> list[int | BaseException]:
            async with self._opened() as (_, ask):

                async def one(number: int) -> int:
                    await asyncio.sleep(number * apart)
                    return await ask()

                return await asyncio.gather(*map(one, range(times)), return_exceptions=True)

        return [outcome(lambda ended=ended: ended) for ended in asyncio.run(all_of_them())]

    def in_turn(self, times: int) -> list[Outcome]:
        async def all_of_them() -> list[int | BaseException]:
            async with self._opened() as (_, ask):
                return [(await asyncio.gather(ask(), return_exceptions=True))[0] for _ in range(times)]

        return [outcome(lambda ended=ended: ended) for ended in asyncio.run(all_of_them())]

    def shown(self) -> str:
        async def show() -> str:
            async with self._opened() as (client, ask):
                await ask()
                return _all_of(client)

        return asyncio.run(show())


def outcome(ended: Callable[[], int | BaseException]) -> Outcome:
    """Return the status that a client's own error tells, or the kind of ours."""
    try:
        result = ended()
    except Exception as error:  # noqa: BLE001 - whichever the client has
        result = error
    if isinstance(result, int):
        return result
    if isinstance(result, SpotanticNbError):
        return type(result)
    for place in (result, getattr(result, "response", None)):
        for name in ("http_status", "status_code", "status", "code"):
            if isinstance(status := getattr(place, name, None), int):
                return status
    if type(result).__name__ == "SpotifyAuthenticationFailedError":  # spotifyaio's, without a number
        return 401
    raise result


def _all_of(client: object) -> str:
    return repr(client) + "".join(f"{value!r}" for value in vars(client).values())


# Synchronous


@contextmanager
def _httpx(session: Session, address: str) -> Iterator[Made]:
    with session.client(**FOLLOW) as client:
        yield client, lambda: client.get(f"{address}/me").raise_for_status().status_code


@contextmanager
def _httpx2(session: Session, address: str) -> Iterator[Made]:
    with httpx2.Client(auth=session.httpx_auth(), **FOLLOW) as client:  # type: ignore[arg-type]
        yield client, lambda: client.get(f"{address}/me").raise_for_status().status_code


@contextmanager
def _requests(session: Session, address: str) -> Iterator[Made]:
    with requests.Session() as client:
        client.trust_env, client.auth = False, session.requests_auth()

        def ask() -> int:
            reply = client.get(f"{address}/me")
            reply.raise_for_status()
            return reply.status_code

        yield client, ask


@contextmanager
def _spotipy(session: Session, address: str) -> Iterator[Made]:
    client = session.spotipy()
    client.prefix = f"{address}/"
    yield client, lambda: 200 if client.current_user()["id"] == "ada" else 0
    client._session.close()


@contextmanager
def _tekore(session: Session, address: str) -> Iterator[Made]:
    with _tekore_at(address), session.client(**FOLLOW) as sender:
        client = tekore.Spotify(sender=tekore.SyncSender(sender))
        yield client, lambda: 200 if client.current_user().id == "ada" else 0


# Asynchronous


@asynccontextmanager
async def _httpx_async(session: Session, address: str) -> AsyncIterator[AsyncMade]:
    async with session.async_client(**FOLLOW) as client:

        async def ask() -> int:
            return (await client.get(f"{address}/me")).raise_for_status().status_code

        yield client, ask


@asynccontextmanager
async def _httpx2_async(session: Session, address: str) -> AsyncIterator[AsyncMade]:
    async with httpx2.AsyncClient(auth=session.httpx_auth(), **FOLLOW) as client:  # type: ignore[arg-type]

        async def ask() -> int:
            return (await client.get(f"{address}/me")).raise_for_status().status_code

        yield client, ask


@asynccontextmanager
async def _aiohttp(session: Session, address: str) -> AsyncIterator[AsyncMade]:
    async with aiohttp.ClientSession(middlewares=(session.aiohttp_middleware(),)) as client:

        async def ask() -> int:
            async with client.get(f"{address}/me") as reply:
                reply.raise_for_status()
                return reply.status

        yield client, ask


@asynccontextmanager
async def _tekore_async(session: Session, address: str) -> AsyncIterator[AsyncMade]:
    with _tekore_at(address):
        async with session.async_client(**FOLLOW) as sender:
            client = tekore.Spotify(sender=tekore.AsyncSender(sender))

            async def ask() -> int:
                return 200 if (await client.current_user()).id == "ada" else 0

            yield client, ask


@asynccontextmanager
async def _spotifyaio(session: Session, address: str) -> AsyncIterator[AsyncMade]:
    import spotifyaio

    async def lead_there(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        if request.url.host == "api.spotify.com":
            request.url = URL(f"{address}{request.url.raw_path_qs.removeprefix('/v1')}")
        return await handler(request)

    async with aiohttp.ClientSession(middlewares=(lead_there, session.aiohttp_middleware())) as sender:
        client = spotifyaio.SpotifyClient(session=sender)

        async def ask() -> int:
            return 200 if (await client.get_current_user()).user_id == "ada" else 0

        yield client, ask


@asynccontextmanager
async def _spotantic(session: Session, address: str) -> AsyncIterator[AsyncMade]:
    from spotantic.endpoints.users import get_current_user_profile
    from spotantic.models import _request_model

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_request_model, "API_BASE_URL", URL(f"{address}/"))
        client = session.spotantic()

        async def ask() -> int:
            return 200 if (await get_current_user_profile(client)).data.user_id == "ada" else 0

        yield client, ask


@contextmanager
def _tekore_at(address: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tekore._client.base, "prefix", f"{address}/")
        yield


THREADED: Mapping[str, Callable[[Session, str], AbstractContextManager[Made]]] = {
    "httpx": _httpx,
    "httpx2": _httpx2,
    "requests": _requests,
    "spotipy": _spotipy,
    "tekore": _tekore,
}
ASYNCHRONOUS: Mapping[str, Callable[[Session, str], AbstractAsyncContextManager[AsyncMade]]] = {
    "httpx, async": _httpx_async,
    "httpx2, async": _httpx2_async,
    "aiohttp": _aiohttp,
    "tekore, async": _tekore_async,
    **({"spotantic": _spotantic, "spotifyaio": _spotifyaio} if sys.version_info >= (3, 12) else {}),
}
"""The newest spotifyaio, and spotantic, need Python 3.12."""


def client_of(name: str, session: Session, address: str) -> Client:
    """Return a client by its name, which asks the Web API at this address."""
    if name in THREADED:
        return Threaded(lambda: THREADED[name](session, address))
    return Tasks(lambda: ASYNCHRONOUS[name](session, address))


def refreshes(sandbox: Sandbox) -> int:
    return sum(seen.form.get("grant_type") == "refresh_token" for seen in sandbox.requests)
