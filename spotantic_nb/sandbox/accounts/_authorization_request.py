"""
What an app asks for at ``/authorize``, checked in Spotify's order: client, redirect URI, response type, scope, PKCE.

Pure: a query goes in, a request or the one error to show comes out.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from spotantic_nb.sandbox._errors import AuthorizeError
from spotantic_nb.sandbox.accounts._apps import App, Dashboard, is_insecure

SCOPES = {
    "ugc-image-upload": "Upload pictures for you, such as playlist covers",
    "user-read-playback-state": "See what is playing, and on which of your devices",
    "user-modify-playback-state": "Start, stop and skip on your devices",
    "user-read-currently-playing": "See what you are listening to right now",
    "app-remote-control": "Talk to the player app on your phone",
    "streaming": "Play music itself, and control your other devices",
    "playlist-read-private": "See your private playlists",
    "playlist-read-collaborative": "See the playlists you make with others",
    "playlist-modify-private": "Change your private playlists",
    "playlist-modify-public": "Change your public playlists",
    "user-follow-modify": "Follow and unfollow people and artists for you",
    "user-follow-read": "See whom you follow, and who follows you",
    "user-read-playback-position": "See how far you got in shows and audiobooks",
    "user-top-read": "See your favourite artists and tracks",
    "user-read-recently-played": "See what you played lately",
    "user-library-modify": "Change what you have saved",
    "user-library-read": "See what you have saved",
    "user-read-email": "Get your real e-mail address",
    "user-read-private": "See your kind of subscription and your country",
}


def in_plain_words(scopes: Iterable[str]) -> list[tuple[str, str]]:
    """Return each scope with its consent text, in the order in which Spotify lists them."""
    asked = frozenset(scopes)
    return [(scope, text) for scope, text in SCOPES.items() if scope in asked]


_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""The unpadded base64url form of a SHA-256 hash (RFC 7636 4.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request that may be shown to a person."""

    app: App
    redirect_uri: str
    state: str | None = field(repr=False)
    scopes: frozenset[str]
    challenge: str | None = field(repr=False)
    show_dialog: bool


def read_authorization_request(
    query: Mapping[str, str], *, dashboard: Dashboard, strict_scopes: bool
) -> AuthorizationRequest:
    """
    Check the query of an authorize URL.

    Raises:
        AuthorizeError: It must not be answered at its redirect URI, because something in it is wrong.
    """
    app = _app(query.get("client_id", ""), dashboard)
    redirect_uri = _redirect_uri(query.get("redirect_uri", ""), app)
    _check_response_type(query.get("response_type"))
    scopes = _scopes(query.get("scope", ""), strict=strict_scopes)
    return AuthorizationRequest(
        app=app,
        redirect_uri=redirect_uri,
        state=query.get("state"),
        scopes=scopes,
        challenge=_challenge(query.get("code_challenge"), query.get("code_challenge_method")),
        show_dialog=query.get("show_dialog", "").lower() == "true",
    )


def _app(client_id: str, dashboard: Dashboard) -> App:
    if not client_id:
        raise AuthorizeError("client_id: Not present", old="INVALID_CLIENT: Invalid client")
    app = dashboard.find(client_id)
    if app is None:
        raise AuthorizeError("client_id: Invalid", old="INVALID_CLIENT: Invalid client")
    return app


def _redirect_uri(redirect_uri: str, app: App) -> str:
    if is_insecure(redirect_uri):
        raise AuthorizeError("redirect_uri: Insecure", old="INVALID_CLIENT: Insecure redirect URI")
    if not app.may_be_answered_at(redirect_uri):
        raise AuthorizeError("redirect_uri: Not matching configuration", old="INVALID_CLIENT: Invalid redirect URI")
    return redirect_uri


def _check_response_type(response_type: str | None) -> None:
    # The implicit grant ended on 2025-11-27, hence no "token".
    if response_type != "code":
        raise AuthorizeError("response_type must be code", old="response_type must be code or token")


def _scopes(text: str, *, strict: bool) -> frozenset[str]:
    words = frozenset(text.split() if strict else text.replace(",", " ").split())
    if strict and not words.issubset(SCOPES):
        raise AuthorizeError("scope: Invalid scope", old="Illegal scope")
    return words.intersection(SCOPES)


def _challenge(challenge: str | None, method: str | None) -> str | None:
    if challenge is None and method is None:
        return None
    # A challenge without a method would mean "plain" (RFC 7636 4.3), which Spotify does not offer.
    if method != "S256":
        raise AuthorizeError("code_challenge_method must be S256")
    if challenge is None or not _CHALLENGE.fullmatch(challenge):
        raise AuthorizeError("code_challenge: Invalid")
    return challenge
