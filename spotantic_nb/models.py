"""
The models of a login: the token and its account; the models of requests and settings are importable from here too.

Secrets are hidden from every repr; only ``model_dump(mode="json")`` shows them, for the wire and the token file.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_serializer, field_validator

from spotantic_nb._account import Account
from spotantic_nb._bearer import AuthorizationHeader
from spotantic_nb._choices import Flow
from spotantic_nb._files import read_private, write_private
from spotantic_nb._requests import AccessTokenRequestBody, AuthCodeRequestParams
from spotantic_nb._text import html_table, in_utc, isolated, months_later, when
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.errors import NotLoggedInError, TokenStoreError
from spotantic_nb.settings import AuthSettings

__all__ = [
    "AccessTokenInfo",
    "AccessTokenRequestBody",
    "Account",
    "AuthCodeRequestParams",
    "AuthSettings",
]

EXPIRY_MARGIN = timedelta(seconds=60)
"""A token counts as expired this long before it is, so that a request on its way still finds it good."""

CONSENT_MONTHS = 6
"""A refresh token lives this long from the person's consent, however often it is used (Spotify, June 2026)."""

_FIRST_YEAR, _LAST_YEAR = 2, 9998
"""Times outside cannot be moved to another zone or reckoned with."""


class AccessTokenInfo(BaseModel):
    """
    An access token with what belongs to it (RFC 6749, section 5.1).

    All times are aware and in UTC; a naive ``expires_at``, as old token files have it, is read as local time.
    ``pickle``, ``copy`` and ``%store`` leave out the refresh token, which lasts for months; ``model_copy`` keeps it.

    Example:
        >>> from pathlib import Path
        >>> token = AccessTokenInfo(access_token="BQDx", token_type="Bearer", expires_in=3600, scope="user-top-read")
        >>> token.get_authorization_header(), token.is_expired(), token.seconds_left() > 3500
        ({'Authorization': 'Bearer **********'}, False, True)
        >>> token.store_token(Path("token.json"))
        >>> AccessTokenInfo.load_token(Path("token.json")) == token
        True
        >>> reply = AccessTokenInfo(access_token="BQDy", token_type="Bearer", expires_in=3600)
        >>> reply.is_newer_than(token), reply.succeeding(token).scope
        (True, 'user-top-read')
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    access_token: SecretStr
    """The token that Web API calls are made with."""
    token_type: Literal["Bearer"]
    """How the token is used; compared without case, as RFC 6749 says."""
    scope: str | None = None
    """The scopes that were granted, separated by spaces; None where the reply did not say."""
    expires_in: int = Field(gt=-(10**10), lt=10**10)
    """Seconds from the moment the token was asked for to its end."""
    refresh_token: SecretStr | None = None
    """What brings the next access token without asking the person again."""
    expires_at: datetime | None = None
    """The end of the token; set from now and ``expires_in`` where it is not given."""
    authorized_at: datetime | None = None
    """When the person consented, which no refresh moves; None where nobody knows."""
    account: Account | None = None
    """Who consented; None for an app's own token, or where nobody asked yet."""
    issuer: str | None = None
    """The accounts service that gave the token, and the only one its refresh token is ever sent to."""
    flow: Flow | None = None
    """The flow that obtained the token, and renews it; None in files of other programs."""
    client: str | None = None
    """A fingerprint of the client id that the token was given to; None in files of other programs."""
    ended_at: datetime | None = None
    """When Spotify said that the refresh token is no longer valid; kept until a new login takes this token's place."""

    @field_validator("token_type", mode="before")
    @classmethod
    def _ignore_case(cls, value: object) -> object:
        return value.capitalize() if isinstance(value, str) else value

    @field_validator("refresh_token", mode="before")
    @classmethod
    def _treat_empty_as_absent(cls, value: object) -> object:
        return value or None

    @field_validator("access_token", "refresh_token")
    @classmethod
    def _must_fit_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse what is no token: visible ASCII characters, at least one (RFC 6749, appendices A.12 and A.17)."""
        if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("not a token")
        return value

    @field_validator("expires_at", "authorized_at", "ended_at")
    @classmethod
    def _make_aware(cls, value: datetime | None) -> datetime | None:
        """Read a naive time as local."""
        if value is not None and not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            raise ValueError("not a time of ours")
        return value and in_utc(value)

    @field_serializer("access_token", "refresh_token", when_used="json-unless-none")
    def dump_secret_value(self, secret_val: SecretStr) -> str:
        """Return the secret in plain text, for the token file."""
        return secret_val.get_secret_value()

    def model_post_init(self, _context: object, /) -> None:
        """Set ``expires_at`` where it is not given, taking the token for one that was issued just now."""
        if self.expires_at is None:
            self.expires_at = _now() + timedelta(seconds=self.expires_in)

    def __repr__(self) -> str:
        shown = [f"access_token={self.access_token!r}", *(f"{label}: {text}" for label, text in self._rows() if text)]
        return f"{type(self).__name__}({', '.join(shown)})"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        rows = [("access token", str(self.access_token)), *self._rows()]
        return html_table((label.capitalize(), text) for label, text in rows)

    def _rows(self) -> list[tuple[str, str]]:
        """Return labels and texts of what a notebook shows of the token, besides the token itself."""
        whose = self.account.name if self.account else ("the app itself" if self.flow == "client" else "unknown")
        return [
            ("account", isolated(whose)),
            ("scopes", isolated(self.scope or "")),
            ("valid until", when(self.expires_at)),
            ("consent ends", when(self.ended_at or self.consent_ends_at)),
        ]

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with the refresh token, and with these fields changed."""
        kept = {} if self.refresh_token is None else {"refresh_token": self.refresh_token}
        return super().model_copy(update={**kept, **(update or {})}, deep=deep)

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.refresh_token = None
        return copied

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        copied = super().__deepcopy__(memo)
        copied.refresh_token = None
        return copied

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        return {**state, "__dict__": {**state["__dict__"], "refresh_token": None}}

    @classmethod
    @hides_locals
    def load_token(cls, file_path: Path) -> "AccessTokenInfo":
        """
        Read a token that ``store_token`` wrote.

        Raises:
            NotLoggedInError: There is no such file.
            TokenStoreError: The file is a symbolic link, cannot be read, or holds no token.
        """
        text = read_private(file_path)
        if text is None:
            raise NotLoggedInError(f"There is no token at {isolated(file_path)}.", hint="Log in first.")
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            # Not chained: the reasons quote the file.
            raise TokenStoreError(f"{isolated(file_path)} holds no readable token.", hint="Log in again.") from None

    @hides_locals
    def store_token(self, file_path: Path) -> None:
        """
        Write the token to a file that only its owner can read.

        Raises:
            TokenStoreError: The file cannot be written, or is a symbolic link.
        """
        write_private(file_path, self.model_dump_json(exclude_none=True, indent=1))

    def is_expired(self) -> bool:
        """Tell whether the token has expired, or will within a minute; raises as ``seconds_left`` does."""
        return self.seconds_left() <= 0

    def seconds_left(self) -> float:
        """
        Return the seconds until the token counts as expired, a minute before it is; negative afterwards.

        Raises:
            ValueError: ``expires_at`` was removed.
        """
        return (_end_of(self) - EXPIRY_MARGIN - _now()).total_seconds()

    def get_authorization_header(self) -> dict[str, str]:
        """Return the ``Authorization`` header for Web API calls; its repr is masked."""
        return AuthorizationHeader(Authorization=f"{self.token_type} {self.access_token.get_secret_value()}")

    @property
    def fingerprint(self) -> str:
        """A few characters that tell two tokens apart in a log, and reveal neither."""
        return hashlib.sha256(self.access_token.get_secret_value().encode()).hexdigest()[:8]

    def is_newer_than(self, other: "AccessTokenInfo") -> bool:
        """Tell whether this token ends later than the other one."""
        return _end_of(self) > _end_of(other)

    def succeeding(self, predecessor: "AccessTokenInfo") -> "AccessTokenInfo":
        """
        Return this token with what a refresh reply leaves out taken from its predecessor.

        Spotify sends a refresh token only when it changes (since June 2026 never), and the consent with its date,
        account and scopes stays the same.
        """
        inherited = ("refresh_token", "authorized_at", "account", "scope")
        missing = {name: getattr(predecessor, name) for name in inherited if getattr(self, name) is None}
        return self.model_copy(update=missing)

    @property
    def scopes(self) -> frozenset[str]:
        """The granted scopes as a set; empty where the reply did not say."""
        return frozenset((self.scope or "").split())

    @property
    def consent_ends_at(self) -> datetime | None:
        """When Spotify will ask the person again; None where the consent's date is not known."""
        return self.authorized_at and months_later(self.authorized_at, CONSENT_MONTHS)


def _end_of(token: AccessTokenInfo) -> datetime:
    if token.expires_at is None:
        raise ValueError("This token does not say when it expires (expires_at is None).")
    return token.expires_at


def _now() -> datetime:
    return datetime.now(UTC)
