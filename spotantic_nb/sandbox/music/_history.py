"""
Years of listening: how artists are met, loved for a while, and come back.

The newest month is the one that the Web API tells, play for play; before it, every week has a rotation of its own.
"""

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate

from spotantic_nb.sandbox.music._catalogue import Artist, catalogue, chance
from spotantic_nb.sandbox.music._listening import DAYS_OF_PLAYS, Play, Rotation, fondness, plays, plays_of_day

_DAYS = 730
_KNOWN_BEFORE = 0.35
"""Which part of the artists was known before."""
_FRESH = 30
"""Days in which the love for a new artist falls to a third."""
_AWAY = 9
"""Days of a journey without music; there is one in every half of a year."""


def history(user_id: str, *, now: datetime) -> list[Play]:
    """Return two years of plays up to ``now``, the oldest first."""
    first_recent = now.date() - timedelta(days=DAYS_OF_PLAYS - 1)
    return [*_before(user_id, first_recent), *reversed(plays(user_id, now=now))]


def _before(user_id: str, first_recent: date) -> Iterator[Play]:
    for days_ago in range(_DAYS, 0, -1):
        if days_ago % 7 == 0 or days_ago == _DAYS:
            rotation = _rotation(user_id, days_ago)
        if not _is_away(user_id, days_ago):
            yield from plays_of_day(user_id, first_recent - timedelta(days=days_ago), rotation)


def _is_away(user_id: str, days_ago: int) -> bool:
    half_year, day = divmod(days_ago, _DAYS // 4)
    begins = chance("journey", user_id, half_year).randrange(_DAYS // 4 - _AWAY)
    return begins <= day < begins + _AWAY


def _rotation(user_id: str, days_ago: int) -> Rotation:
    """Return what is played in the week that was so many days ago."""
    moods = {artist.id: _mood(user_id, artist, days_ago) for artist in catalogue().artists}
    liked = fondness(user_id)
    tracks = catalogue().tracks
    return tracks, list(accumulate(liked[track.id] * moods[track.artist.id] for track in tracks))


def _mood(user_id: str, artist: Artist, days_ago: int) -> float:
    """Return how much this artist is on a person's mind: nothing before they met, most in the weeks after it."""
    random = chance("mood", user_id, artist.name)
    met = _DAYS * random.random() / (1 - _KNOWN_BEFORE)
    known_for = met - days_ago
    if known_for < 0:
        return 0
    wave = math.sin(2 * math.pi * (days_ago / random.uniform(120, 400) + random.random()))
    return (1 + wave) ** 2 + 6 * math.exp(-known_for / _FRESH)
