"""
Who signed in: the account behind a token, as ``GET /v1/me`` tells it.

Only the fields that Development Mode still has are read (developer.spotify.com, February 2026 migration guide).
"""

from spotantic_nb.auth import _http
from spotantic_nb.errors import AccountsUnreachableError, AuthorizationDeniedError
from spotantic_nb.models import AccessTokenInfo, Account

_OK, _FORBIDDEN = 200, 403


async def whoami(api_url: str, token: AccessTokenInfo) -> Account:
    """
    Return the account that this token acts for.

    Raises:
        AuthorizationDeniedError: Spotify let the person log in, but keeps the app from using their account.
        AccountsUnreachableError: The Web API gave no usable answer.
    """
    reply = await _http.send("GET", f"{api_url}/me", headers=token.get_authorization_header())
    if reply.status == _FORBIDDEN:
        raise AuthorizationDeniedError(
            "The login worked, but Spotify refuses this account to the app (403).",
            hint="In the dashboard, add the account under User Management, and check that the app's owner has Premium.",
        )
    profile = reply.json_object()
    account_id = profile.get("account_id") or profile.get("id")
    if reply.status != _OK or not isinstance(account_id, str):
        raise AccountsUnreachableError(
            f"The Web API did not say whose account this is (status {reply.status}).",
            hint="The login itself is done.",
        )
    return Account(id=account_id, name=str(profile.get("display_name") or account_id))
