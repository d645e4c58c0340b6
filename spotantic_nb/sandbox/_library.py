"""
The playlists of everybody: those that people have had all along, and those that apps have made for them.

The server's thread alone changes them.
"""

from collections.abc import Sequence
from dataclasses import replace

from spotantic_nb.sandbox.music._catalogue import Track, stable_id
from spotantic_nb.sandbox.music._listening import Playlist, playlists


class Library:
    """What each person has, the newest first."""

    def __init__(self) -> None:
        self._playlists: dict[str, list[Playlist]] = {}

    def playlists(self, user_id: str) -> list[Playlist]:
        """Return the playlists of this person."""
        return self._playlists.setdefault(user_id, playlists(user_id))

    def owner_of(self, playlist_id: str) -> str | None:
        """Return whose playlist this is, among the people that anybody has asked about."""
        for user_id, theirs in self._playlists.items():
            if any(playlist.id == playlist_id for playlist in theirs):
                return user_id
        return None

    def create(self, user_id: str, *, name: str, description: str, is_public: bool) -> Playlist:
        """Make an empty playlist."""
        theirs = self.playlists(user_id)
        made = Playlist(stable_id("playlist", f"{user_id}/made/{len(theirs)}"), name, description, is_public, ())
        theirs.insert(0, made)
        return made

    def fill(self, user_id: str, playlist: Playlist, tracks: Sequence[Track]) -> Playlist:
        """Let the playlist hold these tracks and no others, and return it as it is now."""
        theirs = self.playlists(user_id)
        filled = replace(playlist, tracks=tuple(tracks), version=playlist.version + 1)
        theirs[theirs.index(playlist)] = filled
        return filled
