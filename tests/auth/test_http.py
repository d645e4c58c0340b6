"""
One request, one reply: bounded in time and size, never redirected, never decompressed. Against real sockets.

And the retries, of a manager whose token is over.
"""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from logins import token_requests
from services import Service, failing, holding, refresh, reply, says_nothing

from spotantic_nb import AccountsUnreachableError, AuthCodePKCEFlowManager
from spotantic_nb.auth import _http
from spotantic_nb.sandbox import Sandbox


@asynccontextmanager
async def server(*parts: bytes, stay: bool = False) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Serve these bytes to every connection; keep it open for ever where ``stay`` says so."""
    seen: list[bytes] = []
    over, visits = asyncio.Event(), set[asyncio.Task[None] | None]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.add(asyncio.current_task())
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        for part in parts:
            writer.write(part)
        if stay:
            await over.wait()
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", seen
    finally:
        over.set()
        listener.close()
        await asyncio.gather(*(visit for visit in visits if visit))


async def test_a_reply_is_taken_whole_whatever_its_status() -> None:
    async with server(reply(b'{"error": "x"}', status="400 Bad Request")) as (url, _):
        got = await _http.send("GET", url)
    assert (got.status, got.json_object()) == (400, {"error": "x"})


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"text"', b"{", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_is_an_empty_one(body: bytes) -> None:
    async with server(reply(body)) as (url, _):
        assert (await _http.send("GET", url)).json_object() == {}


@pytest.mark.rule(15)
async def test_a_redirect_is_not_followed() -> None:
    async with server(reply(b"", "Location: http://127.0.0.1:1/", status="307 Temporary Redirect")) as (url, seen):
        assert (await _http.send("POST", url, form={"code": "PLANTED"})).status == 307
    assert len(seen) == 1


async def test_a_reply_without_end_is_given_up_at_its_bound() -> None:
    async with server(reply(b"x" * (_http.MAX_BODY + 1)), stay=True) as (url, _):
        with pytest.raises(AccountsUnreachableError, match="far more than an answer"):
            await _http.send("GET", url)


async def test_a_compressed_reply_is_neither_asked_for_nor_unpacked() -> None:
    bomb = gzip.compress(json.dumps({"access_token": "x" * 10_000_000}).encode())
    async with server(reply(bomb, "Content-Encoding: gzip")) as (url, seen):
        assert (await _http.send("GET", url)).json_object() == {}
    assert b"accept-encoding: identity" in seen[0].lower()


async def test_a_service_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "TIMEOUT", 0.1)
    async with server(stay=True) as (url, _):
        with pytest.raises(AccountsUnreachableError, match=r"did not answer within 0\.1 seconds"):
            await _http.send("GET", url)


async def test_a_proxy_is_never_shown_what_goes_to_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with server(reply(b"{}")) as (url, _):
        assert (await _http.send("GET", url)).status == 200


@pytest.mark.parametrize("look", [repr, str])
async def test_the_text_of_a_reply_hides_its_body(look: Callable[[object], str]) -> None:
    assert "PLANTED" not in look(_http.Reply(200, {"x": "PLANTED"}, b"PLANTED"))


async def test_a_silent_service_is_told_of_within_fifteen_seconds() -> None:
    """The bounds that a person waits for, of which the other tests only use shorter ones."""
    assert _http.TIMEOUT < _http.BUDGET < 15


async def test_a_silent_service_costs_a_retried_request_no_more_than_the_budget(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_http, "TIMEOUT", 0.4)
    monkeypatch.setattr(_http, "BUDGET", 0.6)
    service.fault = says_nothing
    manager = holding(AuthCodePKCEFlowManager, service.url)
    assert "did not answer within 0.4 seconds" in str(await failing(manager, refresh))
    assert len(service.requests) == 2


@pytest.mark.parametrize("fault", ["429", "500_json", "502_html", "503_text", "504"])
async def test_passing_trouble_is_met_with_patience(
    lazy: AuthCodePKCEFlowManager, sandbox: Sandbox, fault: str
) -> None:
    sandbox.knobs.token_fault, sandbox.knobs.token_fault_count = fault, 1
    assert not (await lazy.get_valid_access_token()).is_expired()
    assert token_requests(sandbox) == 3


async def test_trouble_that_lasts_is_given_up_after_three_tries(
    lazy: AuthCodePKCEFlowManager, sandbox: Sandbox
) -> None:
    sandbox.knobs.token_fault = "503_text"
    with pytest.raises(AccountsUnreachableError):
        await lazy.get_valid_access_token()
    assert token_requests(sandbox) == 4


async def test_a_long_pause_is_told_and_not_sat_through(lazy: AuthCodePKCEFlowManager, sandbox: Sandbox) -> None:
    sandbox.knobs.token_fault = "429_long"
    with pytest.raises(AccountsUnreachableError, match=r"Try again in \d+ hours") as caught:
        await lazy.get_valid_access_token()
    assert caught.value.retry_after is not None
    assert token_requests(sandbox) == 2


async def test_an_answer_that_is_no_token_is_not_asked_for_again(
    lazy: AuthCodePKCEFlowManager, sandbox: Sandbox
) -> None:
    sandbox.knobs.token_fault = "html_200"
    with pytest.raises(AccountsUnreachableError):
        await lazy.get_valid_access_token()
    assert token_requests(sandbox) == 2


@pytest.mark.rule(15)
def test_time_and_size_of_an_exchange_are_bounded() -> None:
    """RFC 9700, 2.6: tests/auth/test_accounts.py shows both at work."""
    assert 0 < _http.TIMEOUT <= 30
    assert 0 < _http.MAX_BODY <= 2**20
