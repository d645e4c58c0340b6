"""The loopback listener, as a browser, a stranger and rubbish meet it (RFC 8252, 7.3 and 8.3; RFC 9700, 4.2.4)."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from deliveries import Delivered

from spotantic_nb import LoopbackUnavailableError
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.auth._listener import listening
from spotantic_nb.auth._redirect_uri import Loopback, loopback_of

Ask = Callable[..., "asyncio.Future[bytes]"]


def attempt_for(redirect_uri: str) -> AuthorizationAttempt:
    return AuthorizationAttempt.begin(
        authorize_url="http://127.0.0.1:1/authorize", client_id="c", redirect_uri=redirect_uri, scope=""
    )


@pytest.fixture
def attempt(port: int) -> AuthorizationAttempt:
    return attempt_for(f"http://127.0.0.1:{port}/callback")


@asynccontextmanager
async def listener(attempt: AuthorizationAttempt) -> AsyncIterator[Delivered]:
    delivered, loopback = Delivered(), loopback_of(attempt.redirect_uri)
    assert loopback is not None
    async with listening(loopback, attempt, delivered):
        yield delivered


async def exchange(port: int, data: bytes, host: str = "127.0.0.1") -> bytes:
    """Send bytes and return all that comes back until the other side closes."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(data)
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def get(target: str, host: str, method: str = "GET") -> bytes:
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def answer_to(attempt: AuthorizationAttempt, **changed: str) -> str:
    fields = {"code": "PLANTED-code", "state": attempt.state} | changed
    return "/callback?" + "&".join(f"{name}={value}" for name, value in fields.items())


async def test_the_answer_is_taken_and_the_page_says_so(attempt: AuthorizationAttempt, port: int) -> None:
    async with listener(attempt) as delivered:
        reply = await exchange(port, get(answer_to(attempt), f"127.0.0.1:{port}"))
        assert reply.startswith(b"HTTP/1.1 200 ")
        assert await delivered.code() == "PLANTED-code"


async def test_a_no_is_an_answer_too(attempt: AuthorizationAttempt, port: int) -> None:
    async with listener(attempt) as delivered:
        target = f"/callback?error=access_denied&state={attempt.state}"
        assert b"Nothing was granted" in await exchange(port, get(target, f"127.0.0.1:{port}"))
        assert delivered.is_there


@pytest.mark.parametrize("changed", [{}, {"error": "<script>alert(1)</script>"}, {"state": "PLANTED-state"}])
async def test_nothing_of_a_request_is_echoed(
    attempt: AuthorizationAttempt, port: int, changed: dict[str, str]
) -> None:
    async with listener(attempt):
        reply = await exchange(port, get(answer_to(attempt, **changed), f"127.0.0.1:{port}"))
    assert b"PLANTED" not in reply
    assert reply.count(b"<script") == reply.count(b"<script>history.replaceState(")  # ours
    assert attempt.state.encode() not in reply


async def test_the_page_is_neither_kept_nor_framed_nor_told_of(attempt: AuthorizationAttempt, port: int) -> None:
    async with listener(attempt):
        reply = (await exchange(port, get(answer_to(attempt), f"127.0.0.1:{port}"))).lower()
    for header in (
        b"cache-control: no-store",
        b"referrer-policy: no-referrer",
        b"default-src 'none'",
        b"frame-ancestors 'none'",
        b"x-content-type-options: nosniff",
    ):
        assert header in reply


