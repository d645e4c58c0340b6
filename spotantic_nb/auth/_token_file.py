"""
The token file: one login's token in it, and those of other logins that share the path.

The first token stands at the top level of the JSON object, where ``AccessTokenInfo.load_token`` and other programs
look for it; further ones stand in its list ``others``.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from spotantic_nb._choices import Flow
from spotantic_nb._files import Version, forget, is_within_reach, read_private, version_of, write_private
from spotantic_nb._text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.errors import TokenStoreError
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.settings import AuthSettings


class NoTokenFileError(TokenStoreError):
    """A file holds something else than tokens."""


@dataclass(frozen=True, slots=True)
class LoginKey:
    """What tells the tokens of two logins apart."""

    issuer: str
    """The accounts service (RFC 9700, section 4.4: no token of one is ever sent to another)."""
    flow: Flow
    client: str | None
    """A fingerprint of the client id; None where none is set."""

    @classmethod
    def of(cls, settings: AuthSettings, flow: Flow) -> "LoginKey":
        """Return the key of the login that these settings lead to."""
        client_id = settings.client_id
        client = None if client_id is None else _fingerprint(client_id.get_secret_value())
        return cls(settings.accounts_url, flow, client)

    def fits(self, token: AccessTokenInfo) -> bool:
        """
        Tell whether a token belongs to this login.

        A token of another program does not say so: it fits where it may be one of this flow, which is a person's where
        it has scopes or a refresh token.
        """
        if token.flow is None and (self.flow == "client") == bool(token.refresh_token or token.scope):
            return False
        return all(
            theirs is None or ours is None or theirs == ours
            for theirs, ours in ((token.issuer, self.issuer), (token.flow, self.flow), (token.client, self.client))
        )

    def signed(self, token: AccessTokenInfo) -> AccessTokenInfo:
        """Return the token with the login that it belongs to."""
        return token.model_copy(update={"issuer": self.issuer, "flow": self.flow, "client": self.client})


class TokenFile:
    """
    The token of one login in a file; read again only when the file has changed.

    Args:
        path: The file.
        key: Which of the tokens in it is meant; without it, the first.
    """

    def __init__(self, path: Path, key: LoginKey | None) -> None:
        self._path = path
        self._key = key
        self._tokens: list[AccessTokenInfo] = []
        self.version: Version | None = None
        """The version of the file when it was last read or written here; None where there was no file."""

    def load(self) -> AccessTokenInfo | None:
        """
        Return the token, or None where the file has none of this login.

        Raises:
            NoTokenFileError: The file holds something else.
            TokenStoreError: It is a symbolic link or cannot be read.
        """
        version = version_of(self._path)
        if version != self.version:
            self._tokens, self.version = read_tokens(self._path), version
        return self._mine

    def save(self, token: AccessTokenInfo) -> None:
        """
        Write the token in place of the one before, beside those of other logins.

        Raises:
            NoTokenFileError: The file holds something else.
            TokenStoreError: It is a symbolic link, cannot be read, or cannot be written.
        """
        mine = self.load()
        tokens = [token if other is mine else other for other in self._tokens]
        self._write(tokens if mine else [*tokens, token])

    def remove(self) -> None:
        """
        Remove the token, and the file where no other login has a token in it.

        Raises:
            TokenStoreError: It cannot be read or removed.
        """
        try:
            mine = self.load()
            others = [token for token in self._tokens if token is not mine]
        except NoTokenFileError:
            others = []
        except TokenStoreError:
            if is_within_reach(self._path):
                raise
            others = []
        if others:
            self._write(others)
        else:
            forget(self._path)
            self._tokens, self.version = [], None

    @property
    def _mine(self) -> AccessTokenInfo | None:
        return next((token for token in self._tokens if self._key is None or self._key.fits(token)), None)

    def _write(self, tokens: list[AccessTokenInfo]) -> None:
        write_tokens(self._path, tokens)
        self._tokens, self.version = tokens, version_of(self._path)


@hides_locals
def read_tokens(path: Path) -> list[AccessTokenInfo]:
    """
    Return the tokens in the file; none where there is no such file.

    Raises:
        NoTokenFileError: It holds something else.
        TokenStoreError: It is a symbolic link or cannot be read.
    """
    text = read_private(path)
    if text is None:
        return []
    try:
        first = AccessTokenInfo.model_validate_json(text)
        others = json.loads(text).get("others", [])
        return [first, *map(AccessTokenInfo.model_validate, others)]
    except (ValidationError, TypeError):
        # Not chained: the reasons quote the file.
        raise NoTokenFileError(f"{isolated(path)} holds no readable token.", hint="Log in again.") from None


@hides_locals
def write_tokens(path: Path, tokens: Sequence[AccessTokenInfo]) -> None:
    """
    Write these tokens, at least one, to a file that only its owner can read.

    Raises:
        TokenStoreError: The file cannot be written, or is a symbolic link.
    """
    first, *others = (token.model_dump(mode="json", exclude_none=True) for token in tokens)
    document: dict[str, Any] = {**first, "others": others} if others else first
    write_private(path, json.dumps(document, indent=1))


def _fingerprint(client_id: str) -> str:
    """Return what tells two client ids apart; the id itself is nobody's business who lists the folder."""
    return hashlib.sha256(client_id.encode()).hexdigest()[:12]
