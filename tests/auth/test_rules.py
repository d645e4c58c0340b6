"""
The 25 rules for a client that listens on loopback, each with at least one test that cites it.

From RFC 6749, 7636, 8252, 9207 and 9700; the last test of this file checks that no rule is without a test.
"""

import ast
import asyncio
import base64
import dataclasses
import hashlib
import hmac
import inspect
import json
import logging
import os
import re
import secrets
import socket
import ssl
import stat
import sys
import threading
import traceback
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
import pytest
from deliveries import Delivered
from pydantic import SecretStr

import spotantic_nb
from spotantic_nb import (
    AccessTokenInfo,
    AccountsUnreachableError,
    AuthCodeFlowManager,
    AuthCodePKCEFlowManager,
    AuthSettings,
    CallbackError,
    CallbackTimeoutError,
    ClientCredentialsFlowManager,
    ConfigurationError,
    InvalidGrantError,
    LoopbackUnavailableError,
    Session,
    StateMismatchError,
    TokenStoreError,
)
from spotantic_nb._choices import READ_ONLY_SCOPES
from spotantic_nb._portal import portal
from spotantic_nb.auth import _callback_http, _http, _prompt
from spotantic_nb.auth._attempt import AuthorizationAttempt, challenge_of
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.auth._flows import PersonalFlowManager
from spotantic_nb.auth._listener import listening
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import guessed
from spotantic_nb.auth._prompt import ask_the_person, open_browser
from spotantic_nb.auth._redirect_uri import loopback_of
from spotantic_nb.notebook._sandbox_switch import switch_off, switch_on
from spotantic_nb.notebook._show import _note
from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.sandbox._knobs import Consent, Iss, RefreshPolicy, ReplyRefreshToken
from spotantic_nb.session._managers import ProjectManagers

RULES: Mapping[int, str] = {
    1: "always PKCE S256, with a fresh verifier for each attempt",
    2: "state of 128 bits or more, one per attempt, compared in constant time, good for one answer",
    3: "state before code and error; an error without state ends nothing",
    4: "bind the loopback literal only, and share the port with nobody",
    5: "open for one login, closed with it",
    6: "GET on the exact path; nothing twice, nothing long, nothing slow; up after bad requests",
    7: "Host is the literal of the redirect URI",
    8: "the page is static, private, unframed",
    9: "no access log",
    10: "the person's own browser, never an embedded view",
    11: "never redirect to an address of the query",
    12: "the identical redirect URI to both endpoints",
    13: "iss is compared where it is sent, and not required",
    14: "sandbox and Spotify are two services, and nothing of one goes to the other",
    15: "TLS verified, nothing redirected, time and size bounded, plain http to loopback alone",
    16: "secrets in header and body only, and in no text",
    17: "token file private from birth, replaced in one step, never through a link, out of git",
    18: "tokens kept by service, app and flow, with scope and times; a missing scope asks the person",
    19: "one process renews at a time, and keeps what the reply leaves out",
    20: "refresh tokens go to the token endpoint of their issuer, for their client",
    21: "rotation is possible, and no old token is replayed",
    22: "an app's own token carries nobody's data, and its secret is not shown",
    23: "least scope, seen before the browser opens",
    24: "switching the account is asked for explicitly",
    25: "the sandbox enforces all of it",
}
PERSONAL = [AuthCodeFlowManager, AuthCodePKCEFlowManager]
HERE = guessed({}, ())
CODE = "PLANTED-code"


@pytest.fixture(params=PERSONAL, ids=lambda kind: kind.flow)
def manager(request: pytest.FixtureRequest, settings: AuthSettings) -> PersonalFlowManager:
    made: PersonalFlowManager = request.param(settings)
    return made


@pytest.fixture
def attempt(port: int) -> AuthorizationAttempt:
    return attempt_for(f"http://127.0.0.1:{port}/callback")


def attempt_for(redirect_uri: str) -> AuthorizationAttempt:
    return AuthorizationAttempt.begin(
        authorize_url="http://127.0.0.1:1/authorize", client_id="c", redirect_uri=redirect_uri, scope=""
    )


async def sign_in(manager: PersonalFlowManager, user: ScriptedUser | None = None) -> AuthorizationAttempt:
    """Log in without a listener."""
    attempt = manager.begin()
    await manager.complete(
        attempt, attempt.answer(await asyncio.to_thread((user or ScriptedUser()).answer, attempt.url))
    )
    return attempt


def watched_comparisons(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return what is compared in constant time from now on."""
    compared: list[bytes] = []
    compare = hmac.compare_digest

    def spy(one: str | bytes, other: str | bytes) -> bool:
        compared.extend(side.encode() if isinstance(side, str) else side for side in (one, other))
        return compare(one, other)  # type: ignore[arg-type]

    monkeypatch.setattr(hmac, "compare_digest", spy)
    return compared


def fields_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def token_requests(sandbox: Sandbox) -> int:
    return [request.path for request in sandbox.requests].count("/api/token")


@asynccontextmanager
async def listener(attempt: AuthorizationAttempt) -> AsyncIterator[Delivered]:
    delivered, loopback = Delivered(), loopback_of(attempt.redirect_uri)
    assert loopback is not None
    async with listening(loopback, attempt, delivered):
        yield delivered


async def exchange(port: int, data: bytes) -> bytes:
    """Send bytes and return all that comes back until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    try:
        async with asyncio.timeout(30):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def ask(attempt: AuthorizationAttempt, target: str = "", *, method: str = "GET", host: str = "", more: str = "") -> str:
    """Return a request; by default the one that brings the answer."""
    where = urlsplit(attempt.redirect_uri).netloc
    return f"{method} {target or answer_to(attempt)} HTTP/1.1\r\nHost: {host or where}\r\n{more}\r\n"


def answer_to(attempt: AuthorizationAttempt, **changed: str) -> str:
    return "/callback?" + urlencode({"code": CODE, "state": attempt.state} | changed)


def status_of(reply: bytes) -> int:
    return int(reply.split(b" ", 2)[1])


async def assert_still_open(attempt: AuthorizationAttempt, delivered: Delivered, port: int) -> None:
    """Answer properly, which nothing before may have spoiled."""
    assert not delivered.is_there
    assert status_of(await exchange(port, ask(attempt).encode())) == 200
    assert await delivered.code() == CODE


# The attempt


async def test_every_personal_login_is_bound_to_a_verifier(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """Rule 1; RFC 9700, 2.1.1: also with a client secret."""
    attempt = await sign_in(manager)
    asked = fields_of(attempt.url)
    assert (asked["code_challenge_method"], asked["code_challenge"]) == ("S256", challenge_of(attempt.verifier))
    assert sandbox.requests[-1].form["code_verifier"] == "***"


def test_each_attempt_has_a_verifier_of_its_own(manager: PersonalFlowManager) -> None:
    """Rule 1; RFC 7636, 4.1 and 7.1."""
    verifiers = {manager.begin().verifier for _ in range(20)}
    assert len(verifiers) == 20
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier) for verifier in verifiers)


