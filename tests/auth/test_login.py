"""A login that waits: the first valid answer wins, whichever way it comes, and the waiting time is used."""

import asyncio
import os
import subprocess
import sys

import pytest

from spotantic_nb import CallbackError, CallbackTimeoutError, StateMismatchError
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.auth._login import Login

ELSEWHERE = "https://app.example/callback"


def begin() -> AuthorizationAttempt:
    return AuthorizationAttempt.begin(
        authorize_url="https://accounts.spotify.com/authorize", client_id="0" * 32, redirect_uri=ELSEWHERE, scope="a"
    )


def answer_to(attempt: AuthorizationAttempt, code: str) -> str:
    return f"{ELSEWHERE}?code={code}&state={attempt.state}"


async def test_the_first_valid_answer_wins() -> None:
    attempt = begin()
    login = Login(attempt, timeout=30)
    login._deliver(attempt.answer(answer_to(attempt, "first")))
    login._deliver(attempt.answer(answer_to(attempt, "second")))
    assert (await login.result()).code() == "first"


async def test_an_invalid_answer_is_refused_and_changes_nothing() -> None:
    attempt = begin()
    login = Login(attempt, timeout=30)
    for wrong, error in ((f"{ELSEWHERE}?code=1", CallbackError), (answer_to(begin(), "1"), StateMismatchError)):
        with pytest.raises(error):
            login.offer(wrong)
    assert not login.answered
    login._deliver(attempt.answer(answer_to(attempt, "right")))
    assert (await login.result()).code() == "right"


async def test_without_an_answer_it_ends_after_its_time_and_says_what_to_compare() -> None:
    login = Login(begin(), timeout=0.01)
    with pytest.raises(CallbackTimeoutError, match=r"within 0\.01 seconds.*compare client id and redirect URI"):
        await login.result()


async def test_who_stops_waiting_for_it_does_not_end_it() -> None:
    login = Login(begin(), timeout=30)
    waiting = asyncio.create_task(login.result())
    await login.ready()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert not login.done
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
