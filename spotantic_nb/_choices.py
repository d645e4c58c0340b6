"""
What a person may choose for a login: the flow and the scopes.

The scopes are grouped and ordered as on Spotify's page ("Scopes", 2026). A name that is not here is passed on all the
same, since Spotify adds scopes; it only earns a warning. Imports nothing, because tab completion needs it at once.
"""

from typing import Literal

Flow = Literal["pkce", "code", "client"]

FLOWS: dict[Flow, str] = {
    "pkce": "Authorization Code with PKCE: your own listening, no secret needed. Recommended.",
    "code": "Authorization Code: your own listening, with the app's client secret.",
    "client": "Client Credentials: the catalogue only, nobody signs in; needs the client secret.",
}

SCOPES_BY_GROUP: dict[str, tuple[str, ...]] = {
    "Images": ("ugc-image-upload",),
    "Spotify Connect": (
        "user-read-playback-state",
        "user-modify-playback-state",
        "user-read-currently-playing",
    ),
    "Playback": ("app-remote-control", "streaming"),
    "Playlists": (
        "playlist-read-private",
        "playlist-read-collaborative",
        "playlist-modify-private",
        "playlist-modify-public",
    ),
    "Follow": ("user-follow-modify", "user-follow-read"),
    "Listening history": ("user-read-playback-position", "user-top-read", "user-read-recently-played"),
    "Library": ("user-library-modify", "user-library-read"),
    "Users": ("user-read-email", "user-read-private"),
}

SCOPES = tuple(scope for group in SCOPES_BY_GROUP.values() for scope in group)

READ_ONLY_SCOPES = (
    "user-top-read",
    "user-read-recently-played",
    "user-library-read",
    "playlist-read-private",
    "playlist-read-collaborative",
)
"""What reading one's own listening for analysis usually needs: the default of a session."""

PRESETS: dict[str, tuple[str, ...]] = {
    "Read my listening": READ_ONLY_SCOPES,
    "Read, and control playback": (*READ_ONLY_SCOPES, *SCOPES_BY_GROUP["Spotify Connect"]),
    "Read, and change playlists and library": (
        *READ_ONLY_SCOPES,
        "playlist-modify-private",
        "playlist-modify-public",
        "user-library-modify",
    ),
    "Everything": SCOPES,
}
"""What people want scopes for, the least of them first."""


def warning_about_scopes(scopes: frozenset[str]) -> str:
    """Return what is odd about these scopes, with the likely spelling, or an empty text."""
    unknown = sorted(scopes.difference(SCOPES))
    if not unknown:
        return ""
    return f"Spotify's list has no {', '.join(map(_with_suggestion, unknown))}; it may refuse the login."


def _with_suggestion(scope: str) -> str:
    import difflib

    from spotantic_nb._text import isolated

    close = difflib.get_close_matches(scope, SCOPES, n=1)
    return f"{isolated(scope)} (did you mean {close[0]}?)" if close else isolated(scope)
