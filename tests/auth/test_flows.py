"""The three managers against the sandbox, over real sockets: each way a login can go."""

import asyncio
import dataclasses
import logging
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from attempts import CODE
from kernels import is_free
from logins import MakeManager, Person, fields_of, sign_in, token_requests, tokens_of
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
from spotantic_nb.auth._attempt import challenge_of
from spotantic_nb.auth._flows import PersonalFlowManager
from spotantic_nb.models import Account
from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.sandbox._knobs import Iss

ADA = Account(id="ada", name="Ada Fjordmark")


async def test_a_login_brings_a_token_with_what_belongs_to_it(make: MakeManager) -> None:
    manager = make()
    await manager.authorize()
    token = await manager.get_valid_access_token()
    assert token.scopes == {"user-top-read", "playlist-read-private"}
    assert token.refresh_token is not None
    assert token.authorized_at is not None


@pytest.mark.rule(1, 2)
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


@pytest.mark.rule(2)
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


@pytest.mark.rule(1)
async def test_every_personal_login_is_bound_to_a_verifier(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """RFC 9700, 2.1.1: also with a client secret."""
    attempt = await sign_in(manager)
    asked = fields_of(attempt.url)
    assert (asked["code_challenge_method"], asked["code_challenge"]) == ("S256", challenge_of(attempt.verifier))
    assert sandbox.requests[-1].form["code_verifier"] == "***"


@pytest.mark.rule(1)
def test_each_attempt_has_a_verifier_of_its_own(manager: PersonalFlowManager) -> None:
    """RFC 7636, 4.1 and 7.1."""
    verifiers = {manager.begin().verifier for _ in range(20)}
    assert len(verifiers) == 20
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier) for verifier in verifiers)


@pytest.mark.rule(2)
@pytest.mark.parametrize(
    "wrong", [{"state": "w" * 43}, {"state": "wrong"}, {"state": ""}, {"error": "access_denied", "state": "w" * 43}]
)
async def test_an_unknown_state_causes_no_token_request(
    manager: PersonalFlowManager, sandbox: Sandbox, wrong: dict[str, str]
) -> None:
    """RFC 9700, 4.7."""
    attempt = manager.begin()
    with pytest.raises((StateMismatchError, CallbackError)):
        await manager.complete(attempt, attempt.answer(f"{attempt.redirect_uri}?{urlencode({'code': CODE} | wrong)}"))
    assert token_requests(sandbox) == 0


@pytest.mark.rule(12)
@pytest.mark.parametrize("place", ["", "/", "/callback", "/a%20b/c", "/callback?app=1"])
async def test_both_endpoints_are_told_the_same_redirect_uri(
    settings: AuthSettings, sandbox: Sandbox, port: int, place: str
) -> None:
    """RFC 6749, 4.1.3."""
    uri = f"http://127.0.0.1:{port}{place}"
    sandbox.register_app(client_id=sandbox.client_id, client_secret=sandbox.client_secret, redirect_uris=[uri])
    await sign_in(AuthCodePKCEFlowManager(settings.model_copy(update={"redirect_uri": uri})))
    [asked] = [request.query for request in sandbox.requests if request.method == "GET"]
    assert asked["redirect_uri"] == sandbox.requests[-1].form["redirect_uri"] == uri


@pytest.mark.rule(13)
@pytest.mark.parametrize("iss", ["absent", "right"])
async def test_an_answer_may_name_its_issuer_and_need_not(
    manager: PersonalFlowManager, sandbox: Sandbox, iss: Iss
) -> None:
    """RFC 9207, 2.4."""
    sandbox.knobs.iss = iss
    await sign_in(manager)
    assert manager.access_token_info is not None


@pytest.mark.rule(13)
async def test_an_answer_of_another_issuer_is_refused(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """RFC 9207, 2.4."""
    sandbox.knobs.iss = "wrong"
    with pytest.raises(CallbackError, match="another accounts service"):
        await sign_in(manager)
    assert token_requests(sandbox) == 0


@pytest.mark.rule(14)
def test_an_attempt_knows_its_issuer(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """RFC 9700, 4.4."""
    assert manager.begin().issuer == sandbox.accounts_url


@pytest.mark.rule(15)
async def test_a_token_request_is_not_redirected(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """RFC 9700, 4.12."""
    sandbox.knobs.token_fault = "redirect"
    with pytest.raises(AccountsUnreachableError):
        await sign_in(manager)
    assert "/api/elsewhere" not in {request.path for request in sandbox.requests}


@pytest.mark.rule(16)
async def test_no_secret_is_part_of_an_address(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """RFC 9700, 4.3.2; RFC 6750, 5.3."""
    await sign_in(manager)
    await manager.refresh()
    assert [request.query for request in sandbox.requests if request.path == "/api/token"] == [{}, {}]
    assert not {"client_secret", "code_verifier", "refresh_token"} & set(fields_of(manager.begin().url))


@pytest.mark.rule(16)
async def test_no_log_holds_a_secret(
    manager: PersonalFlowManager, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """RFC 9700, 4.3: not ours, and not the logs of the libraries that carry it."""
    caplog.set_level(logging.DEBUG)
    attempt = manager.begin()
    callback = await asyncio.to_thread(ScriptedUser().answer, attempt.url)
    caplog.clear()  # the browser's own requests are none of ours
    await manager.complete(attempt, attempt.answer(callback))
    secrets_of_it = {attempt.verifier, attempt.answer(callback).code(), *tokens_of(manager), sandbox.client_secret}
    await manager.refresh()
    written = "\n".join(record.getMessage() for record in caplog.records)
    assert not [secret for secret in secrets_of_it | tokens_of(manager) if secret in written]


@pytest.mark.rule(16)
async def test_no_text_of_an_object_holds_a_secret(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """RFC 9700, 4.3."""
    attempt = await sign_in(manager)
    objects = [attempt, manager, manager.access_token_info, manager.auth_settings, manager.store, manager.accounts]
    shown = "".join(f"{thing!r}{thing}" for thing in objects)
    hidden = {attempt.state, attempt.verifier, *tokens_of(manager), sandbox.client_secret, sandbox.client_id}
    assert not [secret for secret in hidden if secret in shown]


@pytest.mark.rule(22)
async def test_an_apps_own_token_has_nobodys_data(settings: AuthSettings, sandbox: Sandbox) -> None:
    """RFC 6749, 4.4.3."""
    manager = ClientCredentialsFlowManager(settings)
    await manager.authorize()
    token = await manager.get_valid_access_token()
    assert (token.refresh_token, token.scopes, token.account) == (None, frozenset(), None)
    assert sandbox.requests[-1].authorization == "Basic ***"
    assert set(sandbox.requests[-1].form) == {"grant_type"}
    async with httpx.AsyncClient(trust_env=False, headers=token.get_authorization_header()) as client:
        assert (await client.get(f"{sandbox.api_url}/me")).status_code >= 400


@pytest.mark.rule(23)
def test_exactly_the_scopes_wished_for_are_asked_for(manager: PersonalFlowManager) -> None:
    """RFC 9700, 2.3."""
    assert fields_of(manager.begin().url)["scope"] == "user-top-read playlist-read-private"


@pytest.mark.rule(24)
async def test_who_switches_the_account_is_asked_again(settings: AuthSettings, sandbox: Sandbox) -> None:
    """RFC 9700, 4.2: the browser's own session would decide silently otherwise."""
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
