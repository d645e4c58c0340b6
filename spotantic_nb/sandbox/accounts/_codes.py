"""
Authorization codes: made once, redeemed once, bound to client, redirect URI and challenge (RFC 6749 4.1.2, RFC 7636).

Checks follow Spotify's order: the code itself, its age, the redirect URI, the verifier.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from spotantic_nb.sandbox._errors import TokenError
from spotantic_nb.sandbox.accounts._authorization_request import AuthorizationRequest
from spotantic_nb.sandbox.accounts._client_authentication import Client
from spotantic_nb.sandbox.accounts._grants import Grant
from spotantic_nb.sandbox.accounts._random_text import random_text

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """What a client sends with its code."""

    client: Client
    code: str
    redirect_uri: str
    verifier: str | None


@dataclass(slots=True, kw_only=True, eq=False)
class _Code:
    request: AuthorizationRequest
    user_id: str
    issued_at: float
    grant: Grant | None = None
    """What it was redeemed for; from then on it is spent."""


class Codes:
    """Every code that was ever issued: a spent one must be recognized when it comes again."""

    def __init__(self) -> None:
        self._codes: dict[str, _Code] = {}

    def issue(self, request: AuthorizationRequest, *, user_id: str, now: float) -> str:
        """Return a new code for a person's yes."""
        code = "AQD" + random_text(150)
        self._codes[code] = _Code(request=request, user_id=user_id, issued_at=now)
        return code

    def redeem(self, redemption: Redemption, *, now: float, lifetime: float) -> Grant:
        """
        Spend a code for the grant behind it.

        Raises:
            TokenError: The code is unknown, spent, too old or another client's, or its bindings do not hold.
        """
        code = self._find(redemption)
        if now - code.issued_at > lifetime:
            raise TokenError("invalid_grant", "Authorization code expired")
        if redemption.redirect_uri != code.request.redirect_uri:
            raise TokenError("invalid_grant", "Invalid redirect URI")
        _check_possession(redemption, code.request.challenge)
        code.grant = _grant(code, redemption.client)
        return code.grant

    def forget(self, user_id: str) -> None:
        """Make this person's open codes worthless."""
        self._codes = {value: code for value, code in self._codes.items() if code.user_id != user_id}

    def _find(self, redemption: Redemption) -> _Code:
        code = self._codes.get(redemption.code)
        if code is None or code.request.app != redemption.client.app:
            raise TokenError("invalid_grant", "Invalid authorization code")
        if code.grant:
            # RFC 6749 4.1.2: whoever comes second may be a thief or a victim, so nobody keeps tokens from it.
            code.grant.revoke()
            raise TokenError("invalid_grant", "Invalid authorization code")
        return code


def _check_possession(redemption: Redemption, challenge: str | None) -> None:
    if challenge is None:
        _check_without_challenge(redemption)
    elif redemption.verifier is None or not _VERIFIER.fullmatch(redemption.verifier):
        # RFC 7636 4.6 names the error; Spotify's words for it have not been seen.
        raise TokenError("invalid_grant", "code_verifier must be 43 to 128 unreserved characters")
    elif not hmac.compare_digest(_challenge_of(redemption.verifier), challenge):
        raise TokenError("invalid_grant", "code_verifier was incorrect")


def _check_without_challenge(redemption: Redemption) -> None:
    # A verifier for a code without a challenge is the mark of a PKCE downgrade (RFC 9700 4.8.2).
    if redemption.verifier is not None:
        raise TokenError("invalid_grant", "code_verifier was incorrect")
    if not redemption.client.is_authenticated:
        raise TokenError("invalid_client", "Invalid client")


def _challenge_of(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def _grant(code: _Code, client: Client) -> Grant:
    return Grant(
        client_id=client.app.client_id,
        user_id=code.user_id,
        scopes=code.request.scopes,
        authorized_at=code.issued_at,
        confidential=client.is_authenticated,
    )
