"""The three managers against the sandbox, over real sockets: each way a login or a refresh can go."""

import asyncio
import dataclasses
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from pydantic import SecretStr

from spotantic_nb import (
    AccessTokenInfo,
    AccessTokenRequestBody,
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
    StateMismatchError,
    TokenExpiredError,
)
from spotantic_nb.auth import _base, _file_store
from spotantic_nb.auth._attempt import Answer, AuthorizationAttempt
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.auth._flows import PersonalFlowManager
from spotantic_nb.auth._placement import guessed
from spotantic_nb.auth._prompt import ask_the_person
from spotantic_nb.models import Account
from spotantic_nb.sandbox import Sandbox, ScriptedUser

PERSONAL = [AuthCodeFlowManager, AuthCodePKCEFlowManager]
HERE = guessed({}, ())
ADA = Account(id="ada", name="Ada Fjordmark")
MakeManager = Callable[..., PersonalFlowManager]


class Person:
    """A script's receiver, with a person who follows the link it shows."""

    def __init__(
        self, act: Callable[[str], object] = lambda url: ScriptedUser().follow(url), timeout: float = 30
    ) -> None:
        self._act = act
        self._timeout = timeout
        self._acting: asyncio.Task[object] | None = None

    async def __call__(self, attempt: AuthorizationAttempt) -> Answer:
        answer = await ask_the_person(attempt, place=HERE, callback_timeout=self._timeout, show=self._follow)
        assert self._acting is not None
        await self._acting
        return answer

    def _follow(self, line: str) -> None:
        url = line.removeprefix("Log in to Spotify: ")
        self._acting = asyncio.get_running_loop().create_task(asyncio.to_thread(self._act, url))


@pytest.fixture(params=PERSONAL, ids=lambda kind: kind.flow)
def make(request: pytest.FixtureRequest, settings: AuthSettings) -> MakeManager:
    """Make a manager of each flow with a person, who agrees unless told otherwise."""

    def make_manager(person: Person | None = None, **changed: object) -> PersonalFlowManager:
        manager: PersonalFlowManager = request.param(settings.model_copy(update=changed))
        manager.receiver = person or Person()
        return manager

    return make_manager


async def test_a_login_brings_a_token_with_what_belongs_to_it(make: MakeManager) -> None:
    manager = make()
    await manager.authorize()
    token = await manager.get_valid_access_token()
    assert token.scopes == {"user-top-read", "playlist-read-private"}
    assert token.refresh_token is not None
    assert token.authorized_at is not None


async def test_every_login_sends_state_and_an_s256_challenge(make: MakeManager, sandbox: Sandbox) -> None:
    sent = dict(parse_qsl(urlsplit(make().begin().url).query))
    assert sent["code_challenge_method"] == "S256"
    assert len(sent["code_challenge"]) == len(sent["state"]) == 43


async def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one(make: MakeManager) -> None:
    manager = make()
    await manager.authorize()
    first = await manager.get_valid_access_token()
    await manager.refresh()
    await manager.refresh()
    second = await manager.get_valid_access_token()
    assert second.access_token != first.access_token
    assert (second.refresh_token, second.authorized_at) == (first.refresh_token, first.authorized_at)


@pytest.mark.parametrize("policy", ["rotate", "family"])
async def test_a_rotated_refresh_token_replaces_the_old_one(make: MakeManager, sandbox: Sandbox, policy: str) -> None:
    sandbox.knobs.refresh_policy = policy
    manager = make()
    await manager.authorize()
    first = await manager.get_valid_access_token()
    await manager.refresh()
    await manager.refresh()
    assert (await manager.get_valid_access_token()).refresh_token != first.refresh_token


async def test_a_denied_login_says_so(make: MakeManager, port: int) -> None:
    manager = make(Person(lambda url: ScriptedUser().follow(url, decision="cancel")))
    with pytest.raises(AuthorizationDeniedError, match="cancelled on Spotify's page"):
        await manager.authorize()
    assert_free(port)


async def test_an_answer_with_a_wrong_state_is_refused_and_the_login_goes_on(
    make: MakeManager, sandbox: Sandbox
) -> None:
    seen = []

    def meddle_first(url: str) -> None:
        sandbox.knobs.redirect_state = "altered"
        seen.append(ScriptedUser().follow(url).status_code)
        sandbox.knobs.redirect_state = "kept"
        seen.append(ScriptedUser().follow(url).status_code)

    manager = make(Person(meddle_first))
    await manager.authorize()
    assert seen == [400, 200]


