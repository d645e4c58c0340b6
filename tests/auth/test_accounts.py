"""
Faults told apart: whatever the accounts service, or the network before it, does to a login or a refresh.

Each ends in time, in the documented error, without a secret in its words; the token that was held stays, in memory and
in the file, and the next call works once the fault is gone.
"""

import asyncio
import gzip
import json
import socket
import struct
import tracemalloc
from collections.abc import Iterator
from functools import cache
from typing import get_args

import pytest
from logins import PERSONAL, sign_in
from pydantic import SecretStr
from services import (
    ACTS,
    DEADLINE,
    GOOD,
    HELD,
    Act,
    Fault,
    Service,
    complete,
    failing,
    holding,
    kept,
    refresh,
    reply,
    says,
    says_nothing,
)

from spotantic_nb import (
    AccessTokenInfo,
    AccountsUnreachableError,
    AuthCodePKCEFlowManager,
    AuthSettings,
    InvalidClientError,
    InvalidGrantError,
    TokenRequestError,
)
from spotantic_nb.auth import _http
from spotantic_nb.auth._flows import PersonalFlowManager
from spotantic_nb.sandbox import Sandbox
from spotantic_nb.sandbox._knobs import TokenFault

MEBIBYTE = 2**20
pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.fixture(params=PERSONAL, ids=lambda kind: kind.flow)
def manager(request: pytest.FixtureRequest, service: Service) -> PersonalFlowManager:
    """A manager of each flow that holds a token, also in its file, and asks the service."""
    return holding(request.param, service.url)


async def assert_mended(manager: PersonalFlowManager) -> None:
    """Renew the token, and log in again."""
    for act in (refresh, complete):
        async with asyncio.timeout(DEADLINE):
            await act(manager)
        assert manager.access_token_info is not None
        assert manager.access_token_info.access_token != SecretStr("PLANTED-held-access")
        assert kept(manager)[0] == kept(manager)[1]


def repeats(head: bytes, part: bytes) -> Fault:
    async def repeat(service: Service, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not service.over.is_set():
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)

    return repeat


def drips(data: bytes) -> Fault:
    async def drip(service: Service, writer: asyncio.StreamWriter) -> None:
        for byte in data:
            writer.write(bytes([byte]))
            await asyncio.wait([asyncio.ensure_future(service.over.wait())], timeout=0.02)
            if service.over.is_set():
                return

    return drip


async def resets(service: Service, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(json.dumps(GOOD)[:20], "Content-Length: 500"))
    await writer.drain()
    # A linger of nothing makes a reset of the close.
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@cache
def bomb() -> bytes:
    """Return 256 MiB of a token reply, packed into a quarter of one."""
    return gzip.compress(json.dumps(GOOD).encode() + b" " * 256 * MEBIBYTE, compresslevel=1)


