"""
The token file: which login each token in it belongs to, so that several logins may share one path.

The first token stands at the top level of the JSON object, where ``AccessTokenInfo.load_token`` and other programs
look for it; further ones stand in its list ``others``.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from spotantic_nb._files import read_private, write_private
from spotantic_nb._foreign_text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._choices import Flow
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
        return [first, *_Others.model_validate_json(text).others]
    except ValidationError:
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


class _Others(BaseModel):
    others: list[AccessTokenInfo] = []
