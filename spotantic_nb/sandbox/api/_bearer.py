"""
The gate of the Web API: which token opens which door, and what is said to the others.

Order: the header, the token, the app's standing, then what the door asks for.
"""

from collections.abc import Collection
from dataclasses import dataclass

from spotantic_nb.sandbox._errors import ApiError, PlainApiError
from spotantic_nb.sandbox._knobs import Knobs
from spotantic_nb.sandbox._world import World
from spotantic_nb.sandbox.accounts._grants import Grant
from spotantic_nb.sandbox.accounts._tokens import AccessToken

NO_TOKEN = "No token provided"  # noqa: S105 - a sentence
INVALID = "Invalid access token"
_EXPIRED = "The access token expired"

_NOT_ON_ALLOWLIST = (
    "The user is not registered for this application. "
    "Please check your settings on https://developer.spotify.com/dashboard."
)
_OWNER_WITHOUT_PREMIUM = (
    "Active premium subscription required for the owner of the app. "
    "When the subscription status changes, it can take a few hours before requests are allowed again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What an endpoint asks of a token."""

    needs_user: bool = True
    scope: str | None = None


def let_in(authorization: str | None, *, door: Door, world: World) -> Grant | None:
    """
    Return the grant behind the token, or None for an app that acts for itself.

    Raises:
        ApiError: The token is missing, bad or too weak.
        PlainApiError: The app is not allowed to call at all.
    """
    token = _token(_bearer(authorization, world.knobs), world)
    _check_standing(token, world.knobs)
    _check_door(token.grant, door)
    return token.grant


def require_scope(scopes: Collection[str], scope: str) -> None:
    """
    Refuse where this scope was not granted.

    Raises:
        ApiError: It was not.
    """
    if scope not in scopes:
        raise ApiError(403, "Insufficient client scope")


def unauthorized(cause: str, knobs: Knobs) -> ApiError:
    """Return the 401 for this cause: since July 2026 only its header tells one cause from another."""
    error = "missing_token" if cause == NO_TOKEN else "invalid_token"
    challenge = f'Bearer realm="spotify", error="{error}", error_description="{cause}"'
    message = "Missing/invalid/expired access token" if knobs.unauthorized_body == "new" else cause
    return ApiError(401, message, headers={"WWW-Authenticate": challenge})


def _bearer(authorization: str | None, knobs: Knobs) -> str:
    scheme, _, value = (authorization or "").partition(" ")
    if not scheme:
        raise unauthorized(NO_TOKEN, knobs)
    if scheme.lower() != "bearer":
        raise ApiError(400, "Only valid bearer authentication supported")
    return value.strip()


def _token(value: str, world: World) -> AccessToken:
    token = world.tokens.read(value)
    if token is None:
        raise unauthorized(INVALID, world.knobs)
    if token.expires_at <= world.clock.now():
        raise unauthorized(_EXPIRED, world.knobs)
    return token


def _check_standing(token: AccessToken, knobs: Knobs) -> None:
    if not knobs.owner_premium:
        raise PlainApiError(403, _OWNER_WITHOUT_PREMIUM)
    if token.grant and not knobs.allowlisted:
        raise PlainApiError(403, _NOT_ON_ALLOWLIST)


def _check_door(grant: Grant | None, door: Door) -> None:
    if door.needs_user and grant is None:
        raise ApiError(401, "Valid user authentication required")
    if door.scope and grant:
        require_scope(grant.scopes, door.scope)