def test_state_comes_from_the_systems_randomness(manager: PersonalFlowManager, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 2; RFC 6749, 10.10: 128 bits at least."""
    asked: list[int | None] = []
    random = secrets.token_urlsafe

    def spy(size: int | None = None) -> str:
        asked.append(size)
        return random(size)

    monkeypatch.setattr(secrets, "token_urlsafe", spy)
    assert len({manager.begin().state for _ in range(20)}) == 20
    assert all(size is not None and size >= 16 for size in asked)


def test_state_is_compared_in_constant_time(attempt: AuthorizationAttempt, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 2; RFC 6749, 10.12."""
    compared = watched_comparisons(monkeypatch)
    wrong = attempt.state[::-1]
    with pytest.raises(StateMismatchError):
        attempt.answer(f"{attempt.redirect_uri}?code=1&state={wrong}").code()
    assert compared == [wrong.encode(), attempt.state.encode()]


async def test_an_answer_that_comes_again_finds_the_login_over(settings: AuthSettings, sandbox: Sandbox) -> None:
    """Rule 2; RFC 9700, 4.2.4: a state is good for one answer."""
    manager = AuthCodePKCEFlowManager(settings)
    attempt = manager.begin()
    login = Login(attempt, timeout=30, complete=partial(manager.complete, attempt))
    await login.ready()
    response = await asyncio.to_thread(ScriptedUser().follow, login.url)
    await login.ended()
    with pytest.raises(CallbackError, match="has ended"):
        login.offer(str(response.request.url))
    assert token_requests(sandbox) == 1


@pytest.mark.parametrize(
    "wrong", [{"state": "w" * 43}, {"state": "wrong"}, {"state": ""}, {"error": "access_denied", "state": "w" * 43}]
)
async def test_an_unknown_state_causes_no_token_request(
    manager: PersonalFlowManager, sandbox: Sandbox, wrong: dict[str, str]
) -> None:
    """Rule 2; RFC 9700, 4.7."""
    attempt = manager.begin()
    with pytest.raises((StateMismatchError, CallbackError)):
        await manager.complete(attempt, attempt.answer(f"{attempt.redirect_uri}?{urlencode({'code': CODE} | wrong)}"))
    assert token_requests(sandbox) == 0


WITHOUT_STATE = [
    "error=access_denied",
    "error=server_error&code=1",
    "code=1",
    "code=",
    "error=access_denied&state=",
    "error=access_denied&iss=https://evil.example",
]


@pytest.mark.parametrize("query", WITHOUT_STATE)
def test_without_the_state_nothing_else_is_looked_at(attempt: AuthorizationAttempt, query: str) -> None:
    """Rule 3; RFC 9700, 4.7."""
    with pytest.raises(CallbackError, match="A part of the address is missing"):
        attempt.answer(f"{attempt.redirect_uri}?{query}")


@pytest.mark.parametrize("query", WITHOUT_STATE)
async def test_an_error_without_the_state_does_not_end_the_login(
    attempt: AuthorizationAttempt, port: int, query: str
) -> None:
    """Rule 3; RFC 6749, 4.1.2.1."""
    async with listener(attempt) as delivered:
        assert status_of(await exchange(port, ask(attempt, f"/callback?{query}").encode())) == 400
        await assert_still_open(attempt, delivered, port)


# The listener


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "[::]", "127.0.0.2", "example.com", "127.0.0.1.evil.example"])
def test_nothing_but_a_loopback_literal_is_listened_on(host: str) -> None:
    """Rule 4; RFC 8252, 7.3 and 8.3."""
    assert loopback_of(f"http://{host}:8765/callback") is None


@pytest.mark.parametrize("address", ["127.0.0.1", ""])
@pytest.mark.parametrize("options", [[], ["SO_REUSEADDR"], ["SO_REUSEADDR", "SO_REUSEPORT"]], ids=len)
async def test_nobody_else_can_listen_on_the_port(
    attempt: AuthorizationAttempt, port: int, address: str, options: list[str]
) -> None:
    """Rule 4; RFC 8252, 8.3: no SO_REUSEPORT, with which another program could take the answers."""
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


async def test_two_logins_never_share_a_port(attempt: AuthorizationAttempt) -> None:
    """Rule 4; RFC 8252, 8.3."""
    async with listener(attempt):
        with pytest.raises(LoopbackUnavailableError):
            await listener(attempt).__aenter__()


async def test_nothing_listens_before_and_after_a_login(settings: AuthSettings, port: int) -> None:
    """Rule 5; RFC 8252, 8.3."""
    manager = AuthCodePKCEFlowManager(settings)
    attempt = manager.begin()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    login = Login(attempt, timeout=30, complete=partial(manager.complete, attempt))
    await login.ready()
    await asyncio.to_thread(ScriptedUser().follow, login.url)
    await login.ended()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_nothing_listens_after_the_time_is_over(attempt: AuthorizationAttempt, port: int) -> None:
    """Rule 5; RFC 8252, 8.3."""
    with pytest.raises(CallbackTimeoutError):
        await ask_the_person(attempt, place=HERE, callback_timeout=0.05, show=lambda line: None)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


NOT_THE_PATH = [
    "/favicon.ico",
    "/",
    "/callback/",
    "/Callback",
    "//callback",
    "/./callback",
    "/x/../callback",
    "/callback/../callback",
    "/%63allback",
    "/callbac%6B",
    "/callback%3F",
    "/callback%00",
    "/callback;x=1",
    "/callback%2f",
    "/callback\\",
    "*",
    "callback",
    "http://127.0.0.1:{port}/callback",
    "http://evil.example/callback",
    "//127.0.0.1:{port}/callback",
]


@pytest.mark.parametrize("path", NOT_THE_PATH)
async def test_only_the_exact_path_is_answered(attempt: AuthorizationAttempt, port: int, path: str) -> None:
    """Rule 6; RFC 8252, 7.3; the absolute form of RFC 9112, 3.2.2, is for proxies."""
    target = answer_to(attempt).replace("/callback", path.format(port=port))
    async with listener(attempt) as delivered:
        assert status_of(await exchange(port, ask(attempt, target).encode())) == 404
        await assert_still_open(attempt, delivered, port)


