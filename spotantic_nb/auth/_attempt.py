"""
One attempt to log in: the link to follow, and the check of the address that comes back.

Pure: no sockets, no files, no clock. Whoever obtains the address (a listener, a prompt, a panel, a test) hands it to
``AuthorizationAttempt.answer``, which checks address and ``state`` once; from then on the ``Answer`` is passed on.
"""

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import SecretStr

from spotantic_nb._text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._paste import address_in, leads_there
from spotantic_nb.errors import AuthorizationDeniedError, AuthorizationError, CallbackError, StateMismatchError
from spotantic_nb.models import AuthCodeRequestParams

_ENTROPY = 32
"""Bytes of randomness in ``state`` and verifier: 43 characters each, the length RFC 7636, section 4.1 recommends."""

_REASONS = frozenset(
    {
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
    }
)
"""What an authorization server may say for a no, besides ``access_denied`` (RFC 6749, section 4.1.2.1)."""

_STATE = re.compile(r"[A-Za-z0-9_-]+")

_CODE = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What tokens are made of (RFC 9110, section 11.2). Spotify's codes are letters, digits, ``_`` and ``-``."""

_SHORTENED = "..."
"""How a program shows a long address that it copies as it is shown."""

_COPY_AGAIN = "Copy it again, from the address bar itself, and paste it."

_MOST_FIELDS = 50
"""An answer has four fields; a redirect URI may bring some of its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer to one attempt: an authorization code, or a refusal (RFC 6749, section 4.1.2)."""

    _code: str = field(repr=False, default="")
    _error: str = field(repr=False, default="")

    @property
    def is_granted(self) -> bool:
        """Whether Spotify sent a code."""
        return not self._error

    @hides_locals
    def code(self) -> str:
        """
        Return the authorization code.

        Raises:
            AuthorizationDeniedError: The person, or Spotify, refused.
        """
        if self._error:
            raise _denial(self._error)
        return self._code

    def __reduce__(self) -> NoReturn:
        raise TypeError("An answer is not pickled or copied, for it holds a code: log in again.")


