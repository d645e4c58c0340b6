"""
Every way in which a call into the package fails, by name, in a world whose secrets all hold the same word.

The functions stand for the user's own: what they have in their variables is shown, so none of them has a secret there.
"""

import asyncio
import base64
import contextlib
import io
import itertools
import json
import os
import re
import secrets
import signal
import socket
import sys
import tempfile
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

from pydantic import SecretStr

from spotantic_nb import (
    AccessTokenInfo,
    AccountMismatchError,
    AccountsUnreachableError,
    AuthCodeFlowManager,
    AuthCodePKCEFlowManager,
    AuthorizationDeniedError,
    AuthSettings,
    CallbackError,
    CallbackTimeoutError,
    ClientCredentialsFlowManager,
    ConfigurationError,
    InvalidClientError,
    InvalidGrantError,
    LoopbackUnavailableError,
    NotLoggedInError,
    ScopeMissingError,
    Session,
    StateMismatchError,
    TokenStoreError,
    UnsupportedEnvironmentError,
    WebApiError,
)
from spotantic_nb._portal import portal
from spotantic_nb.auth import _http
from spotantic_nb.auth._accounts import whoami
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.auth._flows import PersonalFlowManager, Receiver
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import Placement
from spotantic_nb.auth._prompt import ask_the_person, ask_until_answered
from spotantic_nb.handover import _patience
from spotantic_nb.models import Account
from spotantic_nb.notebook import _front_end
from spotantic_nb.notebook._show import log_in, show_again
from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.sandbox._knobs import TokenFault
from spotantic_nb.scan import KnownSecrets, clear, scan
from spotantic_nb.session import _guards

# No line of source that a traceback shows holds it as it is.
WORD = "planted".upper()
CLIENT_SECRET = f"{WORD}-app-secret"
BASIC = base64.b64encode(f"{Sandbox.client_id}:{CLIENT_SECRET}".encode()).decode()

A_MOMENT = 0.2
"""Seconds after which somebody presses Stop, or gives up waiting."""


def planted() -> str:
    """Return a secret, to lines that a traceback shows with the values of their names."""
    return WORD


def secrets_in(text: str) -> list[str]:
    """Return what stands around each secret in a text."""
    places = [place for word in (WORD, BASIC) for place in range(len(text)) if text.startswith(word, place)]
    return [text[max(0, place - 60) : place + 30] for place in places]