@pytest.mark.parametrize("target", ["", "/favicon.ico"])
@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "G"])
async def test_only_a_get_is_answered(
    attempt: AuthorizationAttempt, port: int, method: str, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Rule 6; RFC 9110, 9.1 and 15.5.6."""
    async with listener(attempt) as delivered:
        reply = await exchange(port, ask(attempt, target, method=method).encode())
        assert status_of(reply) in {404, 405}
        assert method != "HEAD" or reply.endswith(b"\r\n\r\n")
        await assert_still_open(attempt, delivered, port)
    assert caplog.records == []


@pytest.mark.parametrize("name", ["code", "state", "error", "iss", "%63ode", "st%61te", "%73%74%61%74%65"])
async def test_nothing_may_be_said_twice(attempt: AuthorizationAttempt, port: int, name: str) -> None:
    """Rule 6; RFC 6749, 3.1: no parameter more than once, however it is spelled."""
    doubled = f"&{name}=1&{name}={attempt.state}"
    async with listener(attempt) as delivered:
        assert status_of(await exchange(port, ask(attempt, answer_to(attempt) + doubled).encode())) == 400
        await assert_still_open(attempt, delivered, port)


RUBBISH = {
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
    "an SSH greeting": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /callback\r\n\r\n",
    "an unknown version": b"GET /callback HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
    "zeros": b"\x00" * 5000 + b"\r\n\r\n",
    "empty lines": b"\r\n" * 50,
    "a header without a name": b"GET /callback HTTP/1.1\r\n: x\r\n\r\n",
    "a length below zero": b"GET /callback HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"GET /callback HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "an unknown coding": b"GET /callback HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    "bytes beyond ASCII": b"GET /callback?code=\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "a long line": b"GET /callback?code=" + b"x" * 100_000,
    "a long header": b"GET /callback HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100_000,
    "many headers": b"GET /callback HTTP/1.1\r\n" + b"X: y\r\n" * 20_000,
}


@pytest.mark.parametrize("data", RUBBISH.values(), ids=RUBBISH)
async def test_rubbish_is_refused_and_logged_nowhere(
    attempt: AuthorizationAttempt, port: int, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Rule 6; RFC 9112, 3: request lines and headers are limited."""
    async with listener(attempt) as delivered:
        reply = await exchange(port, data)
        assert reply == b"" or status_of(reply) == 400
        await assert_still_open(attempt, delivered, port)
    assert caplog.records == []


async def test_who_drips_is_cut_off_in_time(
    attempt: AuthorizationAttempt, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 6; RFC 8252, 8.3: the time counts for the whole request, not for each byte."""
    monkeypatch.setattr(_callback_http, "_READ_TIMEOUT", 0.2)
    async with listener(attempt) as delivered:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        closed = asyncio.ensure_future(reader.read())
        async with asyncio.timeout(20):
            for byte in ask(attempt).encode()[:-1] * 100:
                writer.write(bytes([byte]))
                if (await asyncio.wait([closed], timeout=0.02))[0]:
                    break
        assert closed.done()
        assert closed.exception() is not None or closed.result() == b""
        writer.close()
        await assert_still_open(attempt, delivered, port)


async def test_hundreds_of_idle_connections_keep_nobody_out(attempt: AuthorizationAttempt, port: int) -> None:
    """Rule 6; RFC 8252, 8.3."""
    async with listener(attempt) as delivered:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(300)]
        await assert_still_open(attempt, delivered, port)
    async with asyncio.timeout(20):
        assert await asyncio.gather(*(reader.read() for reader, _ in idle)) == [b""] * 300
    for _, writer in idle:
        writer.close()


async def test_strays_before_during_and_after_the_answer_change_nothing(
    attempt: AuthorizationAttempt, port: int
) -> None:
    """Rule 6; RFC 8252, 8.3."""
    strays = [ask(attempt, "/favicon.ico"), ask(attempt, host="evil.example"), "\x00\r\n\r\n"] * 5
    async with listener(attempt) as delivered:
        before = [status_of(await exchange(port, stray.encode())) for stray in strays]
        assert not delivered.is_there
        [_, *during] = await asyncio.gather(*(exchange(port, each.encode()) for each in [ask(attempt), *strays]))
        after = [status_of(await exchange(port, stray.encode())) for stray in strays]
    assert before == [status_of(reply) for reply in during] == after == [404, 400, 400] * 5
    assert await delivered.code() == CODE


async def test_of_two_requests_in_one_connection_the_first_is_answered(
    attempt: AuthorizationAttempt, port: int
) -> None:
    """Rule 6; RFC 9112, 9.3.2: whoever pipelines is answered once."""
    async with listener(attempt) as delivered:
        reply = await exchange(port, (ask(attempt, "/favicon.ico") + ask(attempt)).encode())
        assert (status_of(reply), reply.count(b"HTTP/1.1 ")) == (404, 1)
        await assert_still_open(attempt, delivered, port)


async def test_an_old_browser_is_answered_like_any_other(attempt: AuthorizationAttempt, port: int) -> None:
    """Rule 6; RFC 9112, 2.3."""
    async with listener(attempt) as delivered:
        without_host = f"GET {answer_to(attempt)} HTTP/1.0\r\n\r\n"
        assert status_of(await exchange(port, without_host.encode())) == 400
        assert not delivered.is_there
        assert status_of(await exchange(port, ask(attempt).replace("HTTP/1.1", "HTTP/1.0").encode())) == 200


async def test_a_second_valid_answer_changes_nothing(attempt: AuthorizationAttempt, port: int) -> None:
    """Rule 6; RFC 9700, 4.2.4."""
    async with listener(attempt) as delivered:
        await exchange(port, ask(attempt).encode())
        await exchange(port, ask(attempt, answer_to(attempt, code="another")).encode())
        assert await delivered.code() == CODE


HOSTS = [
    "evil.example",
    "evil.example:{port}",
    "localhost:{port}",
    "127.0.0.1",
    "127.0.0.1:{other}",
    "127.0.0.1:0{port}",
    "127.0.0.1:{port}.evil.example",
    "127.0.0.1.evil.example:{port}",
    "evil.example@127.0.0.1:{port}",
    "127.0.0.1:{port}, evil.example",
    "127.0.0.1:{port}/",
    "127.1:{port}",
    "2130706433:{port}",
    "0x7f.0.0.1:{port}",
    "127.0.0.2:{port}",
    "[::1]:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "127.0.0.1:{port}\r\nHost: evil.example",
    "evil.example\r\nHost: 127.0.0.1:{port}",
    "evil.example\r\nX-Forwarded-Host: 127.0.0.1:{port}",
    "\r\nX: y",
]


@pytest.mark.parametrize("host", HOSTS)
async def test_another_name_for_this_machine_is_refused(attempt: AuthorizationAttempt, port: int, host: str) -> None:
    """Rule 7; RFC 9112, 3.2: DNS rebinding brings a stranger's page here under its own name."""
    async with listener(attempt) as delivered:
        reply = await exchange(port, ask(attempt, host=host.format(port=port, other=port - 1)).encode())
        assert status_of(reply) == 400
        await assert_still_open(attempt, delivered, port)


PAGES = {
    "granted": ask,
    "denied": lambda attempt: ask(attempt, answer_to(attempt, error="<script>PLANTED</script>")),
    "another path": lambda attempt: ask(attempt, "/PLANTED?<script>"),
    "another state": lambda attempt: ask(attempt, answer_to(attempt, state="PLANTED")),
    "another host": lambda attempt: ask(attempt, host="PLANTED.example"),
    "no http": lambda attempt: "PLANTED\r\n\r\n",
}
PAGE_HEADERS = (
    b"cache-control: no-store",
    b"referrer-policy: no-referrer",
    b"default-src 'none'",
    b"frame-ancestors 'none'",
    b"x-content-type-options: nosniff",
    b"connection: close",
)


@pytest.mark.parametrize("request_of", PAGES.values(), ids=PAGES)
async def test_every_page_is_static_private_and_unframed(
    attempt: AuthorizationAttempt, port: int, request_of: Callable[[AuthorizationAttempt], str]
) -> None:
    """Rule 8; RFC 9700, 4.2.4 and 4.16."""
    async with listener(attempt):
        head, _, page = (await exchange(port, request_of(attempt).encode())).partition(b"\r\n\r\n")
    assert page in {_callback_http._GRANTED, _callback_http._DENIED, _callback_http._REFUSED}
    assert not re.search(rb"<img|<link|<iframe|src=|href=|url\(|@import", page)
    # The one script is ours, is named by its hash, and only takes the answer out of the tab's address.
    scripts = re.findall(rb"<script>(.*?)</script>", page)
    assert scripts in ([], [b'history.replaceState(null,"",location.pathname)'])
    assert all(base64.b64encode(hashlib.sha256(script).digest()) in head for script in scripts)
    assert all(header in head.lower() for header in PAGE_HEADERS)
    assert not any(secret in head + page for secret in (b"PLANTED", attempt.state.encode()))


@pytest.mark.parametrize("request_of", PAGES.values(), ids=PAGES)
async def test_no_request_is_written_to_a_log(
    attempt: AuthorizationAttempt,
    port: int,
    request_of: Callable[[AuthorizationAttempt], str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Rule 9; RFC 9700, 4.3.2: a request line holds the code."""
    caplog.set_level(logging.DEBUG)
    async with listener(attempt):
        await exchange(port, request_of(attempt).encode())
    written = "".join(record.getMessage() for record in caplog.records)
    assert not any(part in written for part in ("PLANTED", attempt.state, "callback"))
    assert not [record for record in caplog.records if record.levelno > logging.DEBUG]
    assert capfd.readouterr() == ("", "")


# The client


def test_the_link_opens_a_tab_of_its_own() -> None:
    """Rule 10; RFC 8252, 8.12."""
    shown = _note("Log in", "https://accounts.spotify.com/authorize?a=1&b=2")["text/html"]
    assert 'target="_blank" rel="noopener noreferrer"' in shown


def test_the_browser_is_the_persons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 10; RFC 8252, 8.12."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr(threading, "Thread", _AtOnce)
    open_browser("https://accounts.spotify.com/authorize")
    assert opened == ["https://accounts.spotify.com/authorize"]


class _AtOnce:
    def __init__(self, *, target: Callable[..., object], args: tuple[str, ...], daemon: bool) -> None:
        self._target, self._args = target, args

    def start(self) -> None:
        self._target(*self._args)


def test_nothing_of_ours_embeds_a_page() -> None:
    """Rule 10; RFC 8252, 8.12."""
    sources = Path(spotantic_nb.__file__).parent.rglob("*.py")
    assert not [source.name for source in sources if re.search("<i?frame|IFrame|<embed|<object", source.read_text())]


@pytest.mark.parametrize("name", ["redirect", "redirect_uri", "next", "url", "continue", "return_to", "error_uri"])
async def test_no_address_of_the_query_is_followed(attempt: AuthorizationAttempt, port: int, name: str) -> None:
    """Rule 11; RFC 9700, 2.1 and 4.11.1."""
    for target in (answer_to(attempt, **{name: "https://evil.example"}), f"/callback?{name}=https://evil.example"):
        async with listener(attempt):
            reply = await exchange(port, ask(attempt, target).encode())
        assert status_of(reply) in {200, 400}
        assert b"evil" not in reply
        assert b"location:" not in reply.partition(b"\r\n\r\n")[0].lower()


@pytest.mark.parametrize("place", ["", "/", "/callback", "/a%20b/c", "/callback?app=1"])
async def test_both_endpoints_are_told_the_same_redirect_uri(
    settings: AuthSettings, sandbox: Sandbox, port: int, place: str
) -> None:
    """Rule 12; RFC 6749, 4.1.3."""
    uri = f"http://127.0.0.1:{port}{place}"
    sandbox.register_app(client_id=sandbox.client_id, client_secret=sandbox.client_secret, redirect_uris=[uri])
    await sign_in(AuthCodePKCEFlowManager(settings.model_copy(update={"redirect_uri": uri})))
    [asked] = [request.query for request in sandbox.requests if request.method == "GET"]
    assert asked["redirect_uri"] == sandbox.requests[-1].form["redirect_uri"] == uri


@pytest.mark.parametrize("iss", ["absent", "right"])
async def test_an_answer_may_name_its_issuer_and_need_not(
    manager: PersonalFlowManager, sandbox: Sandbox, iss: Iss
) -> None:
    """Rule 13; RFC 9207, 2.4."""
    sandbox.knobs.iss = iss
    await sign_in(manager)
    assert manager.access_token_info is not None


async def test_an_answer_of_another_issuer_is_refused(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """Rule 13; RFC 9207, 2.4."""
    sandbox.knobs.iss = "wrong"
    with pytest.raises(CallbackError, match="another accounts service"):
        await sign_in(manager)
    assert token_requests(sandbox) == 0


def test_an_attempt_knows_its_issuer(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """Rule 14; RFC 9700, 4.4."""
    assert manager.begin().issuer == sandbox.accounts_url


async def test_the_token_of_spotify_is_not_taken_for_the_sandboxs(project: Path, settings: AuthSettings) -> None:
    """Rule 14; RFC 9700, 4.4.2: two services, two files."""
    real = settings.model_copy(update={"accounts_url": "https://accounts.spotify.com"})
    places = ProjectManagers(project, None, notify=lambda notice: None)
    places.manager("pkce", real).store.save(planted_token())
    assert places.manager("pkce", settings).access_token_info is None
    assert places.manager("pkce", real).access_token_info == planted_token()


def test_the_sandbox_of_a_notebook_shares_nothing_with_the_project(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 14; RFC 9700, 4.4: another app, another port, tokens in memory only."""
    monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_ID", "PLANTED-id")
    monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_SECRET", "PLANTED-secret")
    monkeypatch.setenv("SPOTANTIC_AUTH_REFRESH_TOKEN", "PLANTED-refresh-token")
    monkeypatch.setenv("SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH", "token.json")
    planted_token().store_token(project / "token.json")
    portal.run(switch_on)
    try:
        login = Session.current().login(wait=False)
        assert login is not None
        assert "PLANTED" not in login.url
        assert "127.0.0.1%3A8765" not in login.url
    finally:
        portal.run(switch_off)


def planted_token(**changed: object) -> AccessTokenInfo:
    fields = {
        "access_token": "PLANTED-access-token",
        "refresh_token": "PLANTED-refresh-token",
        "token_type": "Bearer",
        "expires_in": 3600,
        "expires_at": datetime(2099, 1, 1, tzinfo=UTC),
        "scope": "user-top-read",
    }
    return AccessTokenInfo.model_validate(fields | changed)


def test_certificates_are_verified() -> None:
    """Rule 15; RFC 6749, 10.9."""
    context = _http.tls_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


async def test_a_token_request_is_not_redirected(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """Rule 15; RFC 9700, 4.12."""
    sandbox.knobs.token_fault = "redirect"
    with pytest.raises(AccountsUnreachableError):
        await sign_in(manager)
    assert "/api/elsewhere" not in {request.path for request in sandbox.requests}


def test_time_and_size_of_an_exchange_are_bounded() -> None:
    """Rule 15; RFC 9700, 2.6: tests/auth/test_faults.py shows both at work."""
    assert 0 < _http.TIMEOUT <= 30
    assert 0 < _http.MAX_BODY <= 2**20


@pytest.mark.parametrize("name", ["accounts_url", "api_url"])
@pytest.mark.parametrize(
    "url",
    [
        "http://accounts.spotify.com",
        "http://localhost:8080",
        "http://127.0.0.2",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://evil.example#127.0.0.1",
        "https://evil.example",
        "https://accounts.spotify.com.evil.example",
        "https://accounts.spotify.com@evil.example",
        "https://accounts.spotify.com\\@evil.example",
        "https://accounts.spotify.com:8443",
    ],
)
def test_plain_http_goes_to_loopback_only_and_https_to_spotify_only(name: str, url: str) -> None:
    """Rule 15; RFC 8252, 8.3; RFC 9700, 4.4."""
    with pytest.raises(ConfigurationError):
        AuthSettings(**{name: url})


async def test_no_secret_is_part_of_an_address(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """Rule 16; RFC 9700, 4.3.2; RFC 6750, 5.3."""
    await sign_in(manager)
    await manager.refresh()
    assert [request.query for request in sandbox.requests if request.path == "/api/token"] == [{}, {}]
    assert not {"client_secret", "code_verifier", "refresh_token"} & set(fields_of(manager.begin().url))


async def test_no_log_holds_a_secret(
    manager: PersonalFlowManager, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Rule 16; RFC 9700, 4.3: not ours, and not the logs of the libraries that carry it."""
    caplog.set_level(logging.DEBUG)
    attempt = manager.begin()
    callback = await asyncio.to_thread(ScriptedUser().answer, attempt.url)
    caplog.clear()  # the browser's own requests are none of ours
    await manager.complete(attempt, attempt.answer(callback))
    secrets_of_it = {attempt.verifier, attempt.answer(callback).code(), *tokens_of(manager), sandbox.client_secret}
    await manager.refresh()
    written = "\n".join(record.getMessage() for record in caplog.records)
    assert not [secret for secret in secrets_of_it | tokens_of(manager) if secret in written]


async def test_no_text_of_an_object_holds_a_secret(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """Rule 16; RFC 9700, 4.3."""
    attempt = await sign_in(manager)
    objects = [attempt, manager, manager.access_token_info, manager.auth_settings, manager.store, manager.accounts]
    shown = "".join(f"{thing!r}{thing}" for thing in objects)
    hidden = {attempt.state, attempt.verifier, *tokens_of(manager), sandbox.client_secret, sandbox.client_id}
    assert not [secret for secret in hidden if secret in shown]


@pytest.mark.parametrize("bad", [" ", "\n", "é", "\ud800", "\x00"], ids=ascii)
async def test_a_token_that_fits_no_header_is_no_token_and_not_shown(bad: str, tmp_path: Path) -> None:
    """Rule 16; RFC 6749, appendix A.12: an access token is made of visible characters."""
    file = tmp_path / "token.json"
    file.write_text(json.dumps({"access_token": f"PLANTED{bad}", "token_type": "Bearer", "expires_in": 9}))
    with pytest.raises(TokenStoreError) as caught:
        AccessTokenInfo.load_token(file)
    assert "PLANTED" not in "".join(traceback.format_exception_only(caught.value))


def tokens_of(manager: PersonalFlowManager) -> set[str]:
    token = manager.access_token_info
    assert token is not None
    assert token.refresh_token is not None
    return {token.access_token.get_secret_value(), token.refresh_token.get_secret_value()}


# The store


@pytest.fixture
def open_to_all() -> Iterator[None]:
    """A process that would let everybody read what it writes."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_the_token_file_is_private_from_birth(
    open_to_all: None, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 17; CVE-2025-27154 was the other way: made for all, then closed."""
    seen: list[tuple[str, int]] = []
    opened = os.open

    def spy(path: str, flags: int, mode: int = 0o777, **more: int) -> int:
        name = os.path.basename(path)  # noqa: PTH119 - what os.open was given
        if flags & os.O_CREAT and "token" in name:
            seen.append((name, mode))
        return opened(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", spy)
    store_of(project).save(planted_token())
    assert [mode for _, mode in seen] == [0o600]
    assert seen[0][0] != "token.json"
    kept = project / ".spotantic" / "token.json"
    assert [stat.S_IMODE(place.stat().st_mode) for place in (kept, kept.parent)] == [0o600, 0o700]


def store_of(project: Path) -> FileTokenStore:
    return FileTokenStore(project / ".spotantic" / "token.json")


def test_no_token_is_read_or_written_through_a_link(project: Path) -> None:
    """Rule 17; RFC 6749, 10.3."""
    theirs, link = project / "theirs", project / "token.json"
    planted_token().store_token(theirs)
    link.symlink_to(theirs)
    before = theirs.read_text()
    with pytest.raises(TokenStoreError, match="symbolic link"):
        planted_token(access_token="other").store_token(link)
    with pytest.raises(TokenStoreError, match="symbolic link"):
        AccessTokenInfo.load_token(link)
    assert theirs.read_text() == before


def test_a_write_that_fails_leaves_the_old_token_and_no_traces(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 17; RFC 6749, 10.3."""
    file = project / "token.json"
    planted_token().store_token(file)
    monkeypatch.setattr(os, "replace", _fail)
    with pytest.raises(TokenStoreError):
        planted_token(access_token="other").store_token(file)
    assert AccessTokenInfo.load_token(file) == planted_token()
    assert [entry.name for entry in project.iterdir() if "token" in entry.name] == ["token.json"]


def _fail(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_the_folder_of_the_tokens_keeps_itself_out_of_git(project: Path) -> None:
    """Rule 17; RFC 6749, 10.3."""
    store_of(project).save(planted_token())
    assert (project / ".spotantic" / ".gitignore").read_text() == "*\n"


def test_each_service_app_and_flow_has_a_file_of_its_own(project: Path, settings: AuthSettings) -> None:
    """Rule 18; RFC 6749, 10.4."""
    spotify = {"accounts_url": "https://accounts.spotify.com"}
    variants = [settings.model_copy(update=change) for change in ({}, spotify, {"client_id": SecretStr("other")})]
    places = ProjectManagers(project, None, notify=lambda notice: None)
    paths = {places.place_of(places.manager(flow, each)) for each in variants for flow in ("pkce", "code", "client")}
    assert len(paths) == 9
    assert not [path for path in paths if Sandbox.client_id in path]


async def test_scope_and_times_are_kept_in_utc(settings: AuthSettings, project: Path) -> None:
    """Rule 18; RFC 6749, 5.1."""
    manager = AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True}))
    await sign_in(manager)
    kept = json.loads((project / settings.access_token_file_path).read_text())
    assert set(kept["scope"].split()) == {"user-top-read", "playlist-read-private"}
    times = [datetime.fromisoformat(kept[name]) for name in ("authorized_at", "expires_at")]
    assert all(time.utcoffset() == timedelta(0) for time in times)


def test_a_missing_scope_asks_the_person_and_refreshes_nothing(settings: AuthSettings, sandbox: Sandbox) -> None:
    """Rule 18; RFC 6749, 6: a refresh cannot widen the scope."""
    session = Session(settings)
    first = session.login(wait=False)
    assert first is not None
    ScriptedUser().follow(first.url)
    session.wait_for(first)
    second = session.login(scope=["user-library-read"], wait=False)
    assert second is not None
    assert "user-library-read" in fields_of(second.url)["scope"]
    assert token_requests(sandbox) == 1
    session.cancel()


@pytest.mark.parametrize("policy", ["keep", "rotate", "family"])
async def test_two_users_of_one_file_never_renew_at_once(
    settings: AuthSettings, sandbox: Sandbox, policy: RefreshPolicy
) -> None:
    """Rule 19; RFC 9700, 4.14.2: tests/auth/test_store.py does it with processes."""
    sandbox.knobs.refresh_policy = policy
    managers = [AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True})) for _ in range(5)]
    await sign_in(managers[0])
    assert all(each.access_token_info for each in managers)
    before = token_requests(sandbox)
    await asyncio.gather(*(each.refresh() for each in managers))
    assert token_requests(sandbox) == before + 1
    assert len({frozenset(tokens_of(each)) for each in managers}) == 1


@pytest.mark.parametrize("reply", ["absent", "null", "empty"])
async def test_what_a_refresh_leaves_out_is_kept_in_the_file(
    settings: AuthSettings, sandbox: Sandbox, project: Path, reply: ReplyRefreshToken
) -> None:
    """Rule 19; RFC 6749, 6: the refresh token, the scope and the consent's date."""
    manager = AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True}))
    await sign_in(manager)
    first = AccessTokenInfo.load_token(settings.access_token_file_path)
    sandbox.knobs.reply_refresh_token, sandbox.knobs.reply_scope = reply, "absent"
    await manager.refresh()
    second = AccessTokenInfo.load_token(settings.access_token_file_path)
    assert second == manager.access_token_info
    assert second.access_token != first.access_token
    names = ("refresh_token", "scope", "authorized_at")
    assert [getattr(second, name) for name in names] == [getattr(first, name) for name in names]


