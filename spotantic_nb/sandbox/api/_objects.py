"""
The Web API's objects, in the shape a development-mode app gets since February 2026: no popularity, markets, labels.

``Objects`` knows only under which address it is served.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from spotantic_nb.sandbox._knobs import MeShape
from spotantic_nb.sandbox._people import Person
from spotantic_nb.sandbox.music._catalogue import Album, Artist, Track
from spotantic_nb.sandbox.music._listening import Play, Playlist, SavedTrack

JsonObject = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Objects:
    """Turn values into JSON objects whose links lead back to ``api_url``."""

    api_url: str

    def artist(self, artist: Artist) -> JsonObject:
        """Return a full artist."""
        return {**self._brief_artist(artist), "genres": list(artist.genres), "images": []}

    def album(self, album: Album) -> JsonObject:
        """Return an album as it stands in lists."""
        return {
            **self._entity("album", album.id),
            "album_type": "album",
            "artists": [self._brief_artist(album.artist)],
            "images": [],
            "name": album.name,
            "release_date": album.release_date.isoformat(),
            "release_date_precision": "day",
            "total_tracks": album.total_tracks,
        }

    def track(self, track: Track) -> JsonObject:
        """Return a full track."""
        return {
            **self._entity("track", track.id),
            "album": self.album(track.album),
            "artists": [self._brief_artist(track.artist)],
            "disc_number": 1,
            "duration_ms": track.duration_ms,
            "explicit": track.explicit,
            "external_ids": {"isrc": f"ZZSBX{track.id[:7].upper()}"},
            "is_local": False,
            "name": track.name,
            "track_number": track.number,
        }

    def play(self, play: Play) -> JsonObject:
        """Return an entry of the play history."""
        played_at = play.played_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"track": self.track(play.track), "played_at": played_at, "context": None}

    def saved_track(self, saved: SavedTrack) -> JsonObject:
        """Return an entry of the library."""
        return {"added_at": _seconds(saved.added_at), "track": self.track(saved.track)}

    def playlist(self, playlist: Playlist, owner: Person) -> JsonObject:
        """Return a playlist as it stands in lists."""
        entity = self._entity("playlist", playlist.id)
        return {
            **entity,
            "collaborative": False,
            "description": playlist.description,
            "images": [],
            "items": {"href": f"{entity['href']}/items", "total": len(playlist.tracks)},
            "name": playlist.name,
            "owner": self._owner(owner),
            "public": playlist.is_public,
            "snapshot_id": self.snapshot_id(playlist),
        }

    def playlist_item(self, track: Track, owner: Person, added_at: datetime) -> JsonObject:
        """Return an entry of a playlist, whose track is its ``item`` since February 2026."""
        return {
            "added_at": _seconds(added_at),
            "added_by": self._owner(owner),
            "is_local": False,
            "item": self.track(track),
        }

    def snapshot_id(self, playlist: Playlist) -> str:
        """Return what names the contents of a playlist as they are now."""
        return f"{'ABCDEFGHIJ'[playlist.version % 10]}AAA{playlist.id}"

    def profile(self, person: Person, *, shape: MeShape) -> JsonObject:
        """Return the profile of the person who is logged in."""
        brief = {
            **self._entity("user", person.user_id),
            "account_id": person.account_id,
            "display_name": person.name,
            "images": [],
        }
        return brief if shape == "development" else {**brief, **_lost_in_2026(person)}

    def _owner(self, person: Person) -> JsonObject:
        return {**self._entity("user", person.user_id), "display_name": person.name}

    def _brief_artist(self, artist: Artist) -> JsonObject:
        return {**self._entity("artist", artist.id), "name": artist.name}

    def _entity(self, kind: str, identifier: str) -> JsonObject:
        return {
            "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{identifier}"},
            "href": f"{self.api_url}/{kind}s/{identifier}",
            "id": identifier,
            "type": kind,
            "uri": f"spotify:{kind}:{identifier}",
        }


def _lost_in_2026(person: Person) -> JsonObject:
    return {
        "country": person.country,
        "email": f"{person.user_id}@people.example",
        "explicit_content": {"filter_enabled": False, "filter_locked": False},
        "followers": {"href": None, "total": 12},
        "product": person.product,
    }


def _seconds(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