async def test_completing_with_an_answer_to_another_attempt_is_a_state_mismatch(make: MakeManager) -> None:
    manager = make()
    other = ScriptedUser().answer(manager.begin().url)
    with pytest.raises(StateMismatchError):
        manager.begin().answer(other)
    assert manager.access_token_info is None


async def test_a_code_that_was_used_is_an_invalid_grant(make: MakeManager) -> None:
    manager = make()
    attempt = manager.begin()
    callback = ScriptedUser().answer(attempt.url)
    await manager.complete(attempt, attempt.answer(callback))
    with pytest.raises(InvalidGrantError, match="log in again and follow the new link"):
        await manager.complete(attempt, attempt.answer(callback))


async def test_a_code_that_is_too_old_is_an_invalid_grant(make: MakeManager, sandbox: Sandbox) -> None:
    manager = make()
    attempt = manager.begin()
    callback = ScriptedUser().answer(attempt.url)
    sandbox.advance(sandbox.knobs.code_lifetime + 1)
    with pytest.raises(InvalidGrantError):
        await manager.complete(attempt, attempt.answer(callback))


async def test_a_wrong_verifier_is_an_invalid_grant(make: MakeManager) -> None:
    manager = make()
    attempt = manager.begin()
    forged = dataclasses.replace(attempt, verifier="x" * 43)
    with pytest.raises(InvalidGrantError):
        await manager.complete(forged, forged.answer(ScriptedUser().answer(attempt.url)))


async def test_a_refused_code_is_sent_once(make: MakeManager, sandbox: Sandbox) -> None:
    sandbox.knobs.token_fault = "503_text"
    manager = make()
    with pytest.raises(AccountsUnreachableError):
        await manager.authorize()
    assert [request.path for request in sandbox.requests].count("/api/token") == 1


async def test_an_unknown_client_is_told_apart_from_a_bad_grant(make: MakeManager) -> None:
    manager = make()
    attempt = manager.begin()
    callback = ScriptedUser().answer(attempt.url)
    stranger = make(client_id=SecretStr("0" * 32))
    with pytest.raises(InvalidClientError, match="SPOTANTIC_AUTH_CLIENT_ID"):
        await stranger.complete(attempt, attempt.answer(callback))


async def test_no_answer_is_a_timeout_that_names_the_likely_cause(make: MakeManager, port: int) -> None:
    manager = make(Person(lambda url: None, timeout=0.2))
    with pytest.raises(CallbackTimeoutError, match="compare client id and redirect URI"):
        await manager.authorize()
    assert_free(port)


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
    assert_free(port)


async def test_a_finished_login_frees_the_port(make: MakeManager, port: int) -> None:
    await make().authorize()
    assert_free(port)


async def test_a_withdrawn_consent_is_an_invalid_grant_and_the_token_is_kept(
    make: MakeManager, sandbox: Sandbox
) -> None:
    manager = make()
    await manager.authorize()
    held = await manager.get_valid_access_token()
    sandbox.revoke_consent("ada")
    with pytest.raises(InvalidGrantError, match="log in again"):
        await manager.refresh()
    kept = await manager.get_valid_access_token()
    assert (kept.access_token, kept.refresh_token) == (held.access_token, held.refresh_token)
    assert kept.ended_at is not None


@pytest.mark.parametrize(
    "fault",
    [
        "429",
        "429_long",
        "429_bare",
        "500_json",
        "502_html",
        "503_text",
        "504",
        "truncated",
        "html_200",
        "oversized",
        "redirect",
    ],
)
async def test_a_fault_of_the_service_leaves_the_token_alone(make: MakeManager, sandbox: Sandbox, fault: str) -> None:
    manager = make()
    await manager.authorize()
    held = manager.access_token_info
    sandbox.knobs.token_fault = fault
    with pytest.raises(AccountsUnreachableError):
        await manager.refresh()
    assert manager.access_token_info is held
    sandbox.knobs.token_fault = None
    await manager.refresh()


async def test_a_service_that_is_not_there_is_unreachable(make: MakeManager, sandbox: Sandbox) -> None:
    manager = make()
    await manager.authorize()
    sandbox.stop()
    with pytest.raises(AccountsUnreachableError, match="refused the connection: nothing listens there"):
        await manager.refresh()


async def test_an_expired_token_is_not_handed_out_unless_it_may_be_renewed(
    settings: AuthSettings, sandbox: Sandbox
) -> None:
    sandbox.knobs.access_lifetime = 1
    strict = AuthCodePKCEFlowManager(settings)
    strict.receiver = Person()
    await strict.authorize()
    with pytest.raises(TokenExpiredError, match="allow_lazy_refresh=True"):
        await strict.get_valid_access_token()
    sandbox.knobs.access_lifetime = 3600
    lazy = AuthCodePKCEFlowManager(settings, strict.access_token_info, allow_lazy_refresh=True)
    assert not (await lazy.get_valid_access_token()).is_expired()


