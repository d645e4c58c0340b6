"""What a notebook shows of a token: whose it is, its scopes and the time left; never the token itself."""

from typing import TYPE_CHECKING

from spotantic_nb._text import html_table, isolated, when

if TYPE_CHECKING:
    from spotantic_nb.models import AccessTokenInfo


def in_a_line(token: "AccessTokenInfo") -> str:
    """Return one line, as for ``repr``."""
    return (
        f"{type(token).__name__}(access_token={token.access_token!r}, of {_whose(token)}, "
        f"{len(token.scopes)} scopes, {_time_left(token)})"
    )


def as_table(token: "AccessTokenInfo") -> str:
    """Return an HTML table, for the output of a cell."""
    return html_table(
        [
            ("Access token", str(token.access_token)),
            ("Account", _whose(token)),
            ("Scopes", isolated(token.scope or "")),
            ("Valid until", when(token.expires_at)),
            ("Consent ends", when(token.ended_at or token.consent_ends_at)),
        ]
    )


def _whose(token: "AccessTokenInfo") -> str:
    if token.account is not None:
        return isolated(token.account.name)
    return "the app itself" if token.flow == "client" else "an unknown account"


def _time_left(token: "AccessTokenInfo") -> str:
    if token.expires_at is None:
        return "end unknown"
    return "expired" if token.is_expired() else f"valid until {when(token.expires_at)}"
