"""The loopback listener, as a browser, a stranger and rubbish meet it (RFC 8252, 7.3 and 8.3)."""

import asyncio
import errno
import os
import socket
from typing import Any

import pytest
from attempts import CODE, WITHOUT_STATE, begin
from deliveries import ask, assert_still_open, exchange, listener, status_of, target_of

from spotantic_nb import LoopbackUnavailableError
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.auth._listener import listening
from spotantic_nb.auth._redirect_uri import Loopback


async def test_the_answer_is_taken_and_the_page_says_so(attempt: AuthorizationAttempt, port: int) -> None:
    async with listener(attempt) as delivered:
        reply = await exchange(port, ask(attempt))
        assert reply.startswith(b"HTTP/1.1 200 ")
        assert await delivered.code() == CODE


async def test_a_no_is_an_answer_too(attempt: AuthorizationAttempt, port: int) -> None:
    async with listener(attempt) as delivered:
        target = f"/callback?error=access_denied&state={attempt.state}"
        assert b"Nothing was granted" in await exchange(port, ask(attempt, target))
        assert delivered.is_there


async def test_idle_and_half_open_connections_hold_nobody_up(
    attempt: AuthorizationAttempt, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with listener(attempt):
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
        idle[0][1].write(b"GET /call")
        assert (await exchange(port, ask(attempt))).startswith(b"HTTP/1.1 200 ")
    ends = await asyncio.wait_for(asyncio.gather(*(reader.read() for reader, _ in idle)), 20)
    assert ends == [b""] * 100
    assert caplog.records == []
    for _, writer in idle:
        writer.close()
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.rule(4)
async def test_only_the_loopback_address_of_the_redirect_uri_is_bound(attempt: AuthorizationAttempt, port: int) -> None:
    async with listener(attempt):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.2", port)


async def test_the_ipv6_literal_is_listened_on_as_well(port: int) -> None:
    attempt = begin(f"http://[::1]:{port}/callback")
    async with listener(attempt):
        reply = await exchange(port, ask(attempt), host="::1")
    assert reply.startswith(b"HTTP/1.1 200 ")


async def test_any_path_can_be_the_redirect_uris(port: int) -> None:
    attempt = begin(f"http://127.0.0.1:{port}")
    async with listener(attempt):
        reply = await exchange(port, ask(attempt))
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
    loopback = Loopback(("2001:db8::1",), port, "/callback", frozenset(), f"http://[2001:db8::1]:{port}/callback")
    with pytest.raises(LoopbackUnavailableError, match="this machine has no such address"):
        async with listening(loopback, begin(f"http://[::1]:{port}/callback"), lambda _: None):
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


@pytest.mark.rule(3)
@pytest.mark.parametrize("query", WITHOUT_STATE)
async def test_an_error_without_the_state_does_not_end_the_login(
    attempt: AuthorizationAttempt, port: int, query: str
) -> None:
    """RFC 6749, 4.1.2.1."""
    async with listener(attempt) as delivered:
        assert status_of(await exchange(port, ask(attempt, f"/callback?{query}"))) == 400
        await assert_still_open(attempt, delivered, port)


@pytest.mark.rule(4)
@pytest.mark.parametrize("address", ["127.0.0.1", ""])
@pytest.mark.parametrize("options", [[], ["SO_REUSEADDR"], ["SO_REUSEADDR", "SO_REUSEPORT"]], ids=len)
async def test_nobody_else_can_listen_on_the_port(
    attempt: AuthorizationAttempt, port: int, address: str, options: list[str]
) -> None:
    """RFC 8252, 8.3: no SO_REUSEPORT, with which another program could take the answers."""
    async with listener(attempt):
        with socket.socket() as thief:
            for option in options:
                thief.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 1)
            with pytest.raises(OSError, match="in use"):
                take(thief, address, port)


def take(thief: socket.socket, address: str, port: int) -> None:
    """Listen; which of the two steps fails is the system's business."""
    thief.bind((address, port))
    thief.listen()


@pytest.mark.rule(4)
async def test_two_logins_never_share_a_port(attempt: AuthorizationAttempt) -> None:
    """RFC 8252, 8.3."""
    async with listener(attempt):
        with pytest.raises(LoopbackUnavailableError):
            await listener(attempt).__aenter__()


@pytest.mark.rule(6)
async def test_hundreds_of_idle_connections_keep_nobody_out(attempt: AuthorizationAttempt, port: int) -> None:
    """RFC 8252, 8.3."""
    async with listener(attempt) as delivered:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(300)]
        await assert_still_open(attempt, delivered, port)
    async with asyncio.timeout(20):
        assert await asyncio.gather(*(reader.read() for reader, _ in idle)) == [b""] * 300
    for _, writer in idle:
        writer.close()


@pytest.mark.rule(6)
async def test_strays_before_during_and_after_the_answer_change_nothing(
    attempt: AuthorizationAttempt, port: int
) -> None:
    """RFC 8252, 8.3."""
    strays = [ask(attempt, "/favicon.ico"), ask(attempt, host="evil.example"), b"\x00\r\n\r\n"] * 5
    async with listener(attempt) as delivered:
        before = [status_of(await exchange(port, stray)) for stray in strays]
        assert not delivered.is_there
        [_, *during] = await asyncio.gather(*(exchange(port, each) for each in [ask(attempt), *strays]))
        after = [status_of(await exchange(port, stray)) for stray in strays]
    assert before == [status_of(reply) for reply in during] == after == [404, 400, 400] * 5
    assert await delivered.code() == CODE


@pytest.mark.rule(6)
async def test_a_second_valid_answer_changes_nothing(attempt: AuthorizationAttempt, port: int) -> None:
    """RFC 9700, 4.2.4."""
    async with listener(attempt) as delivered:
        await exchange(port, ask(attempt))
        await exchange(port, ask(attempt, target_of(attempt, code="another")))
        assert await delivered.code() == CODE


class TestBehindAProxy:
    """A proxy forwards to ``localhost``, which is two addresses."""

    @pytest.fixture
    def attempt(self, port: int) -> AuthorizationAttempt:
        return begin("https://hub.example/proxy/8765/callback", forwarded_to=port)

    @pytest.mark.parametrize("literal", ["127.0.0.1", "::1"])
    async def test_the_answer_may_arrive_at_both(self, attempt: AuthorizationAttempt, port: int, literal: str) -> None:
        target = f"/proxy/8765/callback?{target_of(attempt).partition('?')[2]}"
        async with listener(attempt) as delivered:
            assert status_of(await exchange(port, ask(attempt, target), host=literal)) == 200
            assert await delivered.code() == CODE

    async def test_one_that_is_taken_is_told_and_the_other_one_is_free_again(
        self, attempt: AuthorizationAttempt, port: int
    ) -> None:
        with socket.create_server(("::1", port), family=socket.AF_INET6):
            with pytest.raises(LoopbackUnavailableError, match="another program uses it") as caught:
                async with listener(attempt):
                    pass
            assert caught.value.message.startswith(f"[::1]:{port} ")
            socket.create_server(("127.0.0.1", port)).close()

    async def test_without_ipv6_the_other_one_is_enough(
        self, attempt: AuthorizationAttempt, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create = socket.create_server

        def without_ipv6(address: tuple[str, int], **options: Any) -> socket.socket:
            if ":" in address[0]:
                raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
            return create(address, **options)

        monkeypatch.setattr(socket, "create_server", without_ipv6)
        async with listener(attempt):
            pass
