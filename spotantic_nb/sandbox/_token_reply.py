"""The JSON object that hands over tokens (RFC 6749 5.1), and the ways in which the knobs bend it."""

from spotantic_nb.sandbox._knobs import Knobs
from spotantic_nb.sandbox._tokens import IssuedTokens

_NOBODY_ASKED = {"username": None, "id_hint": "not-a-token", "x_sandbox": {"nested": [1, 2, 3]}}


def token_reply(issued: IssuedTokens, knobs: Knobs) -> dict[str, object]:
    """Return the reply; an app that acts for itself gets neither scope nor refresh token."""
    return {
        "access_token": issued.access_token,
        "token_type": knobs.reply_token_type,
        "expires_in": str(knobs.access_lifetime) if knobs.expires_in_as_text else knobs.access_lifetime,
        **(_of_a_person(issued, knobs) if issued.grant else {}),
        **(_NOBODY_ASKED if knobs.extra_fields else {}),
    }


def _of_a_person(issued: IssuedTokens, knobs: Knobs) -> dict[str, object]:
    scopes = sorted(issued.grant.scopes) if issued.grant else []
    return _scope(scopes, knobs) | _refresh_token(issued.refresh_token, knobs)


def _scope(scopes: list[str], knobs: Knobs) -> dict[str, object]:
    match knobs.reply_scope:
        case "absent":
            return {}
        case "empty":
            return {"scope": ""}
        case "less":
            return {"scope": " ".join(scopes[:-1])}
    return {"scope": " ".join(scopes)}


def _refresh_token(value: str | None, knobs: Knobs) -> dict[str, object]:
    match knobs.reply_refresh_token:
        case "absent":
            return {}
        case "null":
            return {"refresh_token": None}
        case "empty":
            return {"refresh_token": ""}
    return {} if value is None else {"refresh_token": value}