async def test_callers_who_find_the_token_expired_together_cause_one_request(
    settings: AuthSettings, sandbox: Sandbox
) -> None:
    sandbox.knobs.access_lifetime = 1
    manager = AuthCodePKCEFlowManager(settings, allow_lazy_refresh=True)
    manager.receiver = Person()
    await manager.authorize()
    sandbox.knobs.access_lifetime, sandbox.knobs.refresh_policy = 3600, "family"
    tokens = await asyncio.gather(*(manager.get_valid_access_token() for _ in range(20)))
    assert len({token.access_token for token in tokens}) == 1
    assert [request.path for request in sandbox.requests].count("/api/token") == 2


async def test_two_managers_on_one_file_adopt_each_others_refresh(settings: AuthSettings, sandbox: Sandbox) -> None:
    settings = settings.model_copy(update={"store_access_token": True})
    sandbox.knobs.refresh_policy = "family"
    first, second = AuthCodePKCEFlowManager(settings), AuthCodePKCEFlowManager(settings)
    first.receiver = Person()
    await first.authorize()
    assert second.access_token_info is not None
    await first.refresh()
    await second.refresh()
    assert first.access_token_info is not None
    assert second.access_token_info.access_token == first.access_token_info.access_token


class SlowAccounts:
    """An accounts service whose answer comes when the test says so."""

    def __init__(self) -> None:
        self.was_asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def request_token(self, body: AccessTokenRequestBody, **_: object) -> AccessTokenInfo:
        self.was_asked.set()
        await self.may_answer.wait()
        return AccessTokenInfo(access_token=SecretStr("new"), token_type="Bearer", expires_in=7200)


async def test_a_cancellation_does_not_come_between_the_question_and_the_disk(settings: AuthSettings) -> None:
    manager = AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True}))
    manager.receiver = Person()
    await manager.authorize()
    manager.accounts = slow = SlowAccounts()
    refresh = asyncio.create_task(manager.refresh())
    await slow.was_asked.wait()
    refresh.cancel()
    await asyncio.wait([refresh], timeout=0)
    refresh.cancel()
    slow.may_answer.set()
    with pytest.raises(asyncio.CancelledError):
        await refresh
    stored = manager.store.load()
    assert stored is not None
    assert stored.access_token.get_secret_value() == "new"


class SomebodyElse:
    """An accounts service, and somebody who does something while it is asked."""

    def __init__(self, manager: PersonalFlowManager, act: Callable[[], object]) -> None:
        self._accounts, self._act = manager.accounts, act

    async def request_token(self, body: AccessTokenRequestBody, **options: object) -> AccessTokenInfo:
        self._act()
        return await self._accounts.request_token(body, **options)  # type: ignore[arg-type]


@pytest.fixture
async def stored(settings: AuthSettings) -> AuthCodePKCEFlowManager:
    """A manager of a person who is logged in, with the token in a file."""
    manager = AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True}))
    manager.receiver = Person()
    await manager.authorize()
    return manager


@pytest.mark.parametrize("answer", ["renewed", "refused"])
async def test_a_token_that_is_removed_during_its_refresh_stays_removed(
    stored: AuthCodePKCEFlowManager, sandbox: Sandbox, answer: str
) -> None:
    if answer == "refused":
        sandbox.revoke_consent("ada")
    stored.accounts = SomebodyElse(stored, stored.store.clear)  # type: ignore[assignment]
    with pytest.raises(NotLoggedInError, match="removed meanwhile"):
        await stored.refresh()
    assert (stored.store.load(), stored.access_token_info) == (None, None)


async def test_a_token_held_from_before_a_log_out_is_not_renewed(
    stored: AuthCodePKCEFlowManager, settings: AuthSettings, sandbox: Sandbox
) -> None:
    AuthCodePKCEFlowManager(stored.auth_settings).store.clear()
    before = len(sandbox.requests)
    with pytest.raises(NotLoggedInError, match="removed meanwhile"):
        await stored.refresh()
    assert (len(sandbox.requests), stored.store.load()) == (before, None)


async def test_an_account_is_stored_with_what_another_kernel_obtained_meanwhile(
    stored: AuthCodePKCEFlowManager, sandbox: Sandbox
) -> None:
    sandbox.knobs.refresh_policy = "rotate"
    token = await stored.get_valid_access_token()
    other = AuthCodePKCEFlowManager(stored.auth_settings)
    await other.refresh()
    await stored.remember(ADA, token)
    kept, newest = stored.store.load(), await other.get_valid_access_token()
    assert kept is not None
    assert (kept.account, kept.refresh_token) == (ADA, newest.refresh_token)


