"""What the Web API refuses, in words: each refusal with its own remedy."""

import httpx
import pytest

from spotantic_nb.handover._api_errors import refusal

NO_SCOPE = {"error": {"status": 403, "message": "Insufficient client scope"}}
NOT_ON_ALLOWLIST = (
    "The user is not registered for this application. Please check your settings on https://developer.spotify.com/...",
    "Check settings on developer.spotify.com/dashboard, the user may not be registered.",
    "User not registered in the Developer Dashboard",
)
NO_PREMIUM = (
    "Active premium subscription required for the owner of the app. When the subscription status changes, it can take "
    "a few hours before requests are allowed again."
)


@pytest.mark.parametrize(
    ("place", "scope"),
    [
        ("/me/top/artists", "user-top-read"),
        ("/me/tracks", "user-library-read"),
        ("/me/library/contains", "user-library-read"),
        ("/me/playlists", "playlist-read-private"),
        ("/playlists/1/items", "playlist-read-private"),
        ("/me/following", "user-follow-read"),
        ("/me/player/recently-played", "user-read-recently-played"),
        ("/me/player/devices", "user-read-playback-state"),
    ],
)
def test_a_missing_scope_is_named_with_how_to_add_it(place: str, scope: str) -> None:
    error = refusal(httpx.Response(403, json=NO_SCOPE), place)
    assert error.message == f"This login lacks the scope {scope}, which {place} needs (403)."
    assert f'session.require("{scope}")' in error.hint
    assert "%spotantic_login --scope" in error.hint


def test_where_the_missing_scope_is_not_known_its_source_is_named() -> None:
    error = refusal(httpx.Response(403, json=NO_SCOPE), "/me/unheard-of")
    assert "lacks a scope that /me/unheard-of needs" in error.message
    assert "developer.spotify.com/documentation/web-api names it. Then add it by session.require(...)" in error.hint


@pytest.mark.parametrize("said", NOT_ON_ALLOWLIST)
def test_an_account_that_is_not_on_the_allow_list_is_to_be_added_by_the_owner(said: str) -> None:
    error = refusal(httpx.Response(403, text=said), "/me")
    assert "not on the allow-list" in error.message
    assert "User Management" in error.hint


def test_an_owner_without_premium_is_told_from_the_person() -> None:
    error = refusal(httpx.Response(403, text=NO_PREMIUM), "/me")
    assert error.message == "The owner of the app has no Premium, so Spotify refuses all its calls (403)."


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (httpx.Response(403, text="You cannot"), "Spotify refuses /a to this app or account (403)."),
        (httpx.Response(404), "The Web API has nothing at /a (404)."),
        (httpx.Response(400), "The Web API does not take this request for /a (status 400)."),
        (httpx.Response(302), "The Web API does not take this request for /a (status 302)."),
        (httpx.Response(503), "The Web API has no answer now (status 503)."),
        (httpx.Response(401), "The Web API refuses the token of this login, however new it is (401)."),
        (
            httpx.Response(401, json={"error": {"message": "Valid user authentication required"}}),
            "/a needs a person, and this login is the app's own (401).",
        ),
    ],
)
def test_other_refusals_are_told_apart(reply: httpx.Response, message: str) -> None:
    error = refusal(reply, "/a")
    assert (error.message, error.status, error.retry_after) == (message, reply.status_code, None)
    assert error.hint


@pytest.mark.parametrize("asked", ["", "soon", "-1", "1.5", "9" * 40])
def test_a_pause_that_is_no_number_of_seconds_is_a_minute_for_a_person(asked: str) -> None:
    error = refusal(httpx.Response(429, headers={"Retry-After": asked}), "/a")
    assert (error.retry_after, error.hint) == (None, "Try again in a minute.")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_no_error_repeats_what_the_reply_says(status: int) -> None:
    assert "planted" not in str(refusal(httpx.Response(status, text="planted Insufficient client scope"), "/a"))
