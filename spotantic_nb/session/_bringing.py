"""
A login brought along from another program: which app and flow renew it, what a refusal means, and what to tell of it.
"""

import asyncio
from typing import NoReturn

from spotantic_nb._choices import Flow
from spotantic_nb._exposure import exposures_of_another
from spotantic_nb._text import isolated
from spotantic_nb.auth._foreign_tokens import ForeignLogin, TokenSource
from spotantic_nb.auth._refreshable import RefreshableAuthManager
from spotantic_nb.errors import ConfigurationError, InvalidClientError, InvalidGrantError
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.settings import AuthSettings, where_to_set
from spotantic_nb.settings._env_file import PREFIX
from spotantic_nb.status import NOT_SET_UP

_CLIENT_ID, _CLIENT_SECRET = f"{PREFIX}CLIENT_ID", f"{PREFIX}CLIENT_SECRET"

_NAMES_OF_CLIENT_ID = {"spotipy": "SPOTIPY_CLIENT_ID", "tekore": "SPOTIFY_CLIENT_ID", "spotantic": _CLIENT_ID}
"""What the programs call the client id."""


def flow_for(login: ForeignLogin, settings: AuthSettings, chosen: Flow | None, *, env_file: object) -> Flow:
    """
    Return the flow that renews a login: ``code`` where the settings have a client secret, ``pkce`` where not.

    No file says which flow it was, so the settings decide, as they do about a portable grant.

    Raises:
        ConfigurationError: No app is set up, it is another one than the file's, or the flow is not a person's.
    """
    source, theirs = login.source, _NAMES_OF_CLIENT_ID[login.source.program]
    if settings.client_id is None:
        hint = (
            f"Set it {where_to_set(isolated(env_file))} to the app's client id, which {source.program} has as {theirs}."
        )
        raise ConfigurationError(NOT_SET_UP, hint=hint)
    if login.client_id not in {None, settings.client_id}:
        raise ConfigurationError(
            f"The login in {source} belongs to another app: its {theirs} differs from {_CLIENT_ID}.",
            hint=f"Set {_CLIENT_ID} to the client id in the file, or log in: %spotantic_login.",
        )
    if chosen == "client":
        raise ConfigurationError(
            f"The login in {source} is a person's, and client is the flow without a person.",
            hint="Leave the flow out, or name pkce or code.",
        )
    return chosen or ("pkce" if settings.client_secret is None else "code")


async def brought(manager: RefreshableAuthManager, login: ForeignLogin) -> AccessTokenInfo:
    """
    Return a good token of this login, proved by one refresh; a login that was brought before is renewed where needed.

    Raises:
        InvalidGrantError: The refresh token is over, or another app's.
        InvalidClientError: The app is not known, or not in this way.
        TokenRequestError: The accounts service gave no token for another reason.
    """
    held = manager.access_token_info
    if held is not None and held.ended_at is None and held.refresh_token == login.refresh_token:
        return await manager.get_valid_access_token()
    kept = "" if held is None else " The login that was here is kept."
    try:
        return await manager.bring(login.refresh_token)
    except InvalidGrantError:
        _raise_not_taken(login, kept)
    except InvalidClientError as error:
        raise InvalidClientError(error.message, hint=f"{_how_to_be_known(manager.flow, login.source)}{kept}") from None


def _raise_not_taken(login: ForeignLogin, kept: str) -> NoReturn:
    program = login.source.program
    reason, advice = "it ended, was withdrawn or was replaced by a newer one", "Log in: %spotantic_login."
    if login.client_id is None:
        reason = f"{reason}, or is perhaps of another app"
        advice = f"Compare {_CLIENT_ID} with the app that {program} uses, or log in: %spotantic_login."
    raise InvalidGrantError(
        f"Spotify does not take the refresh token in {login.source} (invalid_grant): {reason}.", hint=f"{advice}{kept}"
    ) from None


def _how_to_be_known(flow: Flow, source: TokenSource) -> str:
    if flow == "pkce":
        return f"Where {source.program} logs in with a client secret, set {_CLIENT_SECRET} to it as well."
    return (
        f"Compare {_CLIENT_ID} and {_CLIENT_SECRET} with the app that {source.program} uses; "
        "where it logs in without a secret: %spotantic_login pkce --bring."
    )


def message_of(source: TokenSource, token: AccessTokenInfo) -> str:
    """Return in words what was brought along."""
    who = f" as {isolated(token.account.name)}" if token.account else ""
    return f"Brought along from {source}: signed in{who}."


async def notices_about(login: ForeignLogin, token: AccessTokenInfo) -> list[str]:
    """Return what a person should know about the file now; its folder is looked at in a thread, as git may be slow."""
    source = login.source
    replaced = (
        f"Spotify gave a new refresh token in place of the one in {source}, "
        f"which works no longer: {source.program} has to log in again."
    )
    is_replaced = token.refresh_token != login.refresh_token
    return [*([replaced] if is_replaced else []), *await asyncio.to_thread(exposures_of_another, source.path)]
