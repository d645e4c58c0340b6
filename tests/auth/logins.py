"""Logins: the managers of both flows of a person, a person who answers, and what was sent for them."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlsplit

from spotantic_nb import AuthCodeFlowManager, AuthCodePKCEFlowManager
from spotantic_nb.auth._attempt import Answer, AuthorizationAttempt
from spotantic_nb.auth._flows import PersonalFlowManager
from spotantic_nb.auth._placement import guessed
from spotantic_nb.auth._prompt import ask_the_person
from spotantic_nb.sandbox import Sandbox, ScriptedUser

PERSONAL = [AuthCodeFlowManager, AuthCodePKCEFlowManager]
HERE = guessed({}, ())
MakeManager = Callable[..., PersonalFlowManager]


class Person:
    """A script's receiver, with a person who follows the link it shows."""

    def __init__(
        self, act: Callable[[str], object] = lambda url: ScriptedUser().follow(url), timeout: float = 30
    ) -> None:
        self._act = act
        self._timeout = timeout
        self._acting: asyncio.Task[object] | None = None

    async def __call__(self, attempt: AuthorizationAttempt) -> Answer:
        answer = await ask_the_person(attempt, place=HERE, callback_timeout=self._timeout, show=self._follow)
        assert self._acting is not None
        await self._acting
        return answer

    def _follow(self, line: str) -> None:
        url = line.removeprefix("Log in to Spotify: ")
        self._acting = asyncio.get_running_loop().create_task(asyncio.to_thread(self._act, url))


async def sign_in(manager: PersonalFlowManager, user: ScriptedUser | None = None) -> AuthorizationAttempt:
    """Log in without a listener."""
    attempt = manager.begin()
    await manager.complete(
        attempt, attempt.answer(await asyncio.to_thread((user or ScriptedUser()).answer, attempt.url))
    )
    return attempt


def token_requests(sandbox: Sandbox) -> int:
    return [request.path for request in sandbox.requests].count("/api/token")


def fields_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def tokens_of(manager: PersonalFlowManager) -> set[str]:
    token = manager.access_token_info
    assert token is not None
    assert token.refresh_token is not None
    return {token.access_token.get_secret_value(), token.refresh_token.get_secret_value()}


@contextlib.contextmanager
def nobody_answers(sandbox: Sandbox) -> Iterator[None]:
    """Stop a sandbox, and keep its port meanwhile: another test's server might be given it, and answer."""
    address = ("127.0.0.1", int(sandbox.url.rpartition(":")[2]))
    sandbox.stop()
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # whatever is left of its connections
        held.bind(address)
        yield
