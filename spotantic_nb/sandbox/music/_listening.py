"""
How the invented people listen: whom they love, what they saved, and what they played at which hour.

Everything follows from the user id and the day, so a notebook shows the same picture at every run of the same day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Literal

from spotantic_nb.sandbox.music._catalogue import Artist, Track, catalogue, chance, stable_id

TimeRange = Literal["short_term", "medium_term", "long_term"]

Rotation = tuple[Sequence[Track], Sequence[float]]
"""Tracks, and the weights of each and all before it."""

DAYS_OF_PLAYS = 30
_FAVOURITES = 120
_SATURDAY = 5

# Chances of a session to begin in each hour of the day, from midnight: off to work, lunch, and the evening.
_WORKDAY = (1, 0, 0, 0, 0, 1, 5, 14, 12, 4, 2, 2, 6, 5, 2, 2, 4, 9, 13, 12, 14, 12, 8, 3)
_WEEKEND = (4, 2, 1, 0, 0, 0, 0, 1, 3, 7, 11, 11, 8, 6, 6, 7, 7, 8, 9, 10, 11, 12, 11, 8)


@dataclass(frozen=True, slots=True)
class Play:
    """A track that was heard to its end at ``played_at``."""

    track: Track
    played_at: datetime


@dataclass(frozen=True, slots=True)
class SavedTrack:
    """A track that a person keeps."""

    track: Track
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Playlist:
    """A list that a person has made."""

    id: str
    name: str
    description: str
    is_public: bool
    tracks: tuple[Track, ...]
    version: int = 0
    """How often its contents were changed."""


def top_artists(user_id: str, time_range: TimeRange) -> list[Artist]:
    """Return all artists, the most beloved first."""
    drift = chance("artists", user_id, time_range)
    love = _love(user_id)
    return sorted(catalogue().artists, key=lambda artist: love[artist.id] * drift.uniform(0.6, 1.4), reverse=True)


def top_tracks(user_id: str, time_range: TimeRange) -> list[Track]:
    """Return the tracks played most, the first first."""
    drift = chance("tracks", user_id, time_range)
    liked = fondness(user_id)
    ranked = sorted(catalogue().tracks, key=lambda track: liked[track.id] * drift.uniform(0.6, 1.4), reverse=True)
    return ranked[:_FAVOURITES]


def saved_tracks(user_id: str, *, today: date) -> list[SavedTrack]:
    """Return what this person has saved, the newest first."""
    random = chance("saved", user_id)
    at = datetime.combine(today, time(9, 30), tzinfo=UTC)
    saved = []
    for track in random.sample(top_tracks(user_id, "long_term"), k=80):
        at -= timedelta(minutes=random.randrange(600, 9000))
        saved.append(SavedTrack(track, at))
    return saved


def playlists(user_id: str) -> list[Playlist]:
    """Return the playlists of this person."""
    favourites = top_tracks(user_id, "medium_term")
    by_length = sorted(favourites, key=lambda track: track.duration_ms)
    return [
        _playlist(user_id, "On repeat, sorry", "The usual suspects", favourites[:25], is_public=True),
        _playlist(user_id, "Short ones for the stairs", "", by_length[:15], is_public=False),
        _playlist(user_id, "Long way home", "Nothing under four minutes", by_length[-20:], is_public=True),
        _playlist(user_id, "Sunday kitchen", "Goes with pancakes", favourites[40:70], is_public=False),
    ]


def plays(user_id: str, *, now: datetime) -> list[Play]:
    """Return a month of plays up to ``now``, the newest first."""
    days = (now.date() - timedelta(days=back) for back in range(DAYS_OF_PLAYS))
    rotation = _rotation(user_id)
    heard = [play for day in days for play in plays_of_day(user_id, day, rotation) if play.played_at <= now]
    return sorted(heard, key=lambda play: play.played_at, reverse=True)


def plays_of_day(user_id: str, day: date, rotation: Rotation) -> Iterator[Play]:
    """Yield what this person plays on a day, taken from a rotation."""
    random = chance("day", user_id, day)
    hours = _WEEKEND if day.weekday() >= _SATURDAY else _WORKDAY
    tracks, weights = rotation
    free_from = datetime.combine(day, time(), tzinfo=UTC)
    for hour in sorted(random.choices(range(24), hours, k=random.randint(3, 6))):
        at = max(free_from, datetime.combine(day, time(hour, random.randrange(60)), tzinfo=UTC))
        for track in random.choices(tracks, cum_weights=weights, k=random.randint(2, 9)):
            at += timedelta(milliseconds=track.duration_ms + random.randrange(3000))
            yield Play(track, at)
        free_from = at


def _rotation(user_id: str) -> Rotation:
    tracks = top_tracks(user_id, "short_term")
    return tracks, list(accumulate(1 / (rank + 3) for rank in range(len(tracks))))


def _love(user_id: str) -> dict[str, float]:
    random = chance("love", user_id)
    by_genre = {artist.genres: 0.0 for artist in catalogue().artists}
    taste = {genres: random.paretovariate(1.2) for genres in by_genre}
    return {artist.id: taste[artist.genres] * _spread(random) for artist in catalogue().artists}


def fondness(user_id: str) -> dict[str, float]:
    """Return how much this person likes each track, by its id."""
    random = chance("fondness", user_id)
    love = _love(user_id)
    return {track.id: love[track.artist.id] ** 0.5 * _spread(random) for track in catalogue().tracks}


def _spread(random: Random) -> float:
    return random.lognormvariate(0, 0.7)


def _playlist(user_id: str, name: str, description: str, tracks: Sequence[Track], *, is_public: bool) -> Playlist:
    return Playlist(stable_id("playlist", f"{user_id}/{name}"), name, description, is_public, tuple(tracks))
