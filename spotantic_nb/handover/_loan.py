"""
A loan: one access token and its end, made to travel to other processes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from pydantic import SecretStr

from spotantic_nb._bearer import AuthorizationHeader, BearerText
from spotantic_nb.errors import TokenExpiredError
from spotantic_nb.models import EXPIRY_MARGIN, AccessTokenInfo


@dataclass(frozen=True, slots=True)
class Loan:
    """
    An access token and its end; it cannot be renewed, and holds nothing else of the login.

    Its pickle holds the access token on purpose: whoever can read that can use the token until ``expires_at``. Its repr
    is masked.

    Example:
        >>> import pickle
        >>> token = AccessTokenInfo(access_token="BQDx", token_type="Bearer", expires_in=3600)
        >>> loan = pickle.loads(pickle.dumps(Loan.of(token, "https://api.spotify.com/v1")))  # as in another process
        >>> loan.headers(), loan.expires_at == token.expires_at, loan.seconds_left() > 3500
        ({'Authorization': 'Bearer **********'}, True, True)
    """

    api_url: str
    """The Web API that the token is for, without a slash at its end."""
    access_token: SecretStr
    """The token itself."""
    expires_at: datetime
    """When the token ends, in UTC. It is not handed out in its last minute."""

    @classmethod
    def of(cls, token: AccessTokenInfo, api_url: str) -> Self:
        """Return the loan of a token; one that does not say when it ends counts as over."""
        return cls(api_url, token.access_token, token.expires_at or _now())

    def seconds_left(self) -> float:
        """Return the seconds for which the token is handed out; negative afterwards."""
        return (self.expires_at - EXPIRY_MARGIN - _now()).total_seconds()

    def token(self) -> str:
        """
        Return the access token.

        Raises:
            TokenExpiredError: It has ended, or will within a minute.
        """
        if self.seconds_left() <= 0:
            raise TokenExpiredError(
                f"The access token that was lent here ends at {self.expires_at:%H:%M:%S} UTC.",
                hint="Lend another one in the notebook, with session.loan(), and send it anew.",
            )
        return BearerText(self.access_token.get_secret_value())

    def headers(self) -> dict[str, str]:
        """Return the ``Authorization`` header for a request that is made now; its repr is masked."""
        return AuthorizationHeader(Authorization=f"Bearer {self.token()}")


def _now() -> datetime:
    return datetime.now(UTC)