class World:
    """A sandbox with planted secrets, and what is needed to use it; its repr is nobody's business."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.redirect_uri = f"http://127.0.0.1:{probe.getsockname()[1]}/callback"
        self.register(CLIENT_SECRET)

    def register(self, client_secret: str) -> None:
        """Give the app this secret, and no longer the one before."""
        self.sandbox.register_app(
            client_id=Sandbox.client_id, client_secret=client_secret, redirect_uris=[self.redirect_uri]
        )

    def settings(self) -> AuthSettings:
        """Return settings that lead to the sandbox."""
        return AuthSettings(
            _env_file=None,
            client_id=SecretStr(Sandbox.client_id),
            client_secret=SecretStr(CLIENT_SECRET),
            redirect_uri=self.redirect_uri,
            scope="user-top-read",
            store_access_token=True,
            access_token_file_path=self.folder / "token.json",
            accounts_url=self.sandbox.accounts_url,
            api_url=self.sandbox.api_url,
        )

    def signed_in(self, kind: type[PersonalFlowManager] = AuthCodeFlowManager) -> PersonalFlowManager:
        """Return a manager that holds a token."""
        manager = kind(self.settings())
        attempt = manager.begin()
        asyncio.run(manager.complete(attempt, attempt.answer(self.answer(attempt))))
        return manager

    def session(self) -> Session:
        """Return a session that holds a token."""
        session = Session(self.settings(), start=self.folder)
        login = session.login("code", wait=False)
        ScriptedUser().follow(link_of(login))
        session.wait_for(login)  # type: ignore[arg-type]
        return session

    def answer(self, attempt: "AuthorizationAttempt | Login", *, deny: bool = False) -> str:
        """Return the address that this login ends at."""
        return ScriptedUser().answer(attempt.url, decision="cancel" if deny else "accept")

    def receiver(self, visit: Callable[[str], object], *, timeout: float = 30) -> Receiver:
        """Return what a script does, with somebody who does something with the link."""

        def show(line: str) -> None:
            threading.Thread(target=visit, args=(line.rpartition(" ")[2],), daemon=True).start()

        place = Placement("here", "", can_open=False)
        return partial(ask_the_person, callback_timeout=timeout, place=place, show=show)


def link_of(login: Login | None) -> str:
    assert login is not None
    return login.url


@contextlib.contextmanager
def world() -> Iterator[World]:
    """Plant the word in every secret that is drawn, and open a world."""
    numbers = itertools.count()

    def draw(size: int = 32) -> str:
        return f"{WORD}{next(numbers):0>29}{WORD}"  # asyncio shows the two ends of a text

    with (
        mock.patch.object(secrets, "token_urlsafe", draw),
        mock.patch.object(_http, "_BACKOFFS", (0.01, 0.02)),
        mock.patch.object(_patience, "_BACKOFFS", (0.01, 0.02)),
        tempfile.TemporaryDirectory() as folder,
        Sandbox() as sandbox,
    ):
        yield World(sandbox, Path(folder))


Failure = Callable[[World], object]

FAILURES: dict[str, Failure] = {}
"""Every call that fails, by its name."""

KINDS: dict[str, type[BaseException]] = {}
"""What each of them fails with."""


def _failing(kind: type[BaseException], name: str = "") -> Callable[[Failure], Failure]:
    def enter(failure: Failure) -> Failure:
        known_as = name or failure.__name__.replace("_", " ")  # type: ignore[attr-defined]
        FAILURES[known_as], KINDS[known_as] = failure, kind
        return failure

    return enter


# What can be wrong with the token endpoint

Trouble = Callable[[World], object]


def _stop(world: World) -> None:
    world.sandbox.stop()


def _end_the_grant(world: World) -> None:
    world.sandbox.revoke_consent("ada")
    world.sandbox.advance(3600)  # by which a code is over as well


def _change_the_secret(world: World) -> None:
    world.register("another")


def _fault(fault: TokenFault) -> Trouble:
    return lambda world: setattr(world.sandbox.knobs, "token_fault", fault)


TROUBLES: dict[str, tuple[type[BaseException], Trouble]] = {
    "unreachable": (AccountsUnreachableError, _stop),
    "invalid grant": (InvalidGrantError, _end_the_grant),
    "invalid client": (InvalidClientError, _change_the_secret),
    "garbage": (AccountsUnreachableError, _fault("truncated")),
    "status 500": (AccountsUnreachableError, _fault("500_json")),
    "far too much": (AccountsUnreachableError, _fault("oversized")),
    "a redirect": (AccountsUnreachableError, _fault("redirect")),
}


def _refresh(world: World, trouble: Trouble) -> None:
    manager = world.signed_in()
    trouble(world)
    asyncio.run(manager.refresh())


def _exchange(world: World, trouble: Trouble) -> None:
    manager = AuthCodeFlowManager(world.settings())
    attempt = manager.begin()

    async def complete(callbacks: Iterator[str]) -> None:
        trouble(world)
        await manager.complete(attempt, attempt.answer(next(callbacks)))

    asyncio.run(complete(iter([world.answer(attempt)])))


def _client_credentials(world: World, trouble: Trouble) -> None:
    trouble(world)
    asyncio.run(ClientCredentialsFlowManager(world.settings()).authorize())


for _act in (_refresh, _exchange, _client_credentials):
    for _name, (_kind, _trouble) in TROUBLES.items():
        if _act is not _client_credentials or _kind is not InvalidGrantError:
            _failing(_kind, f"{_act.__name__[1:].replace('_', ' ')}, {_name}")(partial(_act, trouble=_trouble))


# An answer that is none


@_failing(AuthorizationDeniedError)
def denied(world: World) -> None:
    manager = AuthCodePKCEFlowManager(world.settings())
    attempt = manager.begin()
    asyncio.run(manager.complete(attempt, attempt.answer(world.answer(attempt, deny=True))))


@_failing(StateMismatchError)
def of_another_login(world: World) -> None:
    manager = AuthCodePKCEFlowManager(world.settings())
    manager.begin().answer(world.answer(manager.begin()))


@_failing(CallbackError)
def at_a_wrong_address(world: World) -> None:
    attempt = AuthCodePKCEFlowManager(world.settings()).begin()
    attempt.answer(world.answer(attempt).replace("callback", "elsewhere")).code()


@_failing(CallbackError)
def with_too_many_fields(world: World) -> None:
    attempt = AuthCodePKCEFlowManager(world.settings()).begin()
    attempt.answer(world.answer(attempt) + "&more=1" * 60)


@_failing(UnicodeEncodeError)
def a_scope_that_is_no_text(world: World) -> None:
    AuthCodePKCEFlowManager(world.settings().model_copy(update={"scope": "\ud800"})).begin()


def _of_another_login(address: str) -> str:
    return re.sub("state=(.)", lambda found: "state=B" if found[1] == "A" else "state=A", address)


@_failing(StateMismatchError)
def pasted_and_wrong(world: World) -> None:
    session = Session(world.settings(), start=world.folder)
    login = session.login("pkce", wait=False)
    try:
        login.offer(_of_another_login(world.answer(login)))  # type: ignore[union-attr, arg-type]
    finally:
        session.cancel()


@_failing(BrokenPipeError)
def pasted_into_a_prompt_that_breaks(world: World) -> None:
    session = Session(world.settings(), start=world.folder)
    login = session.login("pkce", wait=False)

    def getpass(question: str) -> str:
        return _of_another_login(world.answer(login))  # type: ignore[arg-type]

    def show(line: str) -> None:
        if "Copy" not in line:
            raise BrokenPipeError

    try:
        with mock.patch("getpass.getpass", getpass):
            ask_until_answered(login, show=show)  # type: ignore[arg-type]
    finally:
        session.cancel()


# The listener, and the script's way


@_failing(LoopbackUnavailableError)
def port_taken(world: World) -> None:
    manager = AuthCodePKCEFlowManager(world.settings())
    manager.receiver = world.receiver(ScriptedUser().follow)
    with socket.create_server(("127.0.0.1", _port_of(world))):
        asyncio.run(manager.authorize())


@_failing(CallbackTimeoutError)
def nobody_comes_but_rubbish(world: World) -> None:
    manager = AuthCodePKCEFlowManager(world.settings())
    manager.receiver = world.receiver(lambda url: _send_rubbish(world), timeout=A_MOMENT)
    asyncio.run(manager.authorize())


def _send_rubbish(world: World) -> None:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", _port_of(world))) as visitor:
        visitor.sendall(
            f"GET /callback?code={planted()}&state={planted()} HTTP/1.1\r\nHost: elsewhere\r\n\r\n\x00".encode()
        )
        visitor.recv(100)


def _port_of(world: World) -> int:
    return int(world.redirect_uri[17:].partition("/")[0])


@_failing(AuthorizationDeniedError)
def denied_in_the_browser(world: World) -> None:
    manager = AuthCodePKCEFlowManager(world.settings())
    manager.receiver = world.receiver(lambda url: ScriptedUser().follow(url, decision="cancel"))
    asyncio.run(manager.authorize())


@_failing(AccountsUnreachableError)
def authorized_and_not_redeemed(world: World) -> None:
    manager = AuthCodeFlowManager(world.settings())
    manager.receiver = world.receiver(ScriptedUser().follow)
    world.sandbox.knobs.token_fault = "500_json"
    asyncio.run(manager.authorize())


class _Gone(io.StringIO):
    """Standard error whose reader has gone, as that of a closed terminal."""

    def write(self, text: str) -> NoReturn:
        raise BrokenPipeError


_nobody_reads = mock.patch.multiple(sys, **dict.fromkeys(("stderr", "__stderr__", "stdout", "__stdout__"), _Gone()))


@_failing(UnsupportedEnvironmentError)
def nowhere_to_show_the_link(world: World) -> None:
    manager = AuthCodePKCEFlowManager(world.settings())
    with _nobody_reads:
        asyncio.run(manager.authorize())


@contextlib.contextmanager
def _session_of_the_kernel(world: World) -> Iterator[Session]:
    session = Session(world.settings(), start=world.folder)
    Session.use(session)
    try:
        yield session
    finally:
        Session.use(None)


@_failing(UnsupportedEnvironmentError)
def nowhere_to_show_the_link_of_a_session(world: World) -> None:
    with _session_of_the_kernel(world) as session, _nobody_reads:
        session.login("pkce")


@_failing(UnsupportedEnvironmentError)
def nowhere_to_show_the_link_of_a_magic(world: World) -> None:
    options = ["force", "switch_user", "paste", "no_browser"]
    wanted = Namespace(flow="pkce", scope=[], timeout=None, **dict.fromkeys(options, False))
    with _session_of_the_kernel(world), _nobody_reads, mock.patch.object(_front_end, "is_at_a_terminal"):
        log_in(None, wanted)


@_failing(UnsupportedEnvironmentError)
def nowhere_to_show_the_link_again(world: World) -> None:
    with _session_of_the_kernel(world) as session:
        login = session.login("pkce", wait=False)
        with _nobody_reads:
            show_again(None, login)  # type: ignore[arg-type]


# A session


@_failing(AccountsUnreachableError)
def refreshed_by_a_session(world: World) -> None:
    session = world.session()
    world.sandbox.stop()
    session.refresh()


@_failing(AccountsUnreachableError)
def awaited_from_a_session(world: World) -> None:
    session = world.session()
    world.sandbox.stop()
    asyncio.run(session.atoken(refresh=True))


@_failing(AccountsUnreachableError)
def waited_for(world: World) -> None:
    session = Session(world.settings(), start=world.folder)
    login = session.login("code", wait=False)
    world.sandbox.knobs.token_fault = "truncated"
    ScriptedUser().follow(link_of(login))
    session.wait_for(login)  # type: ignore[arg-type]


@_failing(AccountsUnreachableError)
def asked_for_after_a_failed_login(world: World) -> None:
    session = Session(world.settings(), start=world.folder)
    login = session.login("code", wait=False)
    world.sandbox.knobs.token_fault = "truncated"
    ScriptedUser().follow(link_of(login))
    with contextlib.suppress(Exception):
        session.wait_for(login)  # type: ignore[arg-type]
    session.token()


@_failing(AccountsUnreachableError)
def an_app_that_is_refused(world: World) -> None:
    world.sandbox.knobs.token_fault = "500_json"
    Session(world.settings(), start=world.folder).login("client")


@_failing(NotLoggedInError)
def nobody_to_export(world: World) -> None:
    Session(world.settings(), start=world.folder).export_grant()


@_failing(AuthorizationDeniedError)
def an_account_that_is_refused(world: World) -> None:
    token = world.signed_in().access_token_info
    world.sandbox.knobs.allowlisted = False
    portal.run(lambda: whoami(world.sandbox.api_url, token))  # type: ignore[arg-type]


@_failing(AccountsUnreachableError)
def nobody_to_ask_whose_account(world: World) -> None:
    token = world.signed_in().access_token_info
    world.sandbox.stop()
    portal.run(lambda: whoami(world.sandbox.api_url, token))  # type: ignore[arg-type]


# What code needs


def _asked_by_code(session: Session, act: Callable[[str], object]) -> None:
    with mock.patch.object(_guards, "invite", lambda login, _: act(login.url)):
        session.require("playlist-modify-private")


@_failing(ScopeMissingError)
def a_scope_that_is_not_granted(world: World) -> None:
    session = world.session()
    world.sandbox.knobs.reply_scope = "less"
    _asked_by_code(session, lambda url: ScriptedUser().follow(url))


@_failing(AuthorizationDeniedError)
def a_scope_that_is_refused(world: World) -> None:
    _asked_by_code(world.session(), lambda url: ScriptedUser().follow(url, decision="cancel"))


@_failing(UnsupportedEnvironmentError)
def nowhere_to_show_the_link_that_code_needs(world: World) -> None:
    session = world.session()
    with _nobody_reads:
        session.require("playlist-modify-private")


@_failing(AccountMismatchError)
def another_account_than_code_needs(world: World) -> None:
    session = world.session()
    with contextlib.suppress(AccountMismatchError):
        session.require_account("grace")
    session.token()


# Logins of other programs


def _of_spotipy(world: World, held: Session) -> Path:
    """Return a file as spotipy writes it, with the login of this session."""
    token = held.token()
    texts = {name: getattr(token, name).get_secret_value() for name in ("access_token", "refresh_token")}
    file = world.folder / ".cache"
    file.write_text(json.dumps(texts | {"expires_at": 1}))
    return file


@_failing(InvalidGrantError)
def brought_along_from_another_app(world: World) -> None:
    session = world.session()
    file = _of_spotipy(world, session)
    session.logout()
    world.sandbox.revoke_consent("ada")
    session.bring(file)


@_failing(InvalidClientError)
def brought_along_with_a_wrong_secret(world: World) -> None:
    session = world.session()
    file = _of_spotipy(world, session)
    session.logout()
    world.register("another")
    asyncio.run(session.abring(file))


@_failing(TokenStoreError)
def brought_along_and_not_readable(world: World) -> None:
    file = _of_spotipy(world, world.session())
    file.write_text(file.read_text() + WORD)
    Session(world.settings(), start=world.folder).bring(file)


@_failing(AccountsUnreachableError)
def brought_along_by_a_manager(world: World) -> None:
    refresh_token = world.signed_in().access_token_info.refresh_token  # type: ignore[union-attr]
    world.sandbox.knobs.token_fault = "truncated"
    asyncio.run(AuthCodeFlowManager(world.settings()).bring(refresh_token))  # type: ignore[arg-type]


# Files


@_failing(TokenStoreError)
def a_folder_that_is_a_file(world: World) -> None:
    token = world.signed_in().access_token_info
    assert token is not None
    token.store_token(world.folder / "token.json" / "token.json")


@_failing(TokenStoreError)
def a_full_disk(world: World) -> None:
    token = world.signed_in().access_token_info
    assert token is not None
    with mock.patch.object(os, "replace", side_effect=OSError(28, "No space left on device")):
        token.store_token(world.folder / "token.json")


@_failing(KeyboardInterrupt)
def stopped_while_writing(world: World) -> None:
    token = world.signed_in().access_token_info
    assert token is not None
    with mock.patch.object(os, "replace", side_effect=KeyboardInterrupt):
        token.store_token(world.folder / "token.json")


@_failing(TokenStoreError)
def a_broken_file(world: World) -> None:
    world.signed_in()
    file = world.folder / "token.json"
    file.write_text(file.read_text().replace("Bearer", "mac"))
    AccessTokenInfo.load_token(file)


@_failing(TokenStoreError)
def a_symbolic_link(world: World) -> None:
    world.signed_in()
    link = world.folder / "link.json"
    link.symlink_to(world.folder / "token.json")
    AccessTokenInfo.load_token(link)


@_failing(TokenStoreError)
def a_file_that_cannot_be_read(world: World) -> None:
    AccessTokenInfo.load_token(world.folder)


@_failing(KeyboardInterrupt)
def stopped_while_a_login_is_kept(world: World) -> None:
    manager = AuthCodeFlowManager(world.settings())
    attempt = manager.begin()
    with mock.patch.object(os, "replace", side_effect=KeyboardInterrupt):
        asyncio.run(manager.complete(attempt, attempt.answer(world.answer(attempt))))


@_failing(KeyboardInterrupt)
def stopped_while_an_account_is_kept(world: World) -> None:
    manager = world.signed_in()
    token = manager.access_token_info
    assert token is not None
    with mock.patch.object(os, "replace", side_effect=KeyboardInterrupt):
        asyncio.run(manager.remember(Account(id="ada", name="Ada"), token))


@_failing(KeyboardInterrupt)
def stopped_while_a_token_is_read(world: World) -> None:
    world.signed_in()
    with mock.patch.object(AccessTokenInfo, "model_validate_json", side_effect=KeyboardInterrupt):
        Session(world.settings(), start=world.folder).export_grant()


# Notebooks


def _notebook(world: World, text: str) -> Path:
    path = world.folder / "a.ipynb"
    path.write_text(text)
    return path


@_failing(ConfigurationError)
def no_notebook_to_clear(world: World) -> None:
    world.signed_in()
    clear(_notebook(world, f"<<<<<<< {planted()}"))


@_failing(KeyboardInterrupt)
def stopped_while_a_notebook_is_cleared(world: World) -> None:
    world.signed_in()
    path = _notebook(world, json.dumps({"cells": [{"outputs": [{"text": planted() * 2}], "source": planted()}]}))
    with mock.patch.object(os, "replace", side_effect=KeyboardInterrupt):
        clear(path, KnownSecrets({planted() * 2: "client secret"}))


@_failing(KeyboardInterrupt)
def stopped_while_notebooks_are_looked_into(world: World) -> None:
    world.signed_in()
    path = _notebook(world, json.dumps({"cells": [{"source": planted()}]}))
    with mock.patch.object(KnownSecrets, "kinds_in", side_effect=KeyboardInterrupt):
        scan([path])


# Settings


def _dotenv(world: World, *lines: str) -> None:
    text = "\n".join([f"SPOTANTIC_AUTH_CLIENT_SECRET={planted()}", f"SPOTANTIC_AUTH_REFRESH_TOKEN={planted()}", *lines])
    (world.folder / ".env").write_text(text, encoding="latin-1")


@_failing(ConfigurationError)
def malformed_arguments(world: World) -> None:
    AuthSettings(_env_file=None, client_secret=planted(), refresh_token=planted(), callback_timeout="soon")


@_failing(ConfigurationError)
def a_malformed_variable(world: World) -> None:
    with mock.patch.dict(
        os.environ, {"SPOTANTIC_AUTH_CLIENT_SECRET": planted(), "SPOTANTIC_AUTH_CALLBACK_TIMEOUT": "soon"}
    ):
        AuthSettings(_env_file=None)


@_failing(ConfigurationError)
def a_malformed_env_file(world: World) -> None:
    _dotenv(world, "SPOTANTIC_AUTH_CALLBACK_TIMEOUT=soon")
    AuthSettings(_env_file=world.folder / ".env")


@_failing(ConfigurationError)
def an_env_file_that_is_no_text(world: World) -> None:
    _dotenv(world, "SPOTANTIC_AUTH_SCOPE=\xe9")
    AuthSettings(_env_file=world.folder / ".env")


@_failing(ConfigurationError)
def a_session_with_malformed_settings(world: World) -> None:
    _dotenv(world, "SPOTANTIC_AUTH_CALLBACK_TIMEOUT=soon")
    Session(start=world.folder).token()


# The lists of the Web API


@_failing(WebApiError)
def items_that_are_refused(world: World) -> None:
    list(world.session().items("/me/tracks"))


@_failing(WebApiError)
def items_without_a_reply(world: World) -> None:
    items = world.session().items("/me/top/tracks")
    world.sandbox.stop()
    list(items)


@_failing(InvalidGrantError)
def items_of_a_login_that_is_over(world: World) -> None:
    items = world.session().items("/me/top/tracks")
    _end_the_grant(world)
    list(items)


# Stop, and what nobody expects


@contextlib.contextmanager
def _stop_soon(world: World) -> Iterator[None]:
    """Have Ctrl-C pressed while a token request is on its way."""
    world.sandbox.knobs.token_delay = 3 * A_MOMENT
    me = threading.get_ident()
    timer = threading.Timer(A_MOMENT, lambda: signal.pthread_kill(me, signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@_failing(KeyboardInterrupt)
def a_session_stopped_in_a_refresh(world: World) -> None:
    session = world.session()
    with _stop_soon(world):
        session.refresh()


@_failing(KeyboardInterrupt)
def a_script_stopped_in_an_exchange(world: World) -> None:
    manager = AuthCodeFlowManager(world.settings())
    attempt = manager.begin()
    with _stop_soon(world):
        asyncio.run(manager.complete(attempt, attempt.answer(world.answer(attempt))))


@_failing(TimeoutError)
def cancelled_in_an_exchange(world: World) -> None:
    manager = AuthCodeFlowManager(world.settings())
    attempt = manager.begin()
    world.sandbox.knobs.token_delay = 2 * A_MOMENT
    asyncio.run(asyncio.wait_for(manager.complete(attempt, attempt.answer(world.answer(attempt))), A_MOMENT))


async def _break(body: Any) -> NoReturn:
    raise ZeroDivisionError


@_failing(ZeroDivisionError)
def a_fault_of_our_own(world: World) -> None:
    manager = AuthCodeFlowManager(world.settings())
    attempt = manager.begin()
    with mock.patch.object(_http, "_bounded_body", _break):
        asyncio.run(manager.complete(attempt, attempt.answer(world.answer(attempt))))