async def test_an_account_is_not_stored_with_the_token_of_another_consent(
    stored: AuthCodePKCEFlowManager,
) -> None:
    token = await stored.get_valid_access_token()
    other = AuthCodePKCEFlowManager(stored.auth_settings)
    other.receiver = Person(lambda url: ScriptedUser("grace").follow(url))
    await other.authorize()
    await stored.remember(ADA, token)
    kept = stored.store.load()
    assert kept is not None
    assert kept.account is None


async def test_two_flows_of_bare_managers_share_one_path_without_touching_each_other(
    stored: AuthCodePKCEFlowManager,
) -> None:
    catalogue = ClientCredentialsFlowManager(stored.auth_settings)
    assert catalogue.access_token_info is None
    await catalogue.authorize()
    again = AuthCodePKCEFlowManager(stored.auth_settings)
    assert again.access_token_info == await stored.get_valid_access_token()
    assert AuthCodeFlowManager(stored.auth_settings).access_token_info is None


async def test_the_bare_managers_store_only_when_told_to(settings: AuthSettings, project: Path) -> None:
    quiet = AuthCodePKCEFlowManager(settings)
    quiet.receiver = Person()
    await quiet.authorize()
    assert not (project / ".token_info_cache").exists()
    storing = AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True}))
    storing.receiver = Person()
    await storing.authorize()
    assert (project / ".token_info_cache").exists()


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope"])
def test_a_missing_setting_is_named_before_anything_is_sent(make: MakeManager, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"SPOTANTIC_AUTH_{name.upper()}"):
        make(**{name: None}).begin()


def test_the_code_flow_needs_the_client_secret(settings: AuthSettings) -> None:
    manager = AuthCodeFlowManager(settings.model_copy(update={"client_secret": None}))
    with pytest.raises(ConfigurationError, match="SPOTANTIC_AUTH_CLIENT_SECRET"):
        manager.begin()


async def test_refreshing_before_a_login_is_not_logged_in(make: MakeManager) -> None:
    with pytest.raises(NotLoggedInError):
        await make().refresh()


async def test_client_credentials_need_no_person_and_renew_themselves(settings: AuthSettings, sandbox: Sandbox) -> None:
    sandbox.knobs.access_lifetime = 1
    manager = ClientCredentialsFlowManager(settings)
    await manager.authorize()
    sandbox.knobs.access_lifetime = 3600
    token = await manager.get_valid_access_token()
    assert not token.is_expired()
    assert token.refresh_token is None


async def test_client_credentials_with_a_wrong_secret_are_an_invalid_client(settings: AuthSettings) -> None:
    manager = ClientCredentialsFlowManager(settings.model_copy(update={"client_secret": SecretStr("wrong")}))
    with pytest.raises(InvalidClientError):
        await manager.authorize()


async def test_a_code_in_the_wrong_shape_never_leaves_this_machine(make: MakeManager, sandbox: Sandbox) -> None:
    manager = make()
    attempt = manager.begin()
    query = urlencode({"code": "AQ", "state": attempt.state[::-1]})
    with pytest.raises(StateMismatchError):
        await manager.complete(attempt, attempt.answer(f"{attempt.redirect_uri}?{query}"))
    assert not [request for request in sandbox.requests if request.path == "/api/token"]


@pytest.mark.parametrize("code", ["AQ...B", "AQ>B", "AQ\u2026B", "AQ\x00B", ""])
async def test_a_damaged_code_never_leaves_this_machine(make: MakeManager, sandbox: Sandbox, code: str) -> None:
    manager = make()
    attempt = manager.begin()
    query = urlencode({"code": code, "state": attempt.state})
    with pytest.raises(CallbackError):
        await manager.complete(attempt, attempt.answer(f"{attempt.redirect_uri}?{query}"))
    assert not [request for request in sandbox.requests if request.path == "/api/token"]


def assert_free(port: int) -> None:
    """Listen on a port, which fails where somebody else still does."""
    socket.create_server(("127.0.0.1", port)).close()


@pytest.fixture
async def lazy(settings: AuthSettings, sandbox: Sandbox) -> AuthCodePKCEFlowManager:
    """A manager with a file, that is logged in with a token that is over."""
    sandbox.knobs.access_lifetime = 1
    manager = AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True}), allow_lazy_refresh=True)
    manager.receiver = Person()
    await manager.authorize()
    sandbox.knobs.access_lifetime = 3600
    return manager


