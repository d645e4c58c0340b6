"""
The catalogue: invented artists, their albums and tracks, the same in every sandbox.

Plain values; what they look like on the wire is no business of theirs.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from spotantic_nb.sandbox.music._names import ARTISTS, FIRST_WORDS, LAST_WORDS

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FIRST_RELEASE = date(2004, 1, 9)
_WEEKS_OF_RELEASES = 1130


@dataclass(frozen=True, slots=True)
class Artist:
    """A musician or a band."""

    id: str
    name: str
    genres: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Album:
    """A record."""

    id: str
    name: str
    artist: Artist
    release_date: date
    total_tracks: int


@dataclass(frozen=True, slots=True)
class Track:
    """A song on a record."""

    id: str
    name: str
    album: Album
    number: int
    duration_ms: int
    explicit: bool

    @property
    def artist(self) -> Artist:
        """Return who made it."""
        return self.album.artist


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All music there is."""

    artists: tuple[Artist, ...]
    albums: tuple[Album, ...]
    tracks: tuple[Track, ...]


@cache
def catalogue() -> Catalogue:
    """Return the catalogue, made at the first call."""
    artists = tuple(
        Artist(stable_id("artist", name), name, genres) for genres, names in ARTISTS.items() for name in names
    )
    albums = tuple(album for artist in artists for album in _albums(artist))
    return Catalogue(artists, albums, tuple(track for album in albums for track in _tracks(album)))


def track_with(track_id: str) -> Track | None:
    """Return the track with this id, if there is one."""
    return _tracks_by_id().get(track_id)


@cache
def _tracks_by_id() -> Mapping[str, Track]:
    return {track.id: track for track in catalogue().tracks}


def stable_id(kind: str, name: str) -> str:
    """Return 22 characters of base 62 that look like Spotify's ids and never change."""
    number = int.from_bytes(hashlib.sha256(f"{kind}/{name}".encode()).digest(), "big")
    return "".join(_BASE62[number // 62**place % 62] for place in range(22))


def chance(*names: object) -> Random:
    """Return a source of numbers that always yields the same ones for the same names."""
    return Random("/".join(map(str, names)))  # noqa: S311 - invents music, not secrets


def _albums(artist: Artist) -> list[Album]:
    random = chance("albums", artist.name)
    return [
        Album(
            id=stable_id("album", f"{artist.name}/{number}"),
            name=_title(random),
            artist=artist,
            # Records come out on Fridays.
            release_date=_FIRST_RELEASE + timedelta(weeks=random.randrange(_WEEKS_OF_RELEASES)),
            total_tracks=random.randint(6, 12),
        )
        for number in range(random.randint(1, 3))
    ]


def _tracks(album: Album) -> list[Track]:
    random = chance("tracks", album.id)
    return [
        Track(
            id=stable_id("track", f"{album.id}/{number}"),
            name=_title(random),
            album=album,
            number=number,
            duration_ms=int(min(max(random.gauss(218, 48), 95), 480) * 1000),
            explicit=random.random() < 0.08,  # noqa: PLR2004
        )
        for number in range(1, album.total_tracks + 1)
    ]


def _title(random: Random) -> str:
    return f"{random.choice(FIRST_WORDS)} {random.choice(LAST_WORDS)}"
