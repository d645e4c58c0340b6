"""A login that waits: the first valid answer wins, whichever way it comes, and the waiting time is used."""

import asyncio
import html
import os
import socket
import subprocess
import sys
from functools import partial

import pytest
from attempts import answer_to, begin
from logins import token_requests

from spotantic_nb import (
    AuthCodePKCEFlowManager,
    AuthSettings,
    CallbackError,
    CallbackTimeoutError,
    LoopbackUnavailableError,
    StateMismatchError,
)
from spotantic_nb.auth._attempt import Answer
from spotantic_nb.auth._login import Login
from spotantic_nb.sandbox import Sandbox, ScriptedUser

ELSEWHERE = "https://app.example/callback"


async def test_the_first_valid_answer_wins() -> None:
    attempt = begin(ELSEWHERE)
    login = Login(attempt, timeout=30)
    login._arrive(attempt.answer(answer_to(attempt, code="first")))
    login._arrive(attempt.answer(answer_to(attempt, code="second")))
    assert (await login.result()).code() == "first"


async def test_an_invalid_answer_is_refused_and_changes_nothing() -> None:
    attempt = begin(ELSEWHERE)
    login = Login(attempt, timeout=30)
    for wrong, error in (
        (f"{ELSEWHERE}?code=1", CallbackError),
        (answer_to(begin(ELSEWHERE), code="1"), StateMismatchError),
    ):
        with pytest.raises(error):
            login.offer(wrong)
    assert not login.answered
    login._arrive(attempt.answer(answer_to(attempt, code="right")))
    assert (await login.result()).code() == "right"


async def test_without_an_answer_it_ends_after_its_time_and_says_what_to_compare() -> None:
    login = Login(begin(ELSEWHERE), timeout=0.01)
    with pytest.raises(CallbackTimeoutError, match=r"within 0\.01 seconds.*compare client id and redirect URI"):
        await login.result()


async def test_while_it_waits_its_html_form_is_its_link_and_its_text_form_says_so() -> None:
    attempt = begin(ELSEWHERE)
    login = Login(attempt, timeout=30)
    await login.ready()
    assert f'href="{html.escape(login.url)}" target="_blank" rel="noopener noreferrer"' in login._repr_html_()
    assert (
        repr(login) == "<Login: Waiting for your answer on Spotify's page. The redirect URI leads to another machine.>"
    )
    assert attempt.state not in repr(login)


@pytest.mark.parametrize(
    ("reply", "ending"),
    [
        ("code=PLANTED-code", "the login is done."),
        ("error=access_denied", "page (access_denied)"),
    ],
)
async def test_once_it_has_ended_its_forms_say_how_and_hold_nothing_of_it(reply: str, ending: str) -> None:
    attempt = begin(ELSEWHERE)
    login = Login(attempt, timeout=30, complete=redeem)
    login.offer(f"{ELSEWHERE}?{reply}&state={attempt.state}")
    await login.ended()
    for form in (repr(login), login._repr_html_()):
        assert ending in form
        assert [trace for trace in (attempt.state, "href", "PLANTED") if trace in form] == []


async def redeem(answer: Answer) -> None:
    """Take an answer as the accounts service does, which gives a token for a code."""
    answer.code()


async def test_who_stops_waiting_for_it_does_not_end_it() -> None:
    login = Login(begin(ELSEWHERE), timeout=30)
    waiting = asyncio.create_task(login.result())
    await login.ready()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert not login.done
    await login.stop()


async def test_a_port_that_a_proxy_forwards_to_another_program_ends_the_login_before_its_link_is_shown(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    with socket.create_server(("127.0.0.1", port)):
        login = Login(begin("https://hub.example/callback", forwarded_to=port), timeout=30)
        with pytest.raises(LoopbackUnavailableError, match="your cookies of the proxy among it"):
            await login.ready()
    assert login.done


async def test_the_answer_is_pasted_where_another_program_of_this_user_has_the_forwarded_port(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        login = Login(begin("https://hub.example/callback", forwarded_to=port), timeout=30)
        await login.ready()
    assert "another login (of another notebook, perhaps)" in login.unreachable
    await login.stop()


PROGRAM = """
import sys
from spotantic_nb import AuthSettings, Session
from spotantic_nb._portal import portal

session = Session(AuthSettings(_env_file=None, client_id="0" * 32, redirect_uri="https://app.example/callback"))
login = session.login("pkce", wait=False)
print([name for name in ("httpx", "h11") if name in sys.modules])

async def prepared():
    await login._preparation

login.link_is_shown()
login.link_is_shown()
portal.run(prepared)
print([name for name in ("httpx", "h11") if name in sys.modules])
session.cancel()
"""


def test_what_the_answer_will_need_is_loaded_once_the_link_is_shown_and_not_before(
    project: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.splitlines() == ["[]", "['httpx', 'h11']"], done.stderr


@pytest.mark.rule(2)
async def test_an_answer_that_comes_again_finds_the_login_over(settings: AuthSettings, sandbox: Sandbox) -> None:
    """RFC 9700, 4.2.4: a state is good for one answer."""
    manager = AuthCodePKCEFlowManager(settings)
    attempt = manager.begin()
    login = Login(attempt, timeout=30, complete=partial(manager.complete, attempt))
    await login.ready()
    response = await asyncio.to_thread(ScriptedUser().follow, login.url)
    await login.ended()
    with pytest.raises(CallbackError, match="has ended"):
        login.offer(str(response.request.url))
    assert token_requests(sandbox) == 1


@pytest.mark.rule(5)
async def test_nothing_listens_before_and_after_a_login(settings: AuthSettings, port: int) -> None:
    """RFC 8252, 8.3."""
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
