"""The Web API: its gate, its refusals, and the shape of what lies behind."""

import httpx
import pytest

from spotantic_nb.sandbox._knobs import Wording
from spotantic_nb.sandbox.accounts._authorization_request import SCOPES
from tests.sandbox.conftest import BASIC, DemoApp

EVERYTHING = " ".join(SCOPES)
GUARDED = {
    "/me/top/artists": "user-top-read",
    "/me/top/tracks": "user-top-read",
    "/me/tracks": "user-library-read",
    "/me/player/recently-played": "user-read-recently-played",
    "/me/playlists": "playlist-read-private",
}


def message(response: httpx.Response) -> tuple[int, str]:
    return response.json()["error"]["status"], response.json()["error"]["message"]


@pytest.mark.parametrize(("path", "scope"), GUARDED.items())
def test_an_endpoint_opens_for_its_scope(app: DemoApp, path: str, scope: str) -> None:
    assert app.get(path, app.log_in(scope=scope)["access_token"]).status_code == 200


@pytest.mark.parametrize(("path", "scope"), GUARDED.items())
def test_an_endpoint_stays_shut_for_all_other_scopes(app: DemoApp, path: str, scope: str) -> None:
    others = " ".join(SCOPES.keys() - {scope})
    response = app.get(path, app.log_in(scope=others)["access_token"])
    assert (response.status_code, *message(response)) == (403, 403, "Insufficient client scope")


@pytest.mark.parametrize("path", ["/me", *GUARDED])
def test_an_app_by_itself_is_no_user(app: DemoApp, path: str) -> None:
    assert message(app.get(path, app.app_token())) == (401, "Valid user authentication required")


@pytest.mark.parametrize(
    ("header", "cause", "error"),
    [
        (None, "No token provided", "missing_token"),
        ("Bearer", "Invalid access token", "invalid_token"),
        ("Bearer BQnonsense", "Invalid access token", "invalid_token"),
    ],
)
@pytest.mark.parametrize("wording", ["new", "old"])
def test_a_401_names_its_cause_in_the_header_and_formerly_in_the_body(
    app: DemoApp, header: str | None, cause: str, error: str, wording: Wording
) -> None:
    app.sandbox.knobs.unauthorized_body = wording
    headers = {"Authorization": header} if header is not None else {}
    response = app.http.get(f"{app.sandbox.api_url}/me", headers=headers)
    assert message(response) == (401, {"new": "Missing/invalid/expired access token", "old": cause}[wording])
    challenge = f'Bearer realm="spotify", error="{error}", error_description="{cause}"'
    assert response.headers["www-authenticate"] == challenge


def test_an_access_token_expires(app: DemoApp) -> None:
    token = app.log_in()["access_token"]
    app.sandbox.advance(3600)
    assert "The access token expired" in app.get("/me", token).headers["www-authenticate"]


def test_only_bearer_is_understood(app: DemoApp) -> None:
    response = app.http.get(f"{app.sandbox.api_url}/me", auth=BASIC)
    assert message(response) == (400, "Only valid bearer authentication supported")


def test_whoever_is_not_on_the_allowlist_is_told_so_in_plain_text(app: DemoApp) -> None:
    app.sandbox.knobs.allowlisted = False
    response = app.get("/me", app.log_in()["access_token"])
    assert response.status_code == 403
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text.startswith("The user is not registered for this application.")


def test_an_owner_without_premium_stops_even_the_app_itself(app: DemoApp) -> None:
    app.sandbox.knobs.owner_premium = False
    response = app.get("/search?q=the&type=track", app.app_token())
    assert response.status_code == 403
    assert response.text.startswith("Active premium subscription required")


def test_what_does_not_exist_is_not_found(app: DemoApp) -> None:
    assert message(app.get("/audio-features", app.app_token())) == (404, "Service not found")


def test_the_profile_has_lost_five_fields_in_development_mode(app: DemoApp) -> None:
    token = app.log_in()["access_token"]
    brief = app.get("/me", token).json()
    app.sandbox.knobs.me = "full"
    full = app.get("/me", token).json()
    assert full.keys() - brief.keys() == {"country", "email", "explicit_content", "followers", "product"}
    assert (brief["id"], brief["display_name"], brief["type"]) == ("ada", "Ada Fjordmark", "user")


def test_objects_have_the_fields_of_2026(app: DemoApp) -> None:
    token = app.log_in(scope=EVERYTHING)["access_token"]
    track = app.get("/me/top/tracks?limit=1", token).json()["items"][0]
    playlist = app.get("/me/playlists", token).json()["items"][0]
    assert not {"popularity", "available_markets", "preview_url"} & track.keys()
    assert not {"popularity", "available_markets", "label"} & track["album"].keys()
    assert "items" in playlist
    assert "tracks" not in playlist


