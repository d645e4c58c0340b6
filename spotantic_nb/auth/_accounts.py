"""
Spotify's services: the two addresses of the accounts service, what its answers mean, and whose token it is.

Only ``invalid_grant`` says that a grant is no longer good. Everything else leaves the stored token as it is.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from spotantic_nb._text import duration
from spotantic_nb.errors import (
    AccountsUnreachableError,
    AuthorizationDeniedError,
    InvalidClientError,
    InvalidGrantError,
    TokenRequestError,
)
from spotantic_nb.models import AccessTokenInfo, AccessTokenRequestBody, Account

if TYPE_CHECKING:
    import httpx

    from spotantic_nb.auth._http import Reply

_log = logging.getLogger(__name__)

_BAD_REQUEST = range(400, 402)
"""Spotify sends 400 for every OAuth error; RFC 6749, section 5.2 allows 401 for ``invalid_client``."""

_TOO_MANY_REQUESTS = 429
_OK = 200
_SERVER_ERRORS = 500
_MOST_DIGITS = 9
"""Of a ``Retry-After``: more would be thirty years."""

_GRANT_HINTS = {
    "authorization_code": "A code works once and for a few minutes: log in again and follow the new link.",
    "refresh_token": "The consent ended or was withdrawn: log in again.",
}


class AccountsService:
    """
    The accounts service at one address: ``https://accounts.spotify.com``, or a sandbox.

    Args:
        accounts_url: The address without a slash at its end.
    """

    def __init__(self, accounts_url: str) -> None:
        self._issuer = accounts_url
        self.authorize_url = f"{accounts_url}/authorize"
        self.token_url = f"{accounts_url}/api/token"

    async def request_token(
        self, body: AccessTokenRequestBody, *, auth: "httpx.BasicAuth | None" = None
    ) -> AccessTokenInfo:
        """
        Ask the token endpoint for a token (RFC 6749, sections 4.1.3, 4.4.2 and 6).

        Passing trouble is met with patience, except for a code: that is sent once, whatever happens.

        Raises:
            InvalidGrantError: The code or refresh token is not good, or no longer.
            InvalidClientError: The accounts service does not know this client id, or not with this secret.
            AccountsUnreachableError: No usable answer came; trying again may help.
            TokenRequestError: The request was refused for another reason.
        """
        if body.grant_type == "authorization_code":
            return await self._ask(body, auth)
        from spotantic_nb.auth._http import patiently  # httpx with it, which costs more than everything before

        return await patiently(lambda: self._ask(body, auth))

    async def _ask(self, body: AccessTokenRequestBody, auth: "httpx.BasicAuth | None") -> AccessTokenInfo:
        from spotantic_nb.auth import _http

        # Counted from before the request, so that a slow reply never makes a token look younger than it is.
        asked_at = _now()
        form = body.model_dump(mode="json", exclude_none=True)
        reply = await _http.send("POST", self.token_url, form=form, auth=auth)
        _log.debug("Asked %s for a token by %s: status %s.", self.token_url, body.grant_type, reply.status)
        if reply.status != _OK:
            raise _refusal(reply, body.grant_type)
        return _token_in(reply.json_object(), asked_at, self._issuer)


def _token_in(document: dict[str, Any], asked_at: datetime, issuer: str) -> AccessTokenInfo:
    ours = dict.fromkeys(("expires_at", "authorized_at", "account", "ended_at", "flow", "client"))
    try:
        token = AccessTokenInfo.model_validate({**document, **ours, "issuer": issuer})
        token.expires_at = asked_at + timedelta(seconds=token.expires_in)
    except (ValidationError, OverflowError):
        # Not chained: the reasons quote the reply.
        raise AccountsUnreachableError(
            "The accounts service answered with something that is not a token.", hint="Try again later."
        ) from None
    return token


def _refusal(reply: "Reply", grant_type: str) -> TokenRequestError:
    error = reply.json_object().get("error")
    if reply.status in _BAD_REQUEST and isinstance(error, str):
        return _oauth_error(error, grant_type)
    if reply.status == _TOO_MANY_REQUESTS:
        return _too_many_requests(reply.headers.get("Retry-After", ""))
    return AccountsUnreachableError(
        f"The accounts service has no answer now (status {reply.status}).",
        hint="Try again in a moment; the token you hold is kept.",
        may_pass=reply.status >= _SERVER_ERRORS,
    )


def _too_many_requests(retry_after: str) -> AccountsUnreachableError:
    """Return the error for a 429; without seconds in ``Retry-After``, a minute is a good guess for the person."""
    seconds = float(retry_after) if retry_after.isdecimal() and len(retry_after) < _MOST_DIGITS else None
    when = "in a minute" if seconds is None else f"in {duration(seconds)}"
    return AccountsUnreachableError(
        "Spotify's rate limit was reached (429).", hint=f"Try again {when}.", may_pass=True, retry_after=seconds
    )


def _oauth_error(error: str, grant_type: str) -> TokenRequestError:
    if error == "invalid_grant":
        what = "refresh token" if grant_type == "refresh_token" else "authorization code"
        return InvalidGrantError(
            f"Spotify no longer takes this {what} (invalid_grant).", hint=_GRANT_HINTS.get(grant_type, "")
        )
    if error in {"invalid_client", "unauthorized_client"}:
        return InvalidClientError(
            f"Spotify does not know this client id, or not with this secret ({error}).",
            hint="Compare SPOTANTIC_AUTH_CLIENT_ID and SPOTANTIC_AUTH_CLIENT_SECRET with your app's dashboard page.",
        )
    known = error if error in {"invalid_request", "unsupported_grant_type", "invalid_scope"} else "another error"
    return TokenRequestError(f"Spotify refused the token request ({known}).", hint="Log in again.")


def _now() -> datetime:
    return datetime.now(UTC)


_OK, _FORBIDDEN = 200, 403


async def whoami(api_url: str, token: AccessTokenInfo) -> Account:
    """
    Return the account that this token acts for.

    Raises:
        AuthorizationDeniedError: Spotify let the person log in, but keeps the app from using their account.
        AccountsUnreachableError: The Web API gave no usable answer.
    """
    from spotantic_nb.auth import _http

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