def token_requests(sandbox: Sandbox) -> int:
    return [request.path for request in sandbox.requests].count("/api/token")


async def test_once_a_consent_has_ended_nobody_asks_again_unless_told_to(
    lazy: AuthCodePKCEFlowManager, sandbox: Sandbox
) -> None:
    sandbox.revoke_consent("ada")
    results = await asyncio.gather(*(lazy.get_valid_access_token() for _ in range(10)), return_exceptions=True)
    assert {type(result) for result in results} == {InvalidGrantError}
    assert token_requests(sandbox) == 2
    with pytest.raises(InvalidGrantError):
        await lazy.refresh()
    assert token_requests(sandbox) == 3


async def test_an_ended_record_is_replaced_by_the_next_login(lazy: AuthCodePKCEFlowManager, sandbox: Sandbox) -> None:
    sandbox.revoke_consent("ada")
    with pytest.raises(InvalidGrantError):
        await lazy.get_valid_access_token()
    await lazy.authorize()
    assert (await lazy.get_valid_access_token()).ended_at is None


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


async def test_an_idle_manager_notices_what_another_one_did(
    lazy: AuthCodePKCEFlowManager, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "_LOOK_AGAIN", 0)
    await lazy.refresh()
    other = AuthCodePKCEFlowManager(lazy.auth_settings)
    await other.refresh()
    assert (await lazy.get_valid_access_token()) == other.access_token_info
    other.store.clear()
    with pytest.raises(NotLoggedInError):
        await lazy.get_valid_access_token()


async def test_a_token_that_another_kernel_renewed_between_two_lines_is_taken_as_it_is(
    lazy: AuthCodePKCEFlowManager, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = lazy.access_token_info
    assert renewed is not None
    renewed = renewed.model_copy(update={"expires_at": datetime.now(UTC) + timedelta(hours=1)})
    held = AuthCodePKCEFlowManager._held

    def held_a_moment_later(manager: AuthCodePKCEFlowManager) -> AccessTokenInfo:
        FileTokenStore(manager.auth_settings.access_token_file_path).save(renewed)
        return held(manager)

    monkeypatch.setattr(AuthCodePKCEFlowManager, "_held", held_a_moment_later)
    before = token_requests(sandbox)
    assert (await lazy.get_valid_access_token()).expires_at == renewed.expires_at
    assert token_requests(sandbox) == before


async def test_a_fresh_token_is_handed_out_with_at_most_one_look_a_second(
    lazy: AuthCodePKCEFlowManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []
    await lazy.refresh()
    monkeypatch.setattr(_file_store, "version_of", looks.append)
    for _ in range(1000):
        await lazy.get_valid_access_token()
    assert len(looks) <= 2


async def test_a_token_that_is_handed_in_counts_before_the_stored_one(
    lazy: AuthCodePKCEFlowManager, settings: AuthSettings
) -> None:
    given = AccessTokenInfo(access_token=SecretStr("given"), token_type="Bearer", expires_in=3600)
    manager = AuthCodePKCEFlowManager(lazy.auth_settings, given)
    assert await manager.get_valid_access_token() is given


async def test_a_token_of_another_service_is_not_used_and_never_sent(
    lazy: AuthCodePKCEFlowManager, sandbox: Sandbox
) -> None:
    before = token_requests(sandbox)
    lazy.store.save((await lazy.get_valid_access_token()).model_copy(update={"issuer": "https://accounts.spotify.com"}))
    other = AuthCodePKCEFlowManager(lazy.auth_settings, allow_lazy_refresh=True)
    with pytest.raises(NotLoggedInError):
        await other.refresh()
    assert token_requests(sandbox) == before + 1


def test_threads_with_loops_of_their_own_cause_one_request(settings: AuthSettings, sandbox: Sandbox) -> None:
    settings = settings.model_copy(update={"store_access_token": True})
    first = AuthCodePKCEFlowManager(settings)
    attempt = first.begin()
    sandbox.knobs.access_lifetime = 1
    asyncio.run(first.complete(attempt, attempt.answer(ScriptedUser().answer(attempt.url))))
    sandbox.knobs.access_lifetime, sandbox.knobs.refresh_policy = 3600, "family"

    def kernel(_: int) -> str:
        manager = AuthCodePKCEFlowManager(settings, allow_lazy_refresh=True)
        return asyncio.run(manager.get_valid_access_token()).access_token.get_secret_value()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(kernel, range(8)))) == 1
    assert token_requests(sandbox) == 2
