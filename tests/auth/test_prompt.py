"""How a person is invited to a login: the link is shown, the address asked for, and the port free in the end."""

import asyncio
import socket
from functools import partial

import pytest
from kernels import is_free
from logins import HERE, MakeManager, Person

from spotantic_nb import AuthCodePKCEFlowManager, CallbackTimeoutError, LoopbackUnavailableError
from spotantic_nb.auth import _prompt
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.auth._placement import guessed
from spotantic_nb.auth._prompt import ask_the_person
from spotantic_nb.sandbox import Sandbox, ScriptedUser


async def test_no_answer_is_a_timeout_that_names_the_likely_cause(make: MakeManager, port: int) -> None:
    manager = make(Person(lambda url: None, timeout=0.2))
    with pytest.raises(CallbackTimeoutError, match="compare client id and redirect URI"):
        await manager.authorize()
    assert is_free(port)


async def test_a_taken_port_is_said_before_anything_is_shown(make: MakeManager, port: int) -> None:
    shown: list[str] = []
    manager = make()
    manager.receiver = partial(ask_the_person, place=HERE, callback_timeout=1, show=shown.append)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(LoopbackUnavailableError, match=str(port)):
        await manager.authorize()
    assert shown == []


async def test_where_nothing_can_listen_the_address_is_asked_for_until_it_is_right(
    make: MakeManager, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = "https://app.example/callback"
    sandbox.register_app(client_id=sandbox.client_id, client_secret=sandbox.client_secret, redirect_uris=[there])
    shown: list[str] = []
    typed = ["AQ-only-a-code", "", f"{there}?code=1&state=2"]
    link = "Log in to Spotify: "

    def person(question: str) -> str:
        return typed.pop(0) if typed else ScriptedUser().answer(shown[0].removeprefix(link))

    monkeypatch.setattr("getpass.getpass", person)
    manager = make(redirect_uri=there)
    manager.receiver = partial(ask_the_person, place=HERE, callback_timeout=30, show=shown.append)
    await manager.authorize()
    assert [line.partition(".")[0] for line in shown[1:]] == [
        "The redirect URI leads to another machine",
        "That is not a whole address",
        "No answer has arrived yet",
        "A part of the address is missing",
    ]
    assert manager.access_token_info is not None


async def test_where_the_browser_is_elsewhere_the_address_is_asked_for_beside_the_listener(
    make: MakeManager, monkeypatch: pytest.MonkeyPatch, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def person(question: str) -> str:
        socket.create_connection(("127.0.0.1", port)).close()
        return ScriptedUser().answer(capsys.readouterr().err.partition("Log in to Spotify: ")[2].partition("\n")[0])

    monkeypatch.setattr("getpass.getpass", person)
    manager = AuthCodePKCEFlowManager(make(browser="elsewhere").auth_settings)
    await manager.authorize()
    assert manager.access_token_info is not None


async def test_a_cancelled_login_frees_the_port(make: MakeManager, port: int) -> None:
    shown = asyncio.Event()
    manager = make(Person(lambda url: None))
    manager.receiver = partial(ask_the_person, place=HERE, callback_timeout=30, show=lambda line: shown.set())
    login = asyncio.create_task(manager.authorize())
    await shown.wait()
    login.cancel()
    with pytest.raises(asyncio.CancelledError):
        await login
    assert is_free(port)


async def test_a_finished_login_frees_the_port(make: MakeManager, port: int) -> None:
    await make().authorize()
    assert is_free(port)


@pytest.mark.rule(5)
async def test_nothing_listens_after_the_time_is_over(attempt: AuthorizationAttempt, port: int) -> None:
    """RFC 8252, 8.3."""
    with pytest.raises(CallbackTimeoutError):
        await ask_the_person(attempt, place=HERE, callback_timeout=0.05, show=lambda line: None)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.rule(23)
async def test_the_link_with_its_scopes_is_shown_before_the_browser_opens(
    attempt: AuthorizationAttempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9700, 2.3."""
    done: list[str] = []
    place = guessed({"DISPLAY": ":0"}, ())
    monkeypatch.setattr(_prompt, "open_browser", lambda url: done.append("opened"))
    with pytest.raises(CallbackTimeoutError):
        await ask_the_person(attempt, place=place, callback_timeout=0.01, show=lambda line: done.append("shown"))
    assert done == ["shown", "opened"]


@pytest.mark.rule(22)
def test_what_a_person_types_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9700, 4.3.1: a notebook saves what is typed into an input."""
    monkeypatch.setattr("getpass.getpass", lambda question: " typed ")
    monkeypatch.setattr("builtins.input", None)
    assert _prompt.asked("?", is_over=lambda: False) == "typed"
