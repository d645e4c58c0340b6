"""
A client of the session, asked in the same words whether threads or the tasks of a loop use it; what its requests cost.
"""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AbstractContextManager

from spotantic_nb.errors import SpotanticNbError
from spotantic_nb.sandbox import Sandbox

Outcome = int | type[BaseException]
"""The status of a reply, or the kind of the error of ours that came instead."""

Made = tuple[object, Callable[[], int]]
"""A client, and what makes one request with it: it returns the status of a reply that is no error."""

AsyncMade = tuple[object, Callable[[], Awaitable[int]]]


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


def refreshes(sandbox: Sandbox) -> int:
    return sum(seen.form.get("grant_type") == "refresh_token" for seen in sandbox.requests)