@pytest.mark.parametrize("path", ["/me/top/artists", "/me/top/tracks", "/me/tracks"])
def test_pages_join_without_gap_or_overlap(app: DemoApp, path: str) -> None:
    token, url = app.log_in(scope=EVERYTHING)["access_token"], f"{app.sandbox.api_url}{path}?limit=17"
    seen: list[str] = []
    while url:
        body = app.http.get(url, headers={"Authorization": f"Bearer {token}"}).json()
        seen += [item.get("track", item)["id"] for item in body["items"]]
        url = body["next"]
    assert len(seen) == len(set(seen)) == body["total"] >= 40


def test_the_previous_page_is_the_one_before(app: DemoApp) -> None:
    token = app.log_in()["access_token"]
    first = app.get("/me/top/tracks?limit=5", token).json()
    second = app.http.get(first["next"], headers={"Authorization": f"Bearer {token}"}).json()
    assert first["previous"] is None
    assert second["previous"] == first["href"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/me/top/tracks?limit=51", "Invalid limit"),
        ("/me/top/tracks?limit=0", "Invalid limit"),
        ("/me/top/tracks?limit=ten", "Invalid limit"),
        ("/me/top/tracks?offset=-1", "Invalid offset"),
        ("/me/top/tracks?time_range=today", "Invalid time range"),
        ("/me/player/recently-played?before=1&after=1", "Only one of after and before may be given"),
        ("/me/player/recently-played?before=now", "Invalid before"),
        ("/search?type=track", "No search query"),
        ("/search?q=the", "Missing parameter type"),
        ("/search?q=the&type=show", "Bad search type field"),
        ("/search?q=the&type=track&limit=11", "Invalid limit"),
    ],
)
def test_a_senseless_question_is_a_400(app: DemoApp, path: str, text: str) -> None:
    assert message(app.get(path, app.log_in(scope=EVERYTHING)["access_token"])) == (400, text)


def test_favourites_drift_with_the_time_range(app: DemoApp) -> None:
    token = app.log_in()["access_token"]
    ranges = ("short_term", "medium_term", "long_term")
    found = [app.get(f"/me/top/artists?time_range={name}&limit=10", token).text for name in ranges]
    assert len(set(found)) == 3


def test_a_search_gives_five_of_each_type_to_anybody_with_a_token(app: DemoApp) -> None:
    body = app.get("/search?q=the&type=artist,album,track", app.app_token()).json()
    assert body.keys() == {"artists", "albums", "tracks"}
    assert [body[kind]["limit"] for kind in body] == [5, 5, 5]
    assert all("the" in artist["name"].lower() for artist in body["artists"]["items"])


def test_the_history_is_walked_backwards_by_its_cursor(app: DemoApp) -> None:
    token, path = app.log_in(scope=EVERYTHING)["access_token"], "/me/player/recently-played"
    first = app.get(f"{path}?limit=50", token).json()
    second = app.get(f"{path}?limit=50&before={first['cursors']['before']}", token).json()
    assert first["next"].endswith(f"before={first['cursors']['before']}&limit=50")
    assert first["items"][-1]["played_at"] > second["items"][0]["played_at"]


def test_nothing_was_played_after_the_newest_play(app: DemoApp) -> None:
    token, path = app.log_in(scope=EVERYTHING)["access_token"], "/me/player/recently-played"
    newest = app.get(path, token).json()["cursors"]["after"]
    body = app.get(f"{path}?after={newest}", token).json()
    assert (body["items"], body["next"], body["cursors"]) == ([], None, None)


class TestOtherOrigins:
    """A page of any other origin may ask, and its browser asks first."""

    def test_a_browser_hears_that_it_may_send_the_token(self, app: DemoApp) -> None:
        asks = {
            "Origin": "https://page.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        }
        response = app.http.options(f"{app.sandbox.api_url}/me", headers=asks)
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == "*"
        assert "GET, POST, PUT" in response.headers["access-control-allow-methods"]
        assert "Authorization" in response.headers["access-control-allow-headers"]

    @pytest.mark.parametrize("token", ["", "nonsense"])
    def test_a_page_may_read_the_answer_even_where_it_is_no(self, app: DemoApp, token: str) -> None:
        bearer = token or app.log_in()["access_token"]
        headers = {"Origin": "https://page.example", "Authorization": f"Bearer {bearer}"}
        response = app.http.get(f"{app.sandbox.api_url}/me", headers=headers)
        assert (response.status_code, response.headers["access-control-allow-origin"]) == (401 if token else 200, "*")
