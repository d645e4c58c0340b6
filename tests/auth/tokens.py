"""Tokens to keep, and a place where they cannot be kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from spotantic_nb.models import AccessTokenInfo

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def token(number: int = 1, **more: object) -> AccessTokenInfo:
    """Return a token; a greater number ends later."""
    fields = {
        "access_token": f"PLANTED-secret-{number}",
        "token_type": "Bearer",
        "expires_in": 3600,
        "expires_at": NOON + timedelta(minutes=number),
    }
    return AccessTokenInfo.model_validate(fields | more)


def block(path: Path) -> Path:
    """Put a file where the token's folder should be: not even root can write there."""
    path.parent.touch()
    return path.parent
