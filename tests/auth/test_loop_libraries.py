"""Under another loop library than asyncio: one sentence that says what to do instead, and what it says works."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
import trio

from spotantic_nb import AccessTokenInfo, AuthCodePKCEFlowManager, AuthSettings, ClientCredentialsFlowManager
from spotantic_nb.errors import UnsupportedEnvironmentError
from spotantic_nb.session import Session

Call = Callable[[], Awaitable[object]]

EXPIRED = {
    "access_token": "PLANTED-access",
    "refresh_token": "PLANTED-refresh",
    "token_type": "Bearer",
    "expires_in": 3600,
    "expires_at": datetime(2020, 1, 1, tzinfo=UTC),
}


def _of_session(settings: AuthSettings) -> Call:
    return Session(settings).atoken


def _of_lazy_manager(settings: AuthSettings) -> Call:
    token = AccessTokenInfo.model_validate(EXPIRED)
    return AuthCodePKCEFlowManager(settings, token, allow_lazy_refresh=True).get_valid_access_token


def _of_refresh(settings: AuthSettings) -> Call:
    return AuthCodePKCEFlowManager(settings, AccessTokenInfo.model_validate(EXPIRED)).refresh


def _of_login(settings: AuthSettings) -> Call:
    return AuthCodePKCEFlowManager(settings).authorize


def _of_app(settings: AuthSettings) -> Call:
    return ClientCredentialsFlowManager(settings).authorize


@pytest.mark.parametrize("make", [_of_session, _of_lazy_manager, _of_refresh, _of_login, _of_app])
def test_a_coroutine_under_trio_says_what_to_do_instead(
    settings: AuthSettings,
    make: Callable[[AuthSettings], Callable[[], Awaitable[object]]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(UnsupportedEnvironmentError, match=r"needs asyncio.*Session\.token\(\) in a thread") as caught:
        trio.run(make(settings))
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert capfd.readouterr().err == ""


def test_a_plain_call_in_a_thread_of_trio_works(settings: AuthSettings) -> None:
    session = Session(settings)
    session.login("client")
    token = trio.run(trio.to_thread.run_sync, session.token)
    assert not token.is_expired()