# Grants


async def test_a_refresh_token_goes_to_the_token_endpoint_alone(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """Rule 20; RFC 6749, 6 and 10.4."""
    await sign_in(manager)
    await manager.refresh()
    assert [request.path for request in sandbox.requests if "refresh_token" in request.form] == ["/api/token"]


async def test_a_refresh_token_is_not_sent_where_a_redirect_points(
    manager: PersonalFlowManager, sandbox: Sandbox
) -> None:
    """Rule 20; RFC 9700, 4.12."""
    await sign_in(manager)
    sandbox.knobs.token_fault = "redirect"
    with pytest.raises(AccountsUnreachableError):
        await manager.refresh()
    assert not [request for request in sandbox.requests if request.path == "/api/elsewhere"]


async def test_a_refresh_token_is_of_no_use_to_another_app(settings: AuthSettings, sandbox: Sandbox) -> None:
    """Rule 20; RFC 6749, 10.4."""
    sandbox.register_app(client_id="a" * 32, client_secret="b" * 32, redirect_uris=[])
    mine = AuthCodePKCEFlowManager(settings)
    await sign_in(mine)
    other = settings.model_copy(update={"client_id": SecretStr("a" * 32)})
    with pytest.raises(InvalidGrantError):
        await AuthCodePKCEFlowManager(other, mine.access_token_info).refresh()


@pytest.mark.parametrize("policy", ["rotate", "family"])
async def test_a_rotated_token_is_never_sent_again(
    settings: AuthSettings, sandbox: Sandbox, policy: RefreshPolicy
) -> None:
    """Rule 21; RFC 9700, 4.14.2: a replay would cost the whole family."""
    sandbox.knobs.refresh_policy = policy
    settings = settings.model_copy(update={"store_access_token": True})
    fast, slow = AuthCodePKCEFlowManager(settings), AuthCodePKCEFlowManager(settings)
    await sign_in(fast)
    assert slow.access_token_info is not None
    for _ in range(3):
        await fast.refresh()
    await slow.refresh()
    await slow.refresh()
    await fast.refresh()
    assert {request.status for request in sandbox.requests if request.path == "/api/token"} == {200}


async def test_an_apps_own_token_has_nobodys_data(settings: AuthSettings, sandbox: Sandbox) -> None:
    """Rule 22; RFC 6749, 4.4.3."""
    manager = ClientCredentialsFlowManager(settings)
    await manager.authorize()
    token = await manager.get_valid_access_token()
    assert (token.refresh_token, token.scopes, token.account) == (None, frozenset(), None)
    assert sandbox.requests[-1].authorization == "Basic ***"
    assert set(sandbox.requests[-1].form) == {"grant_type"}
    async with httpx.AsyncClient(trust_env=False, headers=token.get_authorization_header()) as client:
        assert (await client.get(f"{sandbox.api_url}/me")).status_code >= 400


def test_a_client_secret_is_not_shown_with_its_settings(settings: AuthSettings) -> None:
    """Rule 22; RFC 8252, 8.5."""
    assert Sandbox.client_secret not in repr(settings) + str(settings) + str(settings.get_basic_auth())


def test_what_a_person_types_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 22; RFC 9700, 4.3.1: a notebook saves what is typed into an input."""
    monkeypatch.setattr("getpass.getpass", lambda question: " typed ")
    monkeypatch.setattr("builtins.input", None)
    assert _prompt.asked("?") == "typed"


def test_by_default_nothing_can_be_changed_with_a_token() -> None:
    """Rule 23; RFC 9700, 2.3."""
    assert all("-read-" in scope or scope.endswith("-read") for scope in READ_ONLY_SCOPES)
    assert not {"user-read-email", "user-read-private"} & set(READ_ONLY_SCOPES)


def test_exactly_the_scopes_wished_for_are_asked_for(manager: PersonalFlowManager) -> None:
    """Rule 23; RFC 9700, 2.3."""
    assert fields_of(manager.begin().url)["scope"] == "user-top-read playlist-read-private"


async def test_the_link_with_its_scopes_is_shown_before_the_browser_opens(
    attempt: AuthorizationAttempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 23; RFC 9700, 2.3."""
    done: list[str] = []
    place = guessed({"DISPLAY": ":0"}, ())
    monkeypatch.setattr(_prompt, "open_browser", lambda url: done.append("opened"))
    with pytest.raises(CallbackTimeoutError):
        await ask_the_person(attempt, place=place, callback_timeout=0.01, show=lambda line: done.append("shown"))
    assert done == ["shown", "opened"]


async def test_who_switches_the_account_is_asked_again(settings: AuthSettings, sandbox: Sandbox) -> None:
    """Rule 24; RFC 9700, 4.2: the browser's own session would decide silently otherwise."""
    manager, browser = AuthCodePKCEFlowManager(settings), ScriptedUser()
    assert "show_dialog" not in fields_of(manager.begin().url)
    await sign_in(manager, browser)
    asked_once = len(posts(sandbox))
    await sign_in(manager, browser)
    assert len(posts(sandbox)) == asked_once
    url = manager.begin(switch_user=True).url
    assert fields_of(url)["show_dialog"] == "true"
    await asyncio.to_thread(browser.answer, url)
    assert len(posts(sandbox)) == asked_once + 1


def posts(sandbox: Sandbox) -> list[str]:
    return [request.path for request in sandbox.requests if (request.method, request.path) == ("POST", "/authorize")]


# The sandbox


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


def redeem(http: httpx.Client, sandbox: Sandbox, attempt: AuthorizationAttempt, **changed: str | None) -> str:
    """Log in by hand, with some fields of the token request changed or left out; return the error, or nothing."""
    form = {
        "grant_type": "authorization_code",
        "code": attempt.answer(ScriptedUser().answer(attempt.url)).code(),
        "redirect_uri": attempt.redirect_uri,
        "client_id": sandbox.client_id,
        "code_verifier": attempt.verifier,
    } | changed
    sent = {name: value for name, value in form.items() if value is not None}
    return str(http.post(f"{sandbox.url}/api/token", data=sent).json().get("error", ""))


def challenge_free(url: str) -> str:
    kept = {name: value for name, value in fields_of(url).items() if not name.startswith("code_challenge")}
    return f"{url.partition('?')[0]}?{urlencode(kept)}"


@pytest.mark.parametrize("changed", [{}, {"redirect_uri": "http://127.0.0.1:1/callback"}, {"code_verifier": "x" * 43}])
def test_the_sandbox_binds_a_code_to_all_it_was_asked_with(
    settings: AuthSettings, sandbox: Sandbox, http: httpx.Client, changed: dict[str, str]
) -> None:
    """Rule 25; RFC 6749, 4.1.3; RFC 7636, 4.6."""
    attempt = AuthCodePKCEFlowManager(settings).begin()
    assert redeem(http, sandbox, attempt, **changed) == ("invalid_grant" if changed else "")


def test_the_sandbox_binds_a_code_to_its_client(settings: AuthSettings, sandbox: Sandbox, http: httpx.Client) -> None:
    """Rule 25; RFC 6749, 4.1.3."""
    sandbox.register_app(client_id="a" * 32, client_secret="b" * 32, redirect_uris=[])
    attempt = AuthCodePKCEFlowManager(settings).begin()
    assert redeem(http, sandbox, attempt, client_id="a" * 32) == "invalid_grant"


def test_the_sandbox_wants_a_verifier_where_there_was_a_challenge(
    settings: AuthSettings, sandbox: Sandbox, http: httpx.Client
) -> None:
    """Rule 25; RFC 9700, 2.1.1."""
    attempt = AuthCodePKCEFlowManager(settings).begin()
    assert redeem(http, sandbox, attempt, code_verifier=None, client_secret=sandbox.client_secret) == "invalid_grant"


def test_the_sandbox_refuses_a_verifier_where_there_was_no_challenge(
    settings: AuthSettings, sandbox: Sandbox, http: httpx.Client
) -> None:
    """Rule 25; RFC 9700, 4.8.2: the downgrade."""
    attempt = AuthCodeFlowManager(settings).begin()
    attempt = dataclasses.replace(attempt, url=challenge_free(attempt.url))
    assert redeem(http, sandbox, attempt, client_secret=sandbox.client_secret) == "invalid_grant"
    assert redeem(http, sandbox, attempt, client_secret=sandbox.client_secret, code_verifier=None) == ""


@pytest.mark.parametrize(("wait", "error"), [(599, ""), (601, "invalid_grant")])
def test_the_sandbox_gives_a_code_ten_minutes(
    settings: AuthSettings, sandbox: Sandbox, http: httpx.Client, wait: int, error: str
) -> None:
    """Rule 25; RFC 6749, 4.1.2."""
    attempt = AuthCodePKCEFlowManager(settings).begin()
    code = attempt.answer(ScriptedUser().answer(attempt.url)).code()
    sandbox.advance(wait)
    assert redeem(http, sandbox, attempt, code=code) == error


def test_the_sandbox_takes_a_code_once_and_withdraws_what_came_of_it(settings: AuthSettings, sandbox: Sandbox) -> None:
    """Rule 25; RFC 6749, 4.1.2."""
    manager = AuthCodePKCEFlowManager(settings)

    async def twice() -> None:
        attempt = manager.begin()
        callback = ScriptedUser().answer(attempt.url)
        await manager.complete(attempt, attempt.answer(callback))
        with pytest.raises(InvalidGrantError):
            await manager.complete(attempt, attempt.answer(callback))
        with pytest.raises(InvalidGrantError):
            await manager.refresh()

    asyncio.run(twice())


@pytest.mark.parametrize(
    ("registered", "asked", "status"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", 200),
        ("http://[::1]/cb", "http://[::1]:49152/cb", 200),
        ("http://127.0.0.1:8765/cb", "http://127.0.0.1:8765/cb", 200),
        ("http://127.0.0.1:8765/cb", "http://127.0.0.1:8766/cb", 400),
        ("http://127.0.0.1:8765/cb", "http://127.0.0.1:8765/cb/", 400),
        ("http://127.0.0.1:8765/cb", "http://127.0.0.1:8765/CB", 400),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb", 400),
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb?x=1", 400),
        ("http://127.0.0.1/cb", "http://localhost:49152/cb", 400),
        ("https://a.example/cb", "https://a.example/cb?x", 400),
        ("https://a.example/cb", "https://a.example:443/cb", 400),
    ],
)
def test_the_sandbox_compares_redirect_uris_exactly(
    settings: AuthSettings, sandbox: Sandbox, registered: str, asked: str, status: int
) -> None:
    """Rule 25; RFC 9700, 2.1 and 4.1.3; RFC 8252, 7.3."""
    sandbox.register_app(client_id=sandbox.client_id, client_secret="s", redirect_uris=[registered])
    url = AuthCodePKCEFlowManager(settings).begin().url
    changed = url.replace(quote(settings.redirect_uri or "", safe=""), quote(asked, safe=""))
    assert httpx.get(changed, trust_env=False).status_code == status


def test_the_sandbox_compares_secrets_and_verifiers_in_constant_time(
    settings: AuthSettings, sandbox: Sandbox, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 25; RFC 6749, 10.10."""
    compared = watched_comparisons(monkeypatch)
    attempt = AuthCodeFlowManager(settings).begin()
    assert redeem(http, sandbox, attempt, client_secret=sandbox.client_secret) == ""
    assert {sandbox.client_secret.encode(), challenge_of(attempt.verifier).encode()} <= set(compared)


@pytest.mark.parametrize("auth", [(Sandbox.client_id, Sandbox.client_secret), (Sandbox.client_id, "wrong")])
def test_the_sandboxs_token_replies_are_not_stored(sandbox: Sandbox, http: httpx.Client, auth: tuple[str, str]) -> None:
    """Rule 25; RFC 6749, 5.1."""
    reply = http.post(f"{sandbox.url}/api/token", data={"grant_type": "client_credentials"}, auth=auth)
    assert (reply.headers["cache-control"], reply.headers["pragma"]) == ("no-store", "no-cache")


@pytest.mark.parametrize("consent", ["accept", "deny"])
def test_the_sandbox_redirects_with_303(
    settings: AuthSettings, sandbox: Sandbox, http: httpx.Client, consent: Consent
) -> None:
    """Rule 25; RFC 9700, 4.12."""
    sandbox.knobs.consent = consent
    assert http.get(AuthCodePKCEFlowManager(settings).begin().url).status_code == 303


@pytest.mark.parametrize("place", ["consent", "login", "silent"])
def test_the_sandboxs_pages_cannot_be_framed_or_mistaken(
    settings: AuthSettings, sandbox: Sandbox, http: httpx.Client, place: str
) -> None:
    """Rule 25; RFC 9700, 4.16; no password is ever asked for."""
    sandbox.knobs.login_hop, sandbox.knobs.consent = place == "login", "silent" if place == "silent" else "ask"
    page = http.get(AuthCodePKCEFlowManager(settings).begin().url, follow_redirects=True)
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "SANDBOX" in page.text
    assert "Do not type real passwords" in page.text
    assert 'type="password"' not in page.text
    assert "<script" not in page.text


def test_the_sandbox_cannot_be_reached_from_another_address(sandbox: Sandbox) -> None:
    """Rule 25; RFC 8252, 8.3."""
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=10).close()


def test_the_sandboxs_login_leads_nowhere_else(sandbox: Sandbox, http: httpx.Client) -> None:
    """Rules 11 and 25; RFC 9700, 4.11.2."""
    for place in ("https://evil.example", "//evil.example/authorize?", "/authorize", "/authorize@evil.example?"):
        assert http.post(f"{sandbox.url}/en/login", data={"continue": place, "user": "ada"}).status_code == 400


# The manifest


def cited() -> dict[int, list[str]]:
    """Return the tests of this file by the rules that their docstrings cite."""
    found: dict[int, list[str]] = {number: [] for number in RULES}
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[__name__]))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            match = re.match(r"Rules? ([\d, and]+);", ast.get_docstring(node) or "")
            for number in re.findall(r"\d+", match[1] if match else ""):
                found[int(number)].append(node.name)
    return found


@pytest.mark.parametrize("number", RULES)
def test_each_rule_has_a_test(number: int) -> None:
    assert cited()[number], RULES[number]


def test_each_test_of_a_rule_cites_one() -> None:
    own = {"test_each_rule_has_a_test", "test_each_test_of_a_rule_cites_one"}
    every = {name for name in globals() if name.startswith("test_")}
    assert every - own == {name for names in cited().values() for name in names}