@dataclass(frozen=True, slots=True)
class AuthorizationAttempt:
    """
    A login that was begun: send the person to ``url``, and give the address they come back with to ``answer``.

    Always with ``state`` (RFC 6749, section 10.12) and PKCE S256 (RFC 7636; RFC 9700, 2.1.1: also with a secret).

    Example:
        >>> attempt = AuthCodePKCEFlowManager(AuthSettings(scope="user-top-read")).begin()
        >>> attempt.answer(f"{attempt.redirect_uri}?code=AQDx&state={attempt.state}").is_granted
        True
        >>> attempt.answer("AQDx")
        Traceback (most recent call last):
        spotantic_nb.errors.CallbackError: That is not a whole address. Paste all of it, ...
    """

    url: str = field(repr=False)
    """Where the person consents."""
    redirect_uri: str
    issuer: str
    """The accounts service that ``url`` belongs to."""
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    forwarded_to: int | None = None
    """The port of this machine that a proxy forwards the redirect URI to, where one does."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("An attempt to log in is not pickled or copied, for it holds secrets: begin a new one.")

    @classmethod
    @hides_locals
    def begin(  # noqa: PLR0913 - what an authorization request is made of
        cls,
        *,
        authorize_url: str,
        client_id: str,
        redirect_uri: str,
        scope: str,
        switch_user: bool = False,
        forwarded_to: int | None = None,
    ) -> "AuthorizationAttempt":
        """Begin an attempt with a fresh ``state`` and verifier."""
        state, verifier = _base64url(os.urandom(_ENTROPY)), _base64url(os.urandom(_ENTROPY))
        params = AuthCodeRequestParams(
            client_id=SecretStr(client_id),
            response_type="code",
            redirect_uri=redirect_uri,
            scope=scope,
            state=state,
            code_challenge_method="S256",
            code_challenge=challenge_of(verifier),
            show_dialog="true" if switch_user else None,
        )
        query = urlencode(params.model_dump(mode="json", exclude_none=True))
        return cls(
            url=f"{authorize_url}?{query}",
            redirect_uri=redirect_uri,
            issuer=authorize_url.removesuffix("/authorize"),
            state=state,
            verifier=verifier,
            forwarded_to=forwarded_to,
        )

    @hides_locals
    def answer(self, address: str) -> Answer:
        """
        Return the checked answer in the address that the person was sent to, or in what they pasted.

        Raises:
            CallbackError: It is not the redirect URI with an answer, or a parameter is repeated.
            StateMismatchError: It answers another attempt.
        """
        fields = self._checked_fields(address)
        return Answer(_code=fields.get("code", ""), _error=fields.get("error", ""))

    def _checked_fields(self, address: str) -> dict[str, str]:
        address = address_in(address, self.redirect_uri)
        if "://" not in address:
            raise CallbackError(
                "That is not a whole address.",
                hint="Paste all of it, from http to its end: a code alone cannot show that it answers this login.",
            )
        if not leads_there(address, self.redirect_uri):
            raise CallbackError(
                f"That address is not the redirect URI {isolated(self.redirect_uri)}.",
                hint="Copy the whole address of the tab you were sent to after Agree, from http to its end.",
            )
        fields = _single_values(urlsplit(address).query)
        # Before anything else of the answer is looked at, and in constant time (RFC 9700, section 4.7).
        state = fields.get("state", "")
        if not hmac.compare_digest(state.encode(errors="replace"), self.state.encode()):
            raise _wrong_state(state, length=len(self.state))
        if fields.get("iss", self.issuer) != self.issuer:
            raise CallbackError(
                "The answer names another accounts service than the one that was asked.", hint="Log in again."
            )
        if "error" not in fields:
            _refuse_damaged(fields.get("code", ""))
        return fields


def challenge_of(verifier: str) -> str:
    """
    Return the S256 challenge of a verifier (RFC 7636, section 4.2; the example is that of appendix B).

    Example:
        >>> challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    return _base64url(hashlib.sha256(verifier.encode("ascii")).digest())


def _base64url(data: bytes) -> str:
    """Return bytes as text for a URL, without padding (RFC 7636, appendix A)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _single_values(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise CallbackError("That address is too long to be an answer.", hint=_COPY_AGAIN) from None
    names = [name for name, _ in pairs if name in {"code", "state", "error", "iss"}]
    if len(names) != len(set(names)):
        raise CallbackError("That address says something twice.", hint=_COPY_AGAIN)
    return dict(pairs)


def _wrong_state(state: str, *, length: int) -> AuthorizationError:
    """Return the error for another state than the one that was sent: a whole one belongs to another login."""
    if len(state) < length:
        return _incomplete()
    if len(state) > length or not _STATE.fullmatch(state):
        return _changed()
    return StateMismatchError(
        "That address answers another login.", hint="Follow the link of this login and use the address it ends at."
    )


def _refuse_damaged(code: str) -> None:
    """Raise where a code is missing, or holds what no code does: it is spent where it is sent, right or wrong."""
    if not code:
        raise _incomplete()
    if not _CODE.fullmatch(code) or _SHORTENED in code:
        raise _changed()


def _incomplete() -> CallbackError:
    return CallbackError("A part of the address is missing.", hint="Copy it to its end and paste it again.")


def _changed() -> CallbackError:
    return CallbackError("The address was changed on the way.", hint=_COPY_AGAIN)


def _denial(error: str) -> AuthorizationDeniedError:
    if error == "access_denied":
        return AuthorizationDeniedError(
            "The login was cancelled on Spotify's page (access_denied).", hint="Log in again to change that."
        )
    # Whatever else it says is not shown: it could be anything, a part of this very login among it.
    reason = error if error in _REASONS else "for a reason of its own"
    return AuthorizationDeniedError(
        f"Spotify refused the login ({reason}).", hint="Check scopes and redirect URI, then log in again."
    )
