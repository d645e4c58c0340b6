"""
A login on a Dask cluster: the workers are lent the access token, and the notebook renews it for all of them.

A worker plugin brings it. It is registered again under the same name with each new token, so that the scheduler hands
the newest one to workers that come later. Workers ask for another one by an event, which Dask stores: it holds the
number of a message and no secret.
"""

import asyncio
import contextlib
import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from distributed import Client, Worker, WorkerPlugin

from spotantic_nb.errors import ConfigurationError
from spotantic_nb.handover._credential import lend, lent_as
from spotantic_nb.handover._lent import LentCredential, Message

_LONGEST_SENDING = 2.0
"""Seconds to wait until all workers have a message: one that is stopped never says so, and the others have it."""

_ENCRYPTED = {"tls", "wss", "inproc"}


def require_usable(client: Client, *, unencrypted: bool) -> None:
    """
    Check that a token may be given to a client.

    Raises:
        ConfigurationError: The client is not connected, is asynchronous, or its cluster's network is not protected.
    """
    if client.status != "running" or client.asynchronous:
        raise ConfigurationError(
            f"This Dask client is {'asynchronous' if client.asynchronous else client.status}.",
            hint="Use one that is connected and blocks: Client(...) without asynchronous=True.",
        )
    # As the scheduler itself says: a client may have come to it through a tunnel, and the workers do not.
    address = client.scheduler_info()["address"]
    if _is_exposed(address) and not unencrypted:
        raise ConfigurationError(
            f"The scheduler at {address} is asked over the network without encryption, where the token could be seen.",
            hint="Give the cluster TLS, or write session.dask(client, unencrypted=True) where the network is trusted.",
        )


def _is_exposed(address: str) -> bool:
    parts = urlsplit(address)
    with contextlib.suppress(ValueError):
        return parts.scheme not in _ENCRYPTED and not ipaddress.ip_address(parts.hostname or "").is_loopback
    return parts.hostname != "localhost"


class LoanPlugin(WorkerPlugin):
    """
    Bring a message to a worker.

    It is not torn down: Dask does that before each new one, while tasks go on with what the old one brought.

    Args:
        api_url: The Web API that the tokens are for.
        key: The name of the login.
        message: What the worker is told.
    """

    def __init__(self, api_url: str, key: str, message: Message) -> None:
        self._api_url = api_url
        self._key = key
        self._message = message

    def setup(self, worker: Worker) -> None:
        """Let the tasks of the worker find the login; where the notebook runs in this process, they do already."""

        def ask(number: int) -> None:
            worker.log_event(name_of(self._key), {"over": number})

        held = lent_as(self._key)
        if held is None:
            lend(LentCredential(self._api_url, self._key, self._message, ask), self._key)
        elif isinstance(held, LentCredential):
            held.take(self._message, ask)


def name_of(key: str) -> str:
    """Return the name that a login has on a cluster: that of its plugin, and of the questions about it."""
    return f"spotantic-nb-{key}"


class Cluster:
    """
    The way from the portal to the workers of one client.

    Args:
        client: The client of the cluster.
        api_url: The Web API that the tokens are for.
        key: The name of the login.
    """

    def __init__(self, client: Client, api_url: str, key: str) -> None:
        self._client = client
        self._api_url = api_url
        self._key = key

    @property
    def is_open(self) -> bool:
        """Whether the client can still send anything."""
        return bool(self._client.status not in {"closing", "closed"})

    def hear(self, told: Callable[[int], None]) -> None:
        """Have ``told`` called with each question of a worker, on the client's loop, where it must not wait."""
        self._client.subscribe_topic(name_of(self._key), lambda event: told(event[1]["over"]))

    async def send(self, message: Message) -> None:
        """Give a message to the workers of now, and to those that come later; raises what a worker raises."""
        plugin = LoanPlugin(self._api_url, self._key, message)
        await self._run(lambda: self._client.register_plugin(plugin, name=name_of(self._key)))

    async def forget(self) -> None:
        """Give nothing to workers that come later."""
        await self._run(lambda: self._client.unregister_worker_plugin(name_of(self._key)))

    async def _run(self, call: Callable[[], Any]) -> None:
        """Call the client on its own loop, where it does not block, and wait for that, but not for ever."""

        async def run() -> None:
            await call()

        loop: Any = self._client.loop
        running = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(run(), loop.asyncio_loop))
        # Else asyncio complains of an error that comes when nobody waits any more.
        running.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        await asyncio.wait([running], timeout=_LONGEST_SENDING)
        if running.done():
            running.result()
