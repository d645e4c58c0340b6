"""The invented music and its listeners: enough of it, always the same, and worth a plot."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from spotantic_nb.sandbox._people import PEOPLE
from spotantic_nb.sandbox.music._catalogue import catalogue
from spotantic_nb.sandbox.music._listening import playlists, plays, saved_tracks, top_artists, top_tracks

NOW = datetime(2026, 11, 23, 21, 40, tzinfo=UTC)


def test_there_is_enough_music() -> None:
    music = catalogue()
    assert len(music.artists) >= 40
    assert len(music.tracks) >= 200
    assert len({track.id for track in music.tracks}) == len(music.tracks)


def test_everybody_has_favourites_of_their_own() -> None:
    favourites = {tuple(artist.name for artist in top_artists(user, "long_term")[:5]) for user in PEOPLE}
    assert len(favourites) == len(PEOPLE)
    assert all(len(top_tracks(user, "short_term")) >= 50 for user in PEOPLE)


@pytest.mark.parametrize("user", PEOPLE)
def test_some_hundreds_of_plays_end_now_and_never_overlap(user: str) -> None:
    history = plays(user, now=NOW)
    assert len(history) > 300
    assert NOW - timedelta(hours=12) < history[0].played_at <= NOW
    for later, earlier in pairwise(history):
        assert later.played_at - earlier.played_at >= timedelta(milliseconds=later.track.duration_ms)


def test_the_past_does_not_change_with_the_hour() -> None:
    then, later = plays("ada", now=NOW), plays("ada", now=NOW + timedelta(hours=1))
    assert [play.played_at for play in later][-len(then) :] == [play.played_at for play in then]


def test_workdays_have_a_morning_and_an_evening() -> None:
    hours = Counter(p.played_at.hour for p in plays("ada", now=NOW) if p.played_at.weekday() < 5)
    assert sum(hours[hour] for hour in (7, 8, 9)) > 3 * sum(hours[hour] for hour in (1, 2, 3, 4))
    assert sum(hours[hour] for hour in (18, 19, 20, 21)) > sum(hours[hour] for hour in (13, 14, 15, 16))


def test_saved_tracks_are_in_order_and_playlists_are_filled() -> None:
    saved = saved_tracks("ada", today=NOW.date())
    assert [track.added_at for track in saved] == sorted((track.added_at for track in saved), reverse=True)
    assert all(playlist.tracks for playlist in playlists("ada"))