STRAY = {
    "a favicon": (404, lambda a, p: get("/favicon.ico", f"127.0.0.1:{p}")),
    "another path": (404, lambda a, p: get(answer_to(a).replace("callback", "callback/"), f"127.0.0.1:{p}")),
    "another method": (405, lambda a, p: get(answer_to(a), f"127.0.0.1:{p}", "POST")),
    "a head": (405, lambda a, p: get(answer_to(a), f"127.0.0.1:{p}", "HEAD")),
    "another name for this machine": (400, lambda a, p: get(answer_to(a), f"evil.example:{p}")),
    "localhost": (400, lambda a, p: get(answer_to(a), f"localhost:{p}")),
    "a wrong state": (400, lambda a, p: get(answer_to(a, state="wrong"), f"127.0.0.1:{p}")),
    "no state": (400, lambda a, p: get("/callback?code=1", f"127.0.0.1:{p}")),
    "an error without state": (400, lambda a, p: get("/callback?error=access_denied", f"127.0.0.1:{p}")),
    "two codes": (400, lambda a, p: get(answer_to(a) + "&code=2", f"127.0.0.1:{p}")),
    "two states": (400, lambda a, p: get(answer_to(a) + "&state=2", f"127.0.0.1:{p}")),
    "no answer": (400, lambda a, p: get("/callback", f"127.0.0.1:{p}")),
    "a wrong issuer": (400, lambda a, p: get(answer_to(a) + "&iss=https://evil.example", f"127.0.0.1:{p}")),
    "no host": (400, lambda a, p: f"GET {answer_to(a)} HTTP/1.1\r\n\r\n".encode()),
    "two hosts": (400, lambda a, p: f"GET {answer_to(a)} HTTP/1.1\r\nHost: x\r\nHost: 127.0.0.1:{p}\r\n\r\n".encode()),
    "an endless line": (400, lambda a, p: b"GET /" + b"x" * 200_000),
    "no http": (400, lambda a, p: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
}


@pytest.mark.parametrize("name", STRAY)
async def test_a_stray_request_is_refused_and_the_login_goes_on(
    attempt: AuthorizationAttempt, port: int, name: str
) -> None:
    status, request = STRAY[name]
    async with listener(attempt) as delivered:
        reply = await exchange(port, request(attempt, port))
        assert reply.startswith(f"HTTP/1.1 {status} ".encode()) or (name == "an endless line" and reply == b"")
        assert not delivered.is_there
        assert (await exchange(port, get(answer_to(attempt), f"127.0.0.1:{port}"))).startswith(b"HTTP/1.1 200 ")


async def test_idle_and_half_open_connections_hold_nobody_up(
    attempt: AuthorizationAttempt, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with listener(attempt):
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
        idle[0][1].write(b"GET /call")
        assert (await exchange(port, get(answer_to(attempt), f"127.0.0.1:{port}"))).startswith(b"HTTP/1.1 200 ")
    ends = await asyncio.wait_for(asyncio.gather(*(reader.read() for reader, _ in idle)), 20)
    assert ends == [b""] * 100
    assert caplog.records == []
    for _, writer in idle:
        writer.close()
    socket.create_server(("127.0.0.1", port)).close()


async def test_a_request_in_pieces_is_put_together(attempt: AuthorizationAttempt, port: int) -> None:
    async with listener(attempt):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for byte in get(answer_to(attempt), f"127.0.0.1:{port}"):
            writer.write(bytes([byte]))
            await writer.drain()
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_only_the_loopback_address_of_the_redirect_uri_is_bound(attempt: AuthorizationAttempt, port: int) -> None:
    async with listener(attempt):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.2", port)


async def test_the_ipv6_literal_is_listened_on_as_well(port: int) -> None:
    attempt = attempt_for(f"http://[::1]:{port}/callback")
    async with listener(attempt):
        reply = await exchange(port, get(answer_to(attempt), f"[::1]:{port}"), host="::1")
    assert reply.startswith(b"HTTP/1.1 200 ")


async def test_any_path_can_be_the_redirect_uris(port: int) -> None:
    attempt = attempt_for(f"http://127.0.0.1:{port}")
    async with listener(attempt):
        reply = await exchange(port, get(answer_to(attempt).replace("/callback", "/"), f"127.0.0.1:{port}"))
    assert reply.startswith(b"HTTP/1.1 200 ")


async def test_a_taken_port_is_said_with_the_way_out(attempt: AuthorizationAttempt, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)), pytest.raises(LoopbackUnavailableError, match="register another"):
        async with listener(attempt):
            pass


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.EADDRINUSE, "another login (of another notebook, perhaps) or another program uses it"),
        (errno.EACCES, "this user may not use this port"),
        (errno.EPERM, "this user may not use this port"),
        (errno.EADDRNOTAVAIL, "this machine has no such address; IPv6 is off, perhaps"),
        (errno.EAFNOSUPPORT, "this machine has no such address; IPv6 is off, perhaps"),
        (errno.ENOBUFS, os.strerror(errno.ENOBUFS)),
    ],
)
async def test_each_reason_not_to_listen_has_its_words_and_none_offers_a_paste(
    attempt: AuthorizationAttempt, port: int, monkeypatch: pytest.MonkeyPatch, number: int, why: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(LoopbackUnavailableError) as caught:
        async with listener(attempt):
            pass
    assert caught.value.message == f"127.0.0.1:{port} cannot be listened on: {why}" + (
        " (those below 1024 are often kept)." if "may not" in why else "."
    )
    assert "SPOTANTIC_AUTH_REDIRECT_URI" in caught.value.hint
    assert "aste" not in str(caught.value)


async def test_an_address_that_no_interface_has_is_said_at_once(port: int) -> None:
    """With asyncio's own sockets, Python 3.11 would listen on nothing without a word."""
    loopback = Loopback(host="2001:db8::1", port=port, path="/callback", netloc=f"[2001:db8::1]:{port}")
    with pytest.raises(LoopbackUnavailableError, match="this machine has no such address"):
        async with listening(loopback, attempt_for(f"http://[::1]:{port}/callback"), lambda _: None):
            pass


async def test_the_port_is_free_after_an_error_inside(attempt: AuthorizationAttempt, port: int) -> None:
    with pytest.raises(ZeroDivisionError):
        async with listener(attempt):
            raise ZeroDivisionError
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize("steps", range(12))
async def test_a_login_that_is_ended_at_any_moment_of_its_beginning_listens_no_more(
    attempt: AuthorizationAttempt, port: int, steps: int
) -> None:
    async def stay() -> None:
        async with listener(attempt):
            await asyncio.Event().wait()

    login = asyncio.create_task(stay())
    for _ in range(steps):
        await asyncio.sleep(0)
    login.cancel()
    await asyncio.wait([login])
    with socket.create_server(("127.0.0.1", port)):
        pass
