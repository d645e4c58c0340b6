"""Tasks of a Dask cluster, and what is asked of it. Workers import this module."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from io import FileIO
from pathlib import Path

import httpx
import requests
from distributed import Client, Future, Worker, as_completed, get_worker

from spotantic_nb.session._lent_login import LentLogin

PATIENCE = 60
"""Seconds to wait for what should take a moment."""

_clients: dict[str, httpx.Client] = {}
"""One for each login in this process, since a client is expensive to make."""


def client_of(auth: LentLogin) -> httpx.Client:
    """Return this process's client of a login."""
    key = auth.credential().key
    if key not in _clients:
        _clients[key] = auth.client(trust_env=False)
    return _clients[key]


def ask(_number: int, auth: LentLogin, *, seconds: float = 0.0) -> int:
    """Ask who is logged in, and return the status of the reply."""
    time.sleep(seconds)
    return client_of(auth).get("me").status_code


async def ask_asynchronously(auth: LentLogin) -> int:
    async with auth.async_client(trust_env=False) as client:
        return (await client.get("me")).status_code


def ask_by_each_package(auth: LentLogin) -> list[int]:
    me = f"{auth.api_url}/me"
    spotipy = auth.spotipy()
    with requests.Session() as session:
        session.auth, session.trust_env = auth, False
        statuses = [httpx.get(me, auth=auth, trust_env=False).status_code, session.get(me).status_code]
    statuses.append(200 if spotipy.current_user() else 0)
    spotipy._session.close()
    return statuses


def ask_for_the_reply(auth: LentLogin) -> httpx.Response:
    return client_of(auth).get("me")


def plugins(dask_worker: Worker) -> str:
    """Return the plugins of a worker, as they show themselves and what is in them."""
    return repr([(plugin, vars(plugin)) for plugin in dask_worker.plugins.values()])


def ask_until_it_works_again(auth: LentLogin, topic: str) -> None:
    """Ask again and again, and tell the outcome whenever it is another one than before: a reply, an error, a reply."""
    before, changes = "", 0
    while changes < 3:
        try:
            now = str(client_of(auth).get("me").status_code)
        except Exception as error:  # noqa: BLE001 - the outcome is what is told
            now = type(error).__name__
        if now != before:
            get_worker().log_event(topic, now)
            changes += 1
        before = now
        time.sleep(0.2)


def outcomes(client: Client, auth: LentLogin, times: int, **options: object) -> Counter[int | type[BaseException]]:
    """Ask in so many tasks, and count the statuses and the kinds of errors."""
    asked = client.map(ask, range(times), auth=auth, pure=False, retries=0, **options)
    return Counter(outcome(one) for one in asked)


def outcome(one: "Future[int]") -> int | type[BaseException]:
    error = one.exception(timeout=PATIENCE)
    return type(error) if error else one.result()


def ask_meanwhile(
    client: Client, auth: LentLogin, times: int, *, seconds: float, act: Callable[[], bool]
) -> Counter[int | type[BaseException]]:
    """Ask in so many tasks, with an act that is tried after each from the third part of them on, until it is done."""
    asked = client.map(ask, range(times), auth=auth, seconds=seconds, pure=False)
    is_done = False
    for number, _ in enumerate(as_completed(asked)):
        is_done = is_done or (number > times // 3 and act())
    assert is_done
    return Counter(outcome(one) for one in asked)


def processes(client: Client) -> dict[str, int]:
    """Return the process of each worker, by its address."""
    return dict(client.run(os.getpid))


def found_in_memory(process: int, needles: Iterable[str]) -> set[str]:
    """Return which of these texts stand in the memory of a process."""
    found: set[str] = set()
    with Path(f"/proc/{process}/maps").open() as maps, Path(f"/proc/{process}/mem").open("rb", 0) as memory:
        for line in maps:
            area, rights, *_ = line.split()
            if rights.startswith("rw"):  # nothing was ever written to the rest
                data = _read(memory, *(int(place, 16) for place in area.split("-")))
                found |= {needle for needle in needles if needle.encode() in data}
    return found


def _read(memory: FileIO, begin: int, end: int) -> bytes:
    try:
        memory.seek(begin)
        return memory.read(end - begin)
    except OSError:  # reserved, and not there
        return b""
