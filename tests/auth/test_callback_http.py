"""A request to the redirect URI, from a browser, a stranger or a broken program, and its reply (RFC 9700, 4.2.4)."""

import asyncio
import base64
import hashlib
import logging
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from attempts import CODE, begin
from deliveries import ask, assert_still_open, exchange, listener, status_of, target_of

from spotantic_nb.auth import _callback_http
from spotantic_nb.auth._attempt import AuthorizationAttempt

STRAY: dict[str, tuple[int, Callable[[AuthorizationAttempt], bytes]]] = {
    "a favicon": (404, lambda attempt: ask(attempt, "/favicon.ico")),
    "another path": (404, lambda attempt: ask(attempt, target_of(attempt).replace("callback", "callback/"))),
    "another method": (405, lambda attempt: ask(attempt, method="POST")),
    "a head": (405, lambda attempt: ask(attempt, method="HEAD")),
    "another name for this machine": (400, lambda attempt: ask(attempt, host=f"evil.example:{port_of(attempt)}")),
    "localhost": (400, lambda attempt: ask(attempt, host=f"localhost:{port_of(attempt)}")),
    "a wrong state": (400, lambda attempt: ask(attempt, target_of(attempt, state="wrong"))),
    "no state": (400, lambda attempt: ask(attempt, "/callback?code=1")),
    "an error without state": (400, lambda attempt: ask(attempt, "/callback?error=access_denied")),
    "two codes": (400, lambda attempt: ask(attempt, target_of(attempt) + "&code=2")),
    "two states": (400, lambda attempt: ask(attempt, target_of(attempt) + "&state=2")),
    "no answer": (400, lambda attempt: ask(attempt, "/callback")),
    "a wrong issuer": (400, lambda attempt: ask(attempt, target_of(attempt) + "&iss=https://evil.example")),
    "no host": (400, lambda attempt: f"GET {target_of(attempt)} HTTP/1.1\r\n\r\n".encode()),
    "two hosts": (400, lambda attempt: ask(attempt, host=f"x\r\nHost: 127.0.0.1:{port_of(attempt)}")),
    "an endless line": (400, lambda attempt: b"GET /" + b"x" * 200_000),
    "no http": (400, lambda attempt: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
}


def port_of(attempt: AuthorizationAttempt) -> int:
    return urlsplit(attempt.redirect_uri).port or 80


@pytest.mark.parametrize("name", STRAY)
async def test_a_stray_request_is_refused_and_the_login_goes_on(
    attempt: AuthorizationAttempt, port: int, name: str
) -> None:
    status, request = STRAY[name]
    async with listener(attempt) as delivered:
        reply = await exchange(port, request(attempt))
        assert reply.startswith(f"HTTP/1.1 {status} ".encode()) or (name == "an endless line" and reply == b"")
        assert not delivered.is_there
        assert (await exchange(port, ask(attempt))).startswith(b"HTTP/1.1 200 ")


class TestBehindAProxy:
    """``https://hub.example/user/ada/proxy/PORT/callback`` arrives as ``/callback``, under the one name or another."""

    @pytest.fixture
    def attempt(self, port: int) -> AuthorizationAttempt:
        return begin(f"https://hub.example/user/ada/proxy/{port}/callback", forwarded_to=port)

    @pytest.mark.parametrize("host", ["hub.example", "HUB.example", "127.0.0.1:{port}", "localhost:{port}"])
    async def test_the_answer_is_taken(self, attempt: AuthorizationAttempt, port: int, host: str) -> None:
        async with listener(attempt) as delivered:
            target = target_of(attempt).partition(f"/proxy/{port}")[2]
            assert status_of(await exchange(port, ask(attempt, target, host=host.format(port=port)))) == 200
            assert await delivered.code() == CODE

    @pytest.mark.parametrize(
        ("status", "target", "host"),
        [
            (400, "/callback", "evil.example"),
            (400, "/callback", "hub.example.evil.example"),
            (400, "/callback", "127.0.0.1"),
            (404, "/user/ada/proxy/{port}/callback", "hub.example"),
            (404, "/callback/", "hub.example"),
        ],
    )
    async def test_what_the_proxy_does_not_send_is_refused_as_ever(
        self, attempt: AuthorizationAttempt, port: int, status: int, target: str, host: str
    ) -> None:
        query = target_of(attempt).partition("?")[2]
        async with listener(attempt) as delivered:
            request = ask(attempt, f"{target.format(port=port)}?{query}", host=host)
            assert status_of(await exchange(port, request)) == status
            assert not delivered.is_there


async def test_a_request_in_pieces_is_put_together(attempt: AuthorizationAttempt, port: int) -> None:
    async with listener(attempt):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for byte in ask(attempt):
            writer.write(bytes([byte]))
            await writer.drain()
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()


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


@pytest.mark.rule(6)
@pytest.mark.parametrize("path", NOT_THE_PATH)
async def test_only_the_exact_path_is_answered(attempt: AuthorizationAttempt, port: int, path: str) -> None:
    """RFC 8252, 7.3; the absolute form of RFC 9112, 3.2.2, is for proxies."""
    target = target_of(attempt).replace("/callback", path.format(port=port))
    async with listener(attempt) as delivered:
        assert status_of(await exchange(port, ask(attempt, target))) == 404
        await assert_still_open(attempt, delivered, port)


@pytest.mark.rule(6)
@pytest.mark.parametrize("target", ["", "/favicon.ico"])
@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "G"])
async def test_only_a_get_is_answered(
    attempt: AuthorizationAttempt, port: int, method: str, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    """RFC 9110, 9.1 and 15.5.6."""
    async with listener(attempt) as delivered:
        reply = await exchange(port, ask(attempt, target, method=method))
        assert status_of(reply) in {404, 405}
        assert method != "HEAD" or reply.endswith(b"\r\n\r\n")
        await assert_still_open(attempt, delivered, port)
    assert caplog.records == []


@pytest.mark.rule(6)
@pytest.mark.parametrize("name", ["code", "state", "error", "iss", "%63ode", "st%61te", "%73%74%61%74%65"])
async def test_nothing_may_be_said_twice(attempt: AuthorizationAttempt, port: int, name: str) -> None:
    """RFC 6749, 3.1: no parameter more than once, however it is spelled."""
    doubled = f"&{name}=1&{name}={attempt.state}"
    async with listener(attempt) as delivered:
        assert status_of(await exchange(port, ask(attempt, target_of(attempt) + doubled))) == 400
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


@pytest.mark.rule(6)
@pytest.mark.parametrize("data", RUBBISH.values(), ids=RUBBISH)
async def test_rubbish_is_refused_and_logged_nowhere(
    attempt: AuthorizationAttempt, port: int, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """RFC 9112, 3: request lines and headers are limited."""
    async with listener(attempt) as delivered:
        reply = await exchange(port, data)
        assert reply == b"" or status_of(reply) == 400
        await assert_still_open(attempt, delivered, port)
    assert caplog.records == []


@pytest.mark.rule(6)
async def test_who_drips_is_cut_off_in_time(
    attempt: AuthorizationAttempt, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8252, 8.3: the time counts for the whole request, not for each byte."""
    monkeypatch.setattr(_callback_http, "_READ_TIMEOUT", 0.2)
    async with listener(attempt) as delivered:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        closed = asyncio.ensure_future(reader.read())
        async with asyncio.timeout(20):
            for byte in ask(attempt)[:-1] * 100:
                writer.write(bytes([byte]))
                if (await asyncio.wait([closed], timeout=0.02))[0]:
                    break
        assert closed.done()
        assert closed.exception() is not None or closed.result() == b""
        writer.close()
        await assert_still_open(attempt, delivered, port)


@pytest.mark.rule(6)
async def test_of_two_requests_in_one_connection_the_first_is_answered(
    attempt: AuthorizationAttempt, port: int
) -> None:
    """RFC 9112, 9.3.2: whoever pipelines is answered once."""
    async with listener(attempt) as delivered:
        reply = await exchange(port, (ask(attempt, "/favicon.ico") + ask(attempt)))
        assert (status_of(reply), reply.count(b"HTTP/1.1 ")) == (404, 1)
        await assert_still_open(attempt, delivered, port)


@pytest.mark.rule(6)
async def test_an_old_browser_is_answered_like_any_other(attempt: AuthorizationAttempt, port: int) -> None:
    """RFC 9112, 2.3."""
    async with listener(attempt) as delivered:
        without_host = f"GET {target_of(attempt)} HTTP/1.0\r\n\r\n"
        assert status_of(await exchange(port, without_host.encode())) == 400
        assert not delivered.is_there
        assert status_of(await exchange(port, ask(attempt).replace(b"HTTP/1.1", b"HTTP/1.0"))) == 200


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


@pytest.mark.rule(7)
@pytest.mark.parametrize("host", HOSTS)
async def test_another_name_for_this_machine_is_refused(attempt: AuthorizationAttempt, port: int, host: str) -> None:
    """RFC 9112, 3.2: DNS rebinding brings a stranger's page here under its own name."""
    async with listener(attempt) as delivered:
        reply = await exchange(port, ask(attempt, host=host.format(port=port, other=port - 1)))
        assert status_of(reply) == 400
        await assert_still_open(attempt, delivered, port)


PAGES = {
    "granted": ask,
    "denied": lambda attempt: ask(attempt, target_of(attempt, error="<script>PLANTED</script>")),
    "denied in markup": lambda attempt: ask(attempt, target_of(attempt) + "&error=<script>alert(1)</script>"),
    "another path": lambda attempt: ask(attempt, "/PLANTED?<script>"),
    "another state": lambda attempt: ask(attempt, target_of(attempt, state="PLANTED")),
    "another host": lambda attempt: ask(attempt, host="PLANTED.example"),
    "no http": lambda attempt: b"PLANTED\r\n\r\n",
}

PAGE_HEADERS = (
    b"cache-control: no-store",
    b"referrer-policy: no-referrer",
    b"default-src 'none'",
    b"frame-ancestors 'none'",
    b"x-content-type-options: nosniff",
    b"connection: close",
)


@pytest.mark.rule(8)
@pytest.mark.parametrize("request_of", PAGES.values(), ids=PAGES)
async def test_every_page_is_static_private_and_unframed(
    attempt: AuthorizationAttempt, port: int, request_of: Callable[[AuthorizationAttempt], bytes]
) -> None:
    """RFC 9700, 4.2.4 and 4.16."""
    async with listener(attempt):
        head, _, page = (await exchange(port, request_of(attempt))).partition(b"\r\n\r\n")
    assert page in {_callback_http._GRANTED, _callback_http._DENIED, _callback_http._REFUSED}
    assert not re.search(rb"<img|<link|<iframe|src=|href=|url\(|@import", page)
    # The one script is ours, is named by its hash, and only takes the answer out of the tab's address.
    scripts = re.findall(rb"<script>(.*?)</script>", page)
    assert scripts in ([], [b'history.replaceState(null,"",location.pathname)'])
    assert all(base64.b64encode(hashlib.sha256(script).digest()) in head for script in scripts)
    assert all(header in head.lower() for header in PAGE_HEADERS)
    assert not any(secret in head + page for secret in (b"PLANTED", attempt.state.encode()))


@pytest.mark.rule(9)
@pytest.mark.parametrize("request_of", PAGES.values(), ids=PAGES)
async def test_no_request_is_written_to_a_log(
    attempt: AuthorizationAttempt,
    port: int,
    request_of: Callable[[AuthorizationAttempt], bytes],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """RFC 9700, 4.3.2: a request line holds the code."""
    caplog.set_level(logging.DEBUG)
    async with listener(attempt):
        await exchange(port, request_of(attempt))
    written = "".join(record.getMessage() for record in caplog.records)
    assert not any(part in written for part in ("PLANTED", attempt.state, "callback"))
    assert not [record for record in caplog.records if record.levelno > logging.DEBUG]
    assert capfd.readouterr() == ("", "")


@pytest.mark.rule(11)
@pytest.mark.parametrize("name", ["redirect", "redirect_uri", "next", "url", "continue", "return_to", "error_uri"])
async def test_no_address_of_the_query_is_followed(attempt: AuthorizationAttempt, port: int, name: str) -> None:
    """RFC 9700, 2.1 and 4.11.1."""
    for target in (target_of(attempt, **{name: "https://evil.example"}), f"/callback?{name}=https://evil.example"):
        async with listener(attempt):
            reply = await exchange(port, ask(attempt, target))
        assert status_of(reply) in {200, 400}
        assert b"evil" not in reply
        assert b"location:" not in reply.partition(b"\r\n\r\n")[0].lower()
