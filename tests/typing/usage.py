"""
The public names as a person uses them, for type checkers alone: nothing here is ever run.

``mypy`` and ``pyright`` read it, both strict.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, assert_type

import httpx
from pydantic import SecretStr

import spotantic_nb
from spotantic_nb import (
    AccessTokenInfo,
    AccessTokenRequestBody,
    AuthCodeFlowManager,
    AuthCodePKCEFlowManager,
    AuthCodeRequestParams,
    AuthorizationError,
    AuthSettings,
    ClientCredentialsFlowManager,
    ConfigurationError,
    NotLoggedInError,
    RefreshableAuthManager,
    Session,
    SpotanticNbError,
    Status,
    WebApiError,
    allow_nested_asyncio,
)
from spotantic_nb.sandbox import Knobs, RecordedRequest, Sandbox, ScriptedUser, write_streaming_history


def a_session_logs_in_and_hands_out_tokens(session: Session) -> None:
    assert_type(Session.current(), Session)
    session.login("pkce", scope=["user-top-read"], timeout=60)
    login = session.login("code", wait=False)
    if login is not None:
        assert_type(login.url, str)
        session.wait_for(login)
    assert_type(session.token(), AccessTokenInfo)
    assert_type(session.token(refresh=True).scopes, frozenset[str])
    assert_type(session.headers(), dict[str, str])
    assert_type(session.refresh(), Status)
    assert_type(session.status.account, str | None)
    assert_type(session.status.expires_at, datetime | None)
    assert_type(session.bring(Path(".cache")), Status)
    assert_type(session.logout(), Status)


async def a_notebook_may_await(session: Session) -> None:
    assert_type(await session.atoken(), AccessTokenInfo)
    async with session.async_client() as client:
        assert_type(await client.get("me"), httpx.Response)
    await session.alogout()


def clients_take_the_login(session: Session) -> None:
    with session.require("playlist-modify-private"), session.client(timeout=5) as client:
        assert_type(client, httpx.Client)
    assert_type(session.httpx_auth(), httpx.Auth)
    assert_type(session.api_url, str)
    assert_type([item["name"] for item in session.items("/me/top/artists", limit=5, progress=False)], list[Any])


async def a_script_uses_a_manager(settings: AuthSettings) -> None:
    manager = AuthCodePKCEFlowManager(settings, allow_lazy_refresh=True)
    await manager.authorize()
    assert_type(await manager.get_valid_access_token(), AccessTokenInfo)
    assert_type(manager.auth_settings, AuthSettings)
    assert_type(manager.access_token_info, AccessTokenInfo | None)
    await AuthCodeFlowManager(settings, access_token_info=None).refresh()
    await ClientCredentialsFlowManager(settings).authorize()


def every_manager_of_a_person_refreshes(manager: AuthCodeFlowManager) -> RefreshableAuthManager:
    return manager


def settings_and_models_say_what_they_hold(settings: AuthSettings, token: AccessTokenInfo) -> None:
    AuthSettings(client_id=SecretStr("5a4d"), redirect_uri="http://127.0.0.1:8765/callback", scope="user-top-read")
    assert_type(settings.redirect_uri, str | None)
    assert_type(settings.get_basic_auth(), httpx.BasicAuth)
    assert_type(token.is_expired(), bool)
    assert_type(token.access_token, SecretStr)
    assert_type(token.refresh_token, SecretStr | None)
    assert_type(AccessTokenInfo.load_token(Path("token.json")), AccessTokenInfo)
    token.store_token(Path("token.json"))
    assert_type(issubclass(AuthCodeRequestParams, AccessTokenRequestBody), bool)


def errors_are_told_apart(session: Session) -> str:
    try:
        session.token()
    except (NotLoggedInError, ConfigurationError) as error:
        assert_type(error.hint, str)
        wrong: ValueError = error
        return str(wrong)
    except WebApiError as error:
        return f"{error.status}"
    except (AuthorizationError, SpotanticNbError) as error:
        return str(error)
    return ""


def a_sandbox_is_switched_on_for_a_test() -> None:
    with Sandbox(port=0, knobs=Knobs(consent="accept"), people=30) as sandbox:
        assert_type(sandbox.url, str)
        assert_type(sandbox.people, dict[str, str])
        assert_type(sandbox.requests, list[RecordedRequest])
        assert_type(sandbox.requests[0].form, Mapping[str, str])
        sandbox.knobs.token_fault = "503_text"
        assert_type(ScriptedUser("ada").answer("http://127.0.0.1/authorize"), str)
    assert_type(write_streaming_history("ada", "folder"), list[Path])


def the_extension_is_a_function_of_a_shell() -> None:
    allow_nested_asyncio()
    assert_type(spotantic_nb.__version__, str)
