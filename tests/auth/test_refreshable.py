"""Refreshing against the sandbox: what is kept, what is replaced, and who is not asked again."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from logins import MakeManager, Person, nobody_answers, sign_in, token_requests
from pydantic import SecretStr

from spotantic_nb import (
    AccessTokenInfo,
    AccessTokenRequestBody,
    AccountsUnreachableError,
    AuthCodePKCEFlowManager,
    AuthSettings,
    InvalidGrantError,
    NotLoggedInError,
    TokenExpiredError,
)
from spotantic_nb.auth._flows import PersonalFlowManager
from spotantic_nb.sandbox import Sandbox
from spotantic_nb.sandbox._knobs import RefreshPolicy, ReplyRefreshToken


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
    refused = "refused the connection: nothing listens there"
    with nobody_answers(sandbox), pytest.raises(AccountsUnreachableError, match=refused):
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


class SomebodyElse:
    """An accounts service, and somebody who does something while it is asked."""

    def __init__(self, manager: PersonalFlowManager, act: Callable[[], object]) -> None:
        self._accounts, self._act = manager.accounts, act

    async def request_token(self, body: AccessTokenRequestBody, **options: object) -> AccessTokenInfo:
        self._act()
        return await self._accounts.request_token(body, **options)  # type: ignore[arg-type]


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


async def test_refreshing_before_a_login_is_not_logged_in(make: MakeManager) -> None:
    with pytest.raises(NotLoggedInError):
        await make().refresh()


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


@pytest.mark.rule(19)
@pytest.mark.parametrize("reply", ["absent", "null", "empty"])
async def test_what_a_refresh_leaves_out_is_kept_in_the_file(
    settings: AuthSettings, sandbox: Sandbox, project: Path, reply: ReplyRefreshToken
) -> None:
    """RFC 6749, 6: the refresh token, the scope and the consent's date."""
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


@pytest.mark.rule(20)
async def test_a_refresh_token_goes_to_the_token_endpoint_alone(manager: PersonalFlowManager, sandbox: Sandbox) -> None:
    """RFC 6749, 6 and 10.4."""
    await sign_in(manager)
    await manager.refresh()
    assert [request.path for request in sandbox.requests if "refresh_token" in request.form] == ["/api/token"]


@pytest.mark.rule(20)
async def test_a_refresh_token_is_not_sent_where_a_redirect_points(
    manager: PersonalFlowManager, sandbox: Sandbox
) -> None:
    """RFC 9700, 4.12."""
    await sign_in(manager)
    sandbox.knobs.token_fault = "redirect"
    with pytest.raises(AccountsUnreachableError):
        await manager.refresh()
    assert not [request for request in sandbox.requests if request.path == "/api/elsewhere"]


@pytest.mark.rule(20)
async def test_a_refresh_token_is_of_no_use_to_another_app(settings: AuthSettings, sandbox: Sandbox) -> None:
    """RFC 6749, 10.4."""
    sandbox.register_app(client_id="a" * 32, client_secret="b" * 32, redirect_uris=[])
    mine = AuthCodePKCEFlowManager(settings)
    await sign_in(mine)
    other = settings.model_copy(update={"client_id": SecretStr("a" * 32)})
    with pytest.raises(InvalidGrantError):
        await AuthCodePKCEFlowManager(other, mine.access_token_info).refresh()


@pytest.mark.rule(21)
@pytest.mark.parametrize("policy", ["rotate", "family"])
async def test_a_rotated_token_is_never_sent_again(
    settings: AuthSettings, sandbox: Sandbox, policy: RefreshPolicy
) -> None:
    """RFC 9700, 4.14.2: a replay would cost the whole family."""
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
