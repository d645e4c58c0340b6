"""Attempts to log in, and the addresses that answer them."""

from urllib.parse import urlencode

from spotantic_nb.auth._attempt import AuthorizationAttempt

REDIRECT_URI = "http://127.0.0.1:8765/callback"
CODE = "PLANTED-secret-code"


def begin(
    redirect_uri: str = REDIRECT_URI, *, switch_user: bool = False, forwarded_to: int | None = None
) -> AuthorizationAttempt:
    """Begin an attempt with Spotify."""
    return AuthorizationAttempt.begin(
        authorize_url="https://accounts.spotify.com/authorize",
        client_id="PLANTED-id",
        redirect_uri=redirect_uri,
        scope="user-top-read streaming",
        switch_user=switch_user,
        forwarded_to=forwarded_to,
    )


def answer_to(attempt: AuthorizationAttempt, place: str | None = None, /, **fields: str | list[str] | None) -> str:
    """Return the address a person ends at, with some fields changed, doubled, or (None) left out."""
    where = attempt.redirect_uri if place is None else place
    answer = {"code": CODE, "state": attempt.state, **fields}
    query = urlencode({name: value for name, value in answer.items() if value is not None}, doseq=True)
    return f"{where}{'&' if '?' in where else '?'}{query}"


WITHOUT_STATE = [
    "error=access_denied",
    "error=server_error&code=1",
    "code=1",
    "code=",
    "error=access_denied&state=",
    "error=access_denied&iss=https://evil.example",
]
"""Answers that cannot be taken for one, whatever else they say."""
