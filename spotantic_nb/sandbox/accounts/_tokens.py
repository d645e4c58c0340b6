"""
Tokens: issued from a grant, renewed by policy, and recognized when they come to the Web API.

Knows no HTTP. Tokens are random; nothing can be read from one but its prefix, which no client should look at.
"""

from dataclasses import dataclass, field

from spotantic_nb.sandbox._errors import TokenError
from spotantic_nb.sandbox._knobs import Knobs
from spotantic_nb.sandbox.accounts._client_authentication import Client
from spotantic_nb.sandbox.accounts._grants import Grant
from spotantic_nb.sandbox.accounts._random_text import random_text


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedTokens:
    """What a token request has earned; the reply may say less."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False, default=None)
    grant: Grant | None = None
    """Whose tokens they are; None where an app acts for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An access token as the Web API sees it."""

    grant: Grant | None
    expires_at: float


@dataclass(slots=True, kw_only=True, eq=False)
class _RefreshToken:
    grant: Grant
    is_replaced: bool = False
    predecessor: "_RefreshToken | None" = None
    """The token that this one's first use replaces."""


class Tokens:
    """Every token that was ever issued."""

    def __init__(self) -> None:
        self._access: dict[str, AccessToken] = {}
        self._refresh: dict[str, _RefreshToken] = {}

    def issue(self, grant: Grant, *, now: float, knobs: Knobs) -> IssuedTokens:
        """Return the first tokens of a grant."""
        return IssuedTokens(
            access_token=self._new_access(grant, expires_at=now + knobs.access_lifetime),
            refresh_token=self._new_refresh(grant),
            grant=grant,
        )

    def issue_to_app(self, *, now: float, knobs: Knobs) -> IssuedTokens:
        """Return a token for an app that acts for itself."""
        return IssuedTokens(access_token=self._new_access(None, expires_at=now + knobs.access_lifetime))

    def refresh(self, value: str, *, client: Client, now: float, knobs: Knobs) -> IssuedTokens:
        """
        Renew the access token, and the refresh token where the policy says so.

        Raises:
            TokenError: The refresh token is unknown, another client's, revoked or too old, or needs a secret.
        """
        token = self._find(value, client)
        self._check_alive(token, knobs)
        # Six months from the person's authorization; refreshing does not extend it (Spotify, 2026-06-18).
        if now - token.grant.authorized_at > knobs.refresh_lifetime:
            raise TokenError("invalid_grant", "Refresh token expired")
        if token.predecessor:
            token.predecessor.is_replaced = True
        return IssuedTokens(
            access_token=self._new_access(token.grant, expires_at=now + knobs.access_lifetime),
            refresh_token=None if knobs.refresh_policy == "keep" else self._succeed(token, knobs),
            grant=token.grant,
        )

    def read(self, value: str) -> AccessToken | None:
        """Return what this access token stands for, expired or not, unless it is unknown or revoked."""
        token = self._access.get(value)
        if token and token.grant and not token.grant.can_read:
            return None
        return token

    def end_refreshing(self, user_id: str) -> None:
        """Kill every refresh token of this person."""
        for token in self._refresh.values():
            if token.grant.user_id == user_id:
                token.grant.end_refreshing()

    def _find(self, value: str, client: Client) -> _RefreshToken:
        token = self._refresh.get(value)
        if token is None or token.grant.client_id != client.app.client_id:
            raise TokenError("invalid_grant", "Invalid refresh token")
        if token.grant.confidential and not client.is_authenticated:
            raise TokenError("invalid_client", "Invalid client")
        return token

    def _check_alive(self, token: _RefreshToken, knobs: Knobs) -> None:
        if token.is_replaced and knobs.refresh_policy == "family":
            token.grant.revoke()  # RFC 9700 4.14.2: one of the two holders has stolen it
        if token.is_replaced or not token.grant.can_refresh:
            raise TokenError("invalid_grant", "Refresh token revoked")

    def _succeed(self, token: _RefreshToken, knobs: Knobs) -> str:
        if knobs.refresh_policy == "overlap":
            return self._new_refresh(token.grant, predecessor=token)
        token.is_replaced = True
        return self._new_refresh(token.grant)

    def _new_access(self, grant: Grant | None, *, expires_at: float) -> str:
        value = "BQD" + random_text(120)
        self._access[value] = AccessToken(grant=grant, expires_at=expires_at)
        return value

    def _new_refresh(self, grant: Grant, *, predecessor: _RefreshToken | None = None) -> str:
        value = "AQD" + random_text(96)
        self._refresh[value] = _RefreshToken(grant=grant, predecessor=predecessor)
        return value
