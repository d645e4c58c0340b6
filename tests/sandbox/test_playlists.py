"""Playlists that are made, filled and read, as the Web API has them since February 2026."""

import httpx
import pytest

from spotantic_nb.sandbox import ScriptedUser
from tests.sandbox.conftest import DemoApp

READ, PRIVATE, PUBLIC = "playlist-read-private", "playlist-modify-private", "playlist-modify-public"
NEW = {"name": "Rainy Tuesdays", "description": "For the tram", "public": False}


class Person:
    """Somebody with a token, who sends JSON."""

    def __init__(self, app: DemoApp, *scopes: str, name: str = "ada") -> None:
        self._app = app
        self._token = app.log_in(ScriptedUser(name), scope=" ".join(scopes))["access_token"]

    def send(self, method: str, path: str, **options: object) -> httpx.Response:
        url, headers = f"{self._app.sandbox.api_url}{path}", {"Authorization": f"Bearer {self._token}"}
        return self._app.http.request(method, url, headers=headers, **options)  # type: ignore[arg-type]

    def make(self, **changes: object) -> str:
        return str(self.send("POST", "/me/playlists", json=NEW | changes).json()["id"])

    def songs_in(self, playlist: str) -> list[str]:
        items = self.send("GET", f"/playlists/{playlist}/items").json()["items"]
        return [entry["item"]["uri"] for entry in items]


@pytest.fixture
def ada(app: DemoApp) -> Person:
    """Ada, who granted all that has to do with playlists."""
    return Person(app, READ, PRIVATE, PUBLIC, "user-top-read")


@pytest.fixture
def songs(ada: Person) -> list[str]:
    """Six songs."""
    found = ada.send("GET", "/me/top/tracks?limit=6").json()["items"]
    return [track["uri"] for track in found]


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["message"]


def test_a_new_playlist_is_the_first_of_the_persons_own(ada: Person) -> None:
    made = ada.send("POST", "/me/playlists", json=NEW)
    assert made.status_code == 201
    assert made.json().items() >= {"name": "Rainy Tuesdays", "description": "For the tram", "public": False}.items()
    first = ada.send("GET", "/me/playlists").json()["items"][0]
    assert first == made.json() == ada.send("GET", f"/playlists/{first['id']}").json()


def test_songs_are_added_at_the_end_or_at_a_position(ada: Person, songs: list[str]) -> None:
    path = f"/playlists/{(playlist := ada.make())}/items"
    added = ada.send("POST", path, json={"uris": songs[:2]})
    assert (added.status_code, added.json().keys()) == (201, {"snapshot_id"})
    ada.send("POST", path, json={"uris": songs[2:4]})
    ada.send("POST", path, json={"uris": songs[4:], "position": 1})
    assert ada.songs_in(playlist) == [songs[0], *songs[4:], songs[1], *songs[2:4]]


def test_a_put_replaces_what_was_there(ada: Person, songs: list[str]) -> None:
    path = f"/playlists/{(playlist := ada.make())}/items"
    before = ada.send("PUT", path, json={"uris": songs[:3]}).json()
    after = ada.send("PUT", path, json={"uris": songs[3:]})
    assert after.status_code == 200
    assert before != after.json()
    assert ada.songs_in(playlist) == songs[3:]
    assert ada.send("GET", f"/playlists/{playlist}").json()["items"]["total"] == 3


@pytest.mark.parametrize(
    ("granted", "is_public", "status"),
    [
        (PRIVATE, False, 201),
        (PRIVATE, True, 403),
        (PUBLIC, True, 201),
        (PUBLIC, False, 403),
        (READ, False, 403),
    ],
)
def test_each_kind_of_playlist_has_its_scope(app: DemoApp, granted: str, is_public: bool, status: int) -> None:  # noqa: FBT001
    made = Person(app, granted).send("POST", "/me/playlists", json=NEW | {"public": is_public})
    assert made.status_code == status


def test_a_playlist_is_public_unless_it_is_said_to_be_private(app: DemoApp) -> None:
    made = Person(app, PUBLIC).send("POST", "/me/playlists", json={"name": "For all"})
    assert made.json()["public"] is True


def test_to_change_a_playlist_takes_the_scope_of_its_kind(app: DemoApp, ada: Person, songs: list[str]) -> None:
    path = f"/playlists/{ada.make()}/items"
    changed = Person(app, READ, PUBLIC).send("PUT", path, json={"uris": songs})
    assert refusal(changed) == (403, "Insufficient client scope")


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_the_contents_of_somebody_elses_playlist_are_closed(app: DemoApp, ada: Person, method: str) -> None:
    path = f"/playlists/{ada.make()}/items"
    grace = Person(app, READ, PRIVATE, PUBLIC, name="grace")
    assert refusal(grace.send(method, path, json={"uris": []})) == (403, "Forbidden")


def test_a_playlist_that_does_not_exist_is_not_found(ada: Person) -> None:
    assert refusal(ada.send("GET", "/playlists/0000000000000000000000/items")) == (404, "Resource not found")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "No uris provided"),
        ({"uris": ["spotify:track:unheard"]}, "Invalid track uri"),
        ({"uris": ["spotify:artist:x"]}, "Invalid track uri"),
        ({"uris": [], "position": 1}, "Invalid position"),
        ({"uris": ["x"] * 101}, "You can add a maximum of 100 tracks per request."),
        ([], "Error parsing JSON."),
    ],
)
def test_what_cannot_be_added_is_a_400(ada: Person, body: object, text: str) -> None:
    assert refusal(ada.send("POST", f"/playlists/{ada.make()}/items", json=body)) == (400, text)


@pytest.mark.parametrize(
    ("content", "text"), [("{}", "Missing required field: name"), ("no json", "Error parsing JSON.")]
)
def test_a_playlist_needs_a_name_in_an_object(ada: Person, content: str, text: str) -> None:
    assert refusal(ada.send("POST", "/me/playlists", content=content)) == (400, text)


def test_an_app_by_itself_makes_no_playlist(app: DemoApp) -> None:
    token = app.app_token()
    made = app.http.post(f"{app.sandbox.api_url}/me/playlists", headers={"Authorization": f"Bearer {token}"}, json=NEW)
    assert refusal(made) == (401, "Valid user authentication required")
