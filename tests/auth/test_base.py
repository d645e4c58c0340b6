"""Which token is valid, and one refresh at a time, whoever holds it and wherever it is kept."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from logins import Person, sign_in, token_requests, tokens_of
from pydantic import SecretStr

from spotantic_nb import (
    AccessTokenInfo,
    AccessTokenRequestBody,
    AuthCodeFlowManager,
    AuthCodePKCEFlowManager,
    AuthSettings,
    ClientCredentialsFlowManager,
    NotLoggedInError,
)
from spotantic_nb.auth import _base, _file_store
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.sandbox._knobs import RefreshPolicy


@pytest.mark.rule(19)
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


@pytest.mark.rule(19)
@pytest.mark.parametrize("is_of_another_kernel", [True, False])
async def test_who_waits_takes_a_new_token_though_another_still_holds_the_store(
    settings: AuthSettings, sandbox: Sandbox, *, is_of_another_kernel: bool
) -> None:
    settings = settings.model_copy(update={"store_access_token": True})
    first, second = AuthCodePKCEFlowManager(settings), AuthCodePKCEFlowManager(settings)
    await sign_in(first)
    held = second.access_token_info
    assert held is not None
    if not is_of_another_kernel:
        second.store = first.store
    asked = token_requests(sandbox)
    async with first.store.exclusive():
        waiting = asyncio.create_task(second.refresh())
        await asyncio.wait([waiting], timeout=0)
        first.store.save(held.model_copy(update={"access_token": SecretStr("new"), "expires_at": _in_two_hours()}))
        await asyncio.wait_for(waiting, 30)
    assert second.access_token_info is not None
    assert second.access_token_info.access_token.get_secret_value() == "new"
    assert token_requests(sandbox) == asked


def _in_two_hours() -> datetime:
    return datetime.now(UTC) + timedelta(hours=2)


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


@pytest.mark.rule(19)
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


@pytest.mark.rule(19)
@pytest.mark.parametrize("policy", ["keep", "rotate", "family"])
async def test_two_users_of_one_file_never_renew_at_once(
    settings: AuthSettings, sandbox: Sandbox, policy: RefreshPolicy
) -> None:
    """RFC 9700, 4.14.2: tests/auth/test_store.py does it with processes."""
    sandbox.knobs.refresh_policy = policy
    managers = [AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True})) for _ in range(5)]
    await sign_in(managers[0])
    assert all(each.access_token_info for each in managers)
    before = token_requests(sandbox)
    await asyncio.gather(*(each.refresh() for each in managers))
    assert token_requests(sandbox) == before + 1
    assert len({frozenset(tokens_of(each)) for each in managers}) == 1


@pytest.mark.rule(18)
async def test_scope_and_times_are_kept_in_utc(settings: AuthSettings, project: Path) -> None:
    """RFC 6749, 5.1."""
    manager = AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True}))
    await sign_in(manager)
    kept = json.loads((project / settings.access_token_file_path).read_text())
    assert set(kept["scope"].split()) == {"user-top-read", "playlist-read-private"}
    times = [datetime.fromisoformat(kept[name]) for name in ("authorized_at", "expires_at")]
    assert all(time.utcoffset() == timedelta(0) for time in times)