async def bombs(service: Service, writer: asyncio.StreamWriter) -> None:
    packed = bomb()
    await says(reply(packed[: MEBIBYTE // 2], "Content-Encoding: gzip"))(service, writer)


def token_with(**changed: object) -> str:
    return json.dumps(GOOD | changed)


def bad_tokens() -> Iterator[tuple[str, str]]:
    """Yield replies that are JSON, and no tokens."""
    for name in GOOD:
        yield f"no {name}", json.dumps({other: value for other, value in GOOD.items() if other != name})
    for name in (*GOOD, "scope", "refresh_token"):
        for value in (["PLANTED"], {"PLANTED": 1}, 12.5):
            yield f"{name} {value}", token_with(**{name: value})
    for number in ("NaN", "Infinity", "-Infinity", "1e400", "1e30", "9" * 30, "-" + "9" * 30, "9" * 5000, '"soon"'):
        yield f"expires_in {number[:9]} of {len(number)}", token_with(expires_in=0).replace(": 0", f": {number}")
    for name in ("access_token", "refresh_token"):
        for odd in (" ", "\n", "\x00", "é", "\ud800"):
            yield f"{name} with {odd!a}", token_with(**{name: f"PLANTED{odd}"})
    yield "access_token empty", token_with(access_token="")
    yield "token_type mac", token_with(token_type="mac")
    yield "scope surrogate", token_with(scope="PLANTED\ud800")


BODIES = {
    "nothing": b"",
    "html": b"<!doctype html><title>PLANTED</title>",
    "truncated": json.dumps(GOOD).encode()[:-1],
    "an array": b'["PLANTED"]',
    "a text": b'"PLANTED"',
    "a number": b"1",
    "null": b"null",
    "no utf-8": b'{"access_token": "PLANTED\xff"}',
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "a deep field": json.dumps(GOOD).encode()[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "zeros": b"\x00" * 1000,
}

FAULTS: dict[str, Fault] = {
    **{f"200 {name}": says(reply(body)) for name, body in BODIES.items()},
    **{name: says(reply(body)) for name, body in bad_tokens()},
    **{
        f"{status} html": says(reply(BODIES["html"], status=f"{status} X")) for status in (400, 401, 403, 404, 500, 502)
    },
    **{f"{status} json": says(reply('{"error": "invalid_grant"}', status=f"{status} X")) for status in (403, 429, 500)},
    "an error that is an object": says(reply('{"error": {"PLANTED": 1}}', status="400 X")),
    "an odd Retry-After": says(reply("", "Retry-After: PLANTED", status="429 X")),
    "an endless Retry-After": says(reply("", f"Retry-After: {'9' * 4000}", status="429 X")),
    "no http": says(b"SSH-2.0-PLANTED\r\n\r\n"),
    "nothing at all": says(b""),
    "half a header": says(b"HTTP/1.1 200 OK\r\nX: PLANTED"),
    "a body cut short": says(reply(json.dumps(GOOD), "Content-Length: 500")),
    "a broken chunk": says(reply(b"zz\r\nPLANTED", "Transfer-Encoding: chunked")),
    "a broken length": says(reply(json.dumps(GOOD), "Content-Length: PLANTED")),
    "a bare 304": says(reply("", status="304 Not Modified")),
    "a switch of protocols": says(b"HTTP/1.1 101 X\r\nUpgrade: PLANTED\r\nConnection: upgrade\r\n\r\n"),
    "a packed token": says(reply(gzip.compress(json.dumps(GOOD).encode()), "Content-Encoding: gzip")),
    "a reset": resets,
    "a bomb": bombs,
    "an endless body": repeats(reply(b""), b"x" * 65536),
    "endless chunks": repeats(reply(b"", "Transfer-Encoding: chunked"), b"1000\r\n" + b"x" * 4096 + b"\r\n"),
    "endless headers": repeats(b"HTTP/1.1 200 OK\r\n", b"X: PLANTED\r\n" * 500),
    "an endless header": repeats(b"HTTP/1.1 200 OK\r\nX: ", b"PLANTED" * 1000),
}

SLOW: dict[str, Fault] = {
    "silence": says_nothing,
    "drops": drips(reply(json.dumps(GOOD)) * 1000),
    "interim answers": repeats(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
}

LOCATIONS = [
    "//evil.example/",
    "http://[::",
    "http://xn--/",
    "https://xn--a.example/",
    "mailto:x",
    "http:",
    "http://a:99999/",
    "http://\udcff/",
    "",
]


@ACTS
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_fault_is_no_usable_answer(
    service: Service, manager: PersonalFlowManager, act: Act, fault: Fault
) -> None:
    service.fault = fault
    assert isinstance(await failing(manager, act), AccountsUnreachableError)
    service.fault = None
    await assert_mended(manager)


@pytest.mark.rule(15)
@ACTS
@pytest.mark.parametrize("fault", SLOW.values(), ids=SLOW)
async def test_who_is_slow_is_given_up_in_time(
    service: Service, act: Act, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = holding(AuthCodePKCEFlowManager, service.url)
    service.fault = fault
    with monkeypatch.context() as patience:
        patience.setattr(_http, "TIMEOUT", 0.2)
        assert isinstance(await failing(manager, act), AccountsUnreachableError)
    service.fault = None
    await assert_mended(manager)


REFUSALS: dict[str, type[TokenRequestError]] = {
    "invalid_grant": InvalidGrantError,
    "invalid_client": InvalidClientError,
    "unauthorized_client": InvalidClientError,
    "invalid_request": TokenRequestError,
    "unsupported_grant_type": TokenRequestError,
    "invalid_scope": TokenRequestError,
    "server_error": TokenRequestError,
    "PLANTED": TokenRequestError,
}

KNOWN = REFUSALS.keys() - {"server_error", "PLANTED"}
"""What a token endpoint may say (RFC 6749, 5.2), and people search for."""


@ACTS
@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize("error", REFUSALS)
async def test_a_refusal_is_told_by_its_error_and_not_by_its_description(
    service: Service, manager: PersonalFlowManager, act: Act, error: str, status: int
) -> None:
    """RFC 6749, 5.2."""
    refusal = {"error": error, "error_description": "invalid_grant PLANTED", "error_uri": "https://PLANTED.example"}
    service.fault = says(reply(json.dumps(refusal), status=f"{status} X"))
    told = await failing(manager, act)
    assert type(told) is REFUSALS[error]
    assert f"({error if error in KNOWN else 'another error'})." in str(told)
    assert len(service.requests) == 1
    service.fault = None
    await assert_mended(manager)


@pytest.mark.rule(15, 20)
@ACTS
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_takes_nothing_there(
    service: Service, manager: PersonalFlowManager, act: Act, status: int
) -> None:
    """RFC 9700, 4.12."""
    visitors: list[asyncio.StreamReader] = []
    async with await asyncio.start_server(lambda reader, writer: visitors.append(reader), "127.0.0.1", 0) as thief:
        there = f"Location: http://127.0.0.1:{thief.sockets[0].getsockname()[1]}/PLANTED"
        service.fault = says(reply("", there, status=f"{status} X"))
        assert isinstance(await failing(manager, act), AccountsUnreachableError)
    assert visitors == []


@ACTS
@pytest.mark.parametrize("location", LOCATIONS, ids=ascii)
async def test_a_redirect_to_no_address_is_no_usable_answer(
    service: Service, manager: PersonalFlowManager, act: Act, location: str
) -> None:
    service.fault = says(reply("", f"Location: {location}", status="307 X"))
    assert isinstance(await failing(manager, act), AccountsUnreachableError)
    service.fault = None
    await assert_mended(manager)


@ACTS
async def test_a_token_that_is_in_memory_alone_outlives_a_fault(service: Service, act: Act) -> None:
    settings = holding(AuthCodePKCEFlowManager, service.url).auth_settings
    held = AccessTokenInfo.model_validate(HELD)
    manager = AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": False}), held)
    service.fault = FAULTS["500 json"]
    with pytest.raises(AccountsUnreachableError):
        await act(manager)
    assert manager.access_token_info is held


@pytest.mark.parametrize("fault", ["a reset", "500 json", "200 html", "endless headers", "nothing at all"])
async def test_a_code_is_sent_once_whatever_happens(service: Service, manager: PersonalFlowManager, fault: str) -> None:
    """RFC 6749, 4.1.2: it may be spent, though its answer was lost."""
    service.fault = FAULTS[fault]
    await failing(manager, complete)
    assert len(service.requests) == 1


@pytest.mark.rule(15)
@ACTS
@pytest.mark.parametrize("fault", ["a bomb", "an endless body", "endless chunks", "endless headers"])
async def test_no_reply_grows_in_memory(service: Service, act: Act, fault: str) -> None:
    manager = holding(AuthCodePKCEFlowManager, service.url)
    bomb()
    service.fault = FAULTS[fault]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await failing(manager, act)
        assert tracemalloc.get_traced_memory()[1] - before < 64 * MEBIBYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", PERSONAL, ids=lambda kind: kind.flow)
@pytest.mark.parametrize("fault", sorted({*get_args(TokenFault)} - {"wrong_type"}))
async def test_every_fault_of_the_sandbox_leaves_the_token_alone(
    settings: AuthSettings, sandbox: Sandbox, kind: type[PersonalFlowManager], fault: TokenFault
) -> None:
    manager = kind(settings.model_copy(update={"store_access_token": True}))
    await sign_in(manager)
    sandbox.knobs.token_fault = fault
    for act in (refresh, sign_in):
        assert isinstance(await failing(manager, act), AccountsUnreachableError)
    sandbox.knobs.token_fault = None
    await manager.refresh()
    await sign_in(manager)


@pytest.mark.parametrize("kind", PERSONAL, ids=lambda kind: kind.flow)
async def test_a_token_of_the_wrong_content_type_is_a_token(
    settings: AuthSettings, sandbox: Sandbox, kind: type[PersonalFlowManager]
) -> None:
    sandbox.knobs.token_fault = "wrong_type"
    manager = kind(settings)
    await sign_in(manager)
    await manager.refresh()


async def test_an_answer_that_takes_too_long_leaves_the_token_alone(
    settings: AuthSettings, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True}))
    await sign_in(manager)
    sandbox.knobs.token_delay = 60
    with monkeypatch.context() as patience:
        patience.setattr(_http, "TIMEOUT", 0.2)
        for act in (refresh, sign_in):
            assert isinstance(await failing(manager, act), AccountsUnreachableError)
    sandbox.knobs.token_delay = 0
    await manager.refresh()
