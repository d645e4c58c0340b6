"""
Playlists: a person's own ones, what is in them, and new ones.

Since February 2026 a development-mode app makes them at ``/me/playlists``, and their contents are ``items``.
"""

from collections.abc import Mapping, Sequence

from spotantic_nb.sandbox._errors import ApiError
from spotantic_nb.sandbox.api._bearer import require_scope
from spotantic_nb.sandbox.api._call import Call
from spotantic_nb.sandbox.api._objects import JsonObject
from spotantic_nb.sandbox.music._catalogue import Track, track_with
from spotantic_nb.sandbox.music._listening import Playlist

_MOST = 100
_PREFIX = "spotify:track:"


def list_playlists(call: Call) -> JsonObject:
    """Answer ``GET /me/playlists``."""
    return call.page(call.library.playlists(call.person.user_id), lambda one: call.objects.playlist(one, call.person))


def create_playlist(call: Call) -> JsonObject:
    """Answer ``POST /me/playlists``."""
    name, description = call.body.get("name"), call.body.get("description") or ""
    is_public = call.body.get("public") is not False
    if not isinstance(name, str) or not name:
        raise ApiError(400, "Missing required field: name")
    _require_to_modify(call, is_public=is_public)
    made = call.library.create(call.person.user_id, name=name, description=str(description), is_public=is_public)
    return call.objects.playlist(made, call.person)


def show_playlist(call: Call) -> JsonObject:
    """Answer ``GET /playlists/{id}``."""
    return call.objects.playlist(_own(call), call.person)


def list_items(call: Call) -> JsonObject:
    """Answer ``GET /playlists/{id}/items``."""
    return call.page(_own(call).tracks, lambda track: call.objects.playlist_item(track, call.person, call.now))


def add_items(call: Call) -> JsonObject:
    """Answer ``POST /playlists/{id}/items``: at ``position``, or at the end."""
    playlist, added = _own_to_modify(call), _tracks(call.body)
    position = call.body.get("position", len(playlist.tracks))
    if not isinstance(position, int) or not 0 <= position <= len(playlist.tracks):
        raise ApiError(400, "Invalid position")
    return _filled(call, playlist, [*playlist.tracks[:position], *added, *playlist.tracks[position:]])


def replace_items(call: Call) -> JsonObject:
    """Answer ``PUT /playlists/{id}/items``."""
    return _filled(call, _own_to_modify(call), _tracks(call.body))


def _filled(call: Call, playlist: Playlist, tracks: Sequence[Track]) -> JsonObject:
    filled = call.library.fill(call.person.user_id, playlist, tracks)
    return {"snapshot_id": call.objects.snapshot_id(filled)}


def _own_to_modify(call: Call) -> Playlist:
    playlist = _own(call)
    _require_to_modify(call, is_public=playlist.is_public)
    return playlist


def _require_to_modify(call: Call, *, is_public: bool) -> None:
    require_scope(call.scopes, "playlist-modify-public" if is_public else "playlist-modify-private")


def _own(call: Call) -> Playlist:
    """
    Return the playlist of the path.

    Raises:
        ApiError: There is none, or it is somebody else's, whose contents are closed to a development-mode app.
    """
    playlist_id = call.path["playlist_id"]
    for playlist in call.library.playlists(call.person.user_id):
        if playlist.id == playlist_id:
            return playlist
    if call.library.owner_of(playlist_id):
        raise ApiError(403, "Forbidden")
    raise ApiError(404, "Resource not found")


def _tracks(body: Mapping[str, object]) -> list[Track]:
    uris = body.get("uris")
    if not isinstance(uris, list):
        raise ApiError(400, "No uris provided")
    if len(uris) > _MOST:
        raise ApiError(400, f"You can add a maximum of {_MOST} tracks per request.")
    return [_track(str(uri)) for uri in uris]


def _track(uri: str) -> Track:
    track = track_with(uri.removeprefix(_PREFIX)) if uri.startswith(_PREFIX) else None
    if track is None:
        raise ApiError(400, "Invalid track uri")
    return track
