"""
Refusals of the Web API in words, each with its remedy.

Spotify tells its 403s apart by their text alone (2026), some of it JSON and some plain. It is read, and never repeated.
"""

import re
from datetime import UTC, datetime, timedelta

import httpx

from spotantic_nb._text import isolated, when
from spotantic_nb.errors import WebApiError

_REFERENCE = "https://developer.spotify.com/documentation/web-api"
_MOST_DIGITS = 9
"""Of a ``Retry-After``: more would be thirty years."""

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY_REQUESTS, _SERVER_ERRORS = 401, 403, 404, 429, 500

_SCOPES = (
    (r"/me/top/", "user-top-read"),
    (r"/me/player/recently-played$", "user-read-recently-played"),
    (r"/me/player/(queue|currently-playing)$", "user-read-currently-playing"),
    (r"/me/player", "user-read-playback-state"),
    (r"/me/(tracks|albums|shows|episodes|audiobooks|library)", "user-library-read"),
    (r"/me/following", "user-follow-read"),
    (r"/(me/)?playlists", "playlist-read-private"),
)
"""The scope that a path needs to be read, as far as Spotify's reference names one."""


def refusal(reply: httpx.Response, place: str) -> WebApiError:
    """
    Return the error for a reply that is no success.

    Args:
        reply: What came back.
        place: The path that was asked for, as it is called in the error.
    """
    status, place = reply.status_code, isolated(place)
    if status == _TOO_MANY_REQUESTS:
        return _too_many_requests(reply)
    if status == _FORBIDDEN:
        message, hint = _forbidden(reply.text, place)
    elif status == _UNAUTHORIZED:
        message, hint = _unauthorized(reply.text, place)
    elif status == _NOT_FOUND:
        message, hint = f"The Web API has nothing at {place} (404).", _compare("path")
    elif status >= _SERVER_ERRORS:
        message, hint = f"The Web API has no answer now (status {status}).", "Try again in a moment."
    else:
        message, hint = f"The Web API does not take this request for {place} (status {status}).", _compare("query")
    return WebApiError(message, hint=hint, status=status)


def _compare(part: str) -> str:
    return f"Compare the {part} with {_REFERENCE}: Spotify withdrew many endpoints in 2024 and 2026."


def _too_many_requests(reply: httpx.Response) -> WebApiError:
    asked = reply.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isdecimal() and len(asked) < _MOST_DIGITS else None
    later = "in a minute" if seconds is None else f"after {when(datetime.now(UTC) + timedelta(seconds=seconds))}"
    return WebApiError(
        "Spotify's rate limit was reached (429).",
        hint=f"Try again {later}.",
        status=reply.status_code,
        retry_after=seconds,
    )


def _unauthorized(said: str, place: str) -> tuple[str, str]:
    if "Valid user authentication required" in said:
        return f"{place} needs a person, and this login is the app's own (401).", "Run %spotantic_login pkce."
    return (
        "The Web API refuses the token of this login, however new it is (401).",
        "Spotify may have trouble: try again in some minutes, then log in anew with %spotantic_login --force.",
    )


def _forbidden(said: str, place: str) -> tuple[str, str]:
    if "Insufficient client scope" in said:
        return _missing_scope(place)
    if re.search("not (be )?registered", said, re.IGNORECASE):
        return (
            "This Spotify account is not on the allow-list of the app (403).",
            "Its owner adds it under User Management in https://developer.spotify.com/dashboard.",
        )
    if "premium subscription required for the owner" in said:
        return (
            "The owner of the app has no Premium, so Spotify refuses all its calls (403).",
            "Spotify answers again some hours after the owner has subscribed.",
        )
    return f"Spotify refuses {place} to this app or account (403).", _compare("path")


def _missing_scope(place: str) -> tuple[str, str]:
    scope = next((scope for path, scope in _SCOPES if re.match(path, place)), "")
    if not scope:
        return (
            f"This login lacks a scope that {place} needs (403).",
            f"{_REFERENCE} names it. Then {_add('...')}",
        )
    hint = _add(f'"{scope}"')
    return f"This login lacks the scope {scope}, which {place} needs (403).", f"{hint[0].upper()}{hint[1:]}"


def _add(scope: str) -> str:
    return f"add it by session.require({scope}), or name it behind %spotantic_login --scope with all that you need."
