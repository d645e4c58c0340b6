"""A token endpoint that does what a test says, and managers that ask it: whatever it does, they fail as they should."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from spotantic_nb import AccessTokenInfo, AuthSettings, TokenRequestError
from spotantic_nb.auth._flows import PersonalFlowManager

DEADLINE = 20
"""Seconds for one faulty call; nearly all of them take a hundredth."""

Fault = Callable[["Service", asyncio.StreamWriter], Awaitable[None]]
Act = Callable[[PersonalFlowManager], Awaitable[object]]

GOOD = {"access_token": "PLANTED-new-access", "token_type": "Bearer", "expires_in": 3600}

HELD = {
    "access_token": "PLANTED-held-access",
    "refresh_token": "PLANTED-held-refresh",
    "token_type": "Bearer",
    "expires_in": 3600,
    "expires_at": datetime(2020, 1, 1, tzinfo=UTC),
    "authorized_at": datetime(2020, 1, 1, tzinfo=UTC),
    "scope": "user-top-read",
}


class Service:
    """A token endpoint on a real socket that does what ``fault`` says, and answers well where there is none."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.requests: list[bytes] = []
        self.over = asyncio.Event()
        self.url = ""
        self._visits: set[asyncio.Task[None]] = set()

    async def visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._visits.add(task)
        try:
            self.requests.append(await _request(reader))
            await (self.fault or good)(self, writer)
        except (OSError, EOFError):
            pass  # the client had enough
        finally:
            writer.close()

    async def end(self) -> None:
        self.over.set()
        await asyncio.gather(*self._visits)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return head + await reader.readexactly(int(length or 0))


def holding(kind: type[PersonalFlowManager], accounts_url: str) -> PersonalFlowManager:
    settings = AuthSettings(
        client_id=SecretStr("PLANTED-app-id"),
        client_secret=SecretStr("PLANTED-app-secret"),
        redirect_uri="http://127.0.0.1:8765/callback",
        scope="user-top-read",
        accounts_url=accounts_url,
        store_access_token=True,
    )
    AccessTokenInfo.model_validate(HELD).store_token(settings.access_token_file_path)
    manager = kind(settings)
    assert manager.access_token_info is not None
    return manager


async def refresh(manager: PersonalFlowManager) -> None:
    await manager.refresh()


async def complete(manager: PersonalFlowManager) -> None:
    attempt = manager.begin()
    await manager.complete(attempt, attempt.answer(f"{attempt.redirect_uri}?code=PLANTED-code&state={attempt.state}"))


ACTS = pytest.mark.parametrize("act", [refresh, complete])


def kept(manager: PersonalFlowManager) -> list[tuple[Any, ...]]:
    """Return what matters of the token in memory and of the one in the file."""
    tokens = [manager.access_token_info, AccessTokenInfo.load_token(manager.auth_settings.access_token_file_path)]
    names = ("access_token", "refresh_token", "expires_at", "authorized_at", "scope")
    return [tuple(getattr(token, name) for name in names) for token in tokens]


async def failing(manager: PersonalFlowManager, act: Act) -> BaseException:
    """Return what a call fails with, having seen that it came in time, told no secret and took no token away."""
    before = kept(manager)
    with pytest.raises(TokenRequestError) as caught:
        async with asyncio.timeout(DEADLINE):
            await act(manager)
    assert not [text for text in texts_of(caught.value) if "PLANTED" in text]
    assert before[0] == before[1]
    assert kept(manager) == before
    return caught.value


def texts_of(error: BaseException | None) -> Iterator[str]:
    """Yield all that an error, and those that a traceback shows behind it, say."""
    while error is not None:
        yield from (str(error), repr(error), *map(str, getattr(error, "__notes__", [])))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def reply(body: bytes | str, *headers: str, status: str = "200 OK") -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""])
    return head.encode("utf-8", "surrogateescape") + (body.encode() if isinstance(body, str) else body)


def says(data: bytes) -> Fault:
    async def say(service: Service, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return say


async def says_nothing(service: Service, writer: asyncio.StreamWriter) -> None:
    await service.over.wait()


async def good(service: Service, writer: asyncio.StreamWriter) -> None:
    await says(reply(json.dumps(GOOD)))(service, writer)
