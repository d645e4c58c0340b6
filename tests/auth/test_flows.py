"""The three managers against the sandbox, over real sockets: each way a login can go."""

import dataclasses
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from kernels import is_free
from logins import MakeManager, Person
from pydantic import SecretStr

from spotantic_nb import (
    AccountsUnreachableError,
    AuthCodeFlowManager,
    AuthCodePKCEFlowManager,
    AuthorizationDeniedError,
    AuthSettings,
    CallbackError,
    ClientCredentialsFlowManager,
    ConfigurationError,
    InvalidClientError,
    InvalidGrantError,
    StateMismatchError,
)
from spotantic_nb.models import Account
from spotantic_nb.sandbox import Sandbox, ScriptedUser

ADA = Account(id="ada", name="Ada Fjordmark")


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


async def test_a_denied_login_says_so(make: MakeManager, port: int) -> None:
    manager = make(Person(lambda url: ScriptedUser().follow(url, decision="cancel")))
    with pytest.raises(AuthorizationDeniedError, match="cancelled on Spotify's page"):
        await manager.authorize()
    assert is_free(port)


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


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope"])
def test_a_missing_setting_is_named_before_anything_is_sent(make: MakeManager, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"SPOTANTIC_AUTH_{name.upper()}"):
        make(**{name: None}).begin()


def test_the_code_flow_needs_the_client_secret(settings: AuthSettings) -> None:
    manager = AuthCodeFlowManager(settings.model_copy(update={"client_secret": None}))
    with pytest.raises(ConfigurationError, match="SPOTANTIC_AUTH_CLIENT_SECRET"):
        manager.begin()


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
