"""The extended streaming history: the fields that Spotify documents, and the life that the Web API tells of."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from spotantic_nb.sandbox import write_streaming_history
from spotantic_nb.sandbox.music._listening import plays

FIELDS = {
    "ts": str,
    "platform": str,
    "ms_played": int,
    "conn_country": str,
    "ip_addr": str,
    "master_metadata_track_name": str | None,
    "master_metadata_album_artist_name": str | None,
    "master_metadata_album_album_name": str | None,
    "spotify_track_uri": str | None,
    "episode_name": str | None,
    "episode_show_name": str | None,
    "spotify_episode_uri": str | None,
    "audiobook_title": str | None,
    "audiobook_uri": str | None,
    "audiobook_chapter_uri": str | None,
    "audiobook_chapter_title": str | None,
    "reason_start": str,
    "reason_end": str,
    "shuffle": bool,
    "skipped": bool,
    "offline": bool,
    "offline_timestamp": int | None,
    "incognito_mode": bool,
}
"""The fields of a stream with their types, in the order of a real file."""


@pytest.fixture
def streams(tmp_path: Path) -> list[dict[str, Any]]:
    """Ada's streams, from all files."""
    files = write_streaming_history("ada", tmp_path / "new" / "folder")
    return [stream for file in files for stream in json.loads(file.read_text(encoding="utf-8"))]


def test_a_stream_has_the_documented_fields(streams: list[dict[str, Any]]) -> None:
    assert [list(stream) == list(FIELDS) for stream in streams].count(False) == 0
    assert [name for name, kind in FIELDS.items() if not all(isinstance(one[name], kind) for one in streams)] == []


def test_there_is_a_file_for_each_year_in_the_order_of_the_names(tmp_path: Path) -> None:
    files = write_streaming_history("grace", tmp_path / "grace")
    assert files == sorted((tmp_path / "grace").iterdir())
    years = [{stream["ts"][:4] for stream in json.loads(file.read_text())} for file in files]
    assert [{file.stem.split("_")[3]} for file in files] == years


def test_two_years_come_in_the_order_of_time(streams: list[dict[str, Any]]) -> None:
    moments = [stream["ts"] for stream in streams]
    assert moments == sorted(moments)
    length = datetime.fromisoformat(moments[-1]) - datetime.fromisoformat(moments[0])
    assert timedelta(days=700) < length < timedelta(days=770)


def test_the_newest_month_is_what_the_web_api_tells(streams: list[dict[str, Any]]) -> None:
    heard = {stream["ts"]: stream["spotify_track_uri"] for stream in streams if not stream["skipped"]}
    now = datetime.now(UTC)
    newest = [play for play in plays("ada", now=now) if timedelta(hours=1) < now - play.played_at < timedelta(days=28)]
    assert newest
    for play in newest:
        assert heard[play.played_at.strftime("%Y-%m-%dT%H:%M:%SZ")] == f"spotify:track:{play.track.id}"


def test_there_are_skipped_songs_and_episodes_and_nothing_that_is_both_song_and_episode(
    streams: list[dict[str, Any]],
) -> None:
    skipped = [stream for stream in streams if stream["skipped"]]
    assert all(stream["ms_played"] < 30_000 for stream in skipped)
    assert 0.05 < len(skipped) / len(streams) < 0.3
    assert any(stream["episode_name"] for stream in streams)
    assert all((stream["episode_name"] is None) != (stream["spotify_track_uri"] is None) for stream in streams)


def test_every_season_has_artists_of_its_own_and_brings_new_ones(streams: list[dict[str, Any]]) -> None:
    hours: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for stream in streams:
        if artist := stream["master_metadata_album_artist_name"]:
            hours[stream["ts"][:7]][artist] += stream["ms_played"]
    favourites = [max(month, key=lambda artist: month[artist]) for month in hours.values()]
    assert len(set(favourites)) >= 4
    early = set.union(*(set(month) for month in list(hours.values())[:12]))
    assert len(set.union(*(set(month) for month in hours.values())) - early) >= 5


def test_the_files_of_one_day_are_the_same_everywhere(tmp_path: Path) -> None:
    one, other = (write_streaming_history("ada", tmp_path / name)[0].read_text() for name in ("one", "other"))
    assert one == other


def test_nobody_elses_history_is_invented(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Nobody in the sandbox has the user id 'smedjan'"):
        write_streaming_history("smedjan", tmp_path)
