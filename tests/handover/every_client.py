"""The clients that a login is handed to, in one table: each is opened, and asks a Web API for a person's profile."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager

import aiohttp
import httpx2
import pytest
import requests
import tekore
import tekore._client.base
from clients import AsyncMade, Client, Made, Tasks, Threaded
from yarl import URL

from spotantic_nb import Session

FOLLOW = {"trust_env": False, "follow_redirects": True}


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
    with client._session:  # closed with the test, and not whenever garbage is collected
        yield client, lambda: 200 if client.current_user()["id"] == "ada" else 0


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
