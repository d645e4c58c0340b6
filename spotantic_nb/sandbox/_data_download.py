"""
What a person gets who asks Spotify for the data of the account: the extended streaming history, as JSON files.

Its fields are those of Spotify's page "Understanding my data" and of the note that comes with the files.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

from spotantic_nb.sandbox._people import Person, find_person
from spotantic_nb.sandbox.music._catalogue import Track, chance
from spotantic_nb.sandbox.music._history import history
from spotantic_nb.sandbox.music._listening import Play

_EVENING = 17
_OF_SKIPS = 0.14
"""How many plays come after one that was skipped."""
_OF_EPISODES = 0.05
"""How many of those were episodes of a podcast."""

Stream = Mapping[str, object]

_NO_MUSIC = dict.fromkeys(
    (
        "master_metadata_track_name",
        "master_metadata_album_artist_name",
        "master_metadata_album_album_name",
        "spotify_track_uri",
    )
)
_NO_EPISODE = dict.fromkeys(("episode_name", "episode_show_name", "spotify_episode_uri"))
_NO_AUDIOBOOK = dict.fromkeys(("audiobook_title", "audiobook_uri", "audiobook_chapter_uri", "audiobook_chapter_title"))
_EPISODE = {
    "episode_name": "Why harbours hum",
    "episode_show_name": "The Quiet Frequency",
    "spotify_episode_uri": "spotify:episode:0QuietFrequency0000001",
}


def write_streaming_history(user_id: str, folder: Path | str) -> list[Path]:
    """
    Write two years of one of the invented people's listening, as Spotify's download of the account's data brings it.

    The Web API tells the last fifty plays; all there is comes on request from the privacy page of the account, under
    "Extended streaming history": one JSON array per file, one object per stream, with the moment of its end in UTC and
    the milliseconds that were played. What was skipped and episodes of podcasts are in it too.

    Args:
        user_id: Whose listening, such as ``ada``.
        folder: Where the files go; it is made where it is missing.

    Returns:
        The files, the oldest first.

    Raises:
        ValueError: Nobody in the sandbox has this user id.

    Example:
        >>> from spotantic_nb.sandbox import write_streaming_history
        >>> [path.name for path in write_streaming_history("ada", "my_spotify_data")]
        ['Streaming_History_Audio_..._0.json', ...]
    """
    person = find_person(user_id)
    plays = history(user_id, now=datetime.now(UTC))
    Path(folder).mkdir(parents=True, exist_ok=True)
    years = groupby(_streams(person, plays), key=lambda stream: str(stream["ts"])[:4])
    return [_write(list(streams), Path(folder, _name(year, number))) for number, (year, streams) in enumerate(years)]


def _name(year: str, number: int) -> str:
    return f"Streaming_History_Audio_{year}_{number}.json"


def _write(streams: list[Stream], path: Path) -> Path:
    path.write_text(json.dumps(streams, indent=2), encoding="utf-8")
    return path


def _streams(person: Person, plays: list[Play]) -> Iterator[Stream]:
    random = chance("streams", person.user_id)
    for number, play in enumerate(plays):
        began = play.played_at - timedelta(milliseconds=play.track.duration_ms)
        if random.random() < _OF_SKIPS:
            known = plays[random.randrange(number + 1)].track
            what = _EPISODE if random.random() < _OF_EPISODES else _music(known)
            yield _stream(person, began, what, ms_played=random.randrange(800, 25_000), is_skipped=True)
        yield _stream(person, play.played_at, _music(play.track), ms_played=play.track.duration_ms)


def _stream(person: Person, ended_at: datetime, what: Stream, *, ms_played: int, is_skipped: bool = False) -> Stream:
    return {
        "ts": ended_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "platform": "windows" if ended_at.hour >= _EVENING else "android",
        "ms_played": ms_played,
        "conn_country": person.country,
        "ip_addr": "192.0.2.17",  # of the addresses for documentation (RFC 5737)
        **_NO_MUSIC,
        **_NO_EPISODE,
        **_NO_AUDIOBOOK,
        **what,
        "reason_start": "clickrow" if is_skipped else "trackdone",
        "reason_end": "fwdbtn" if is_skipped else "trackdone",
        "shuffle": False,
        "skipped": is_skipped,
        "offline": False,
        "offline_timestamp": None,
        "incognito_mode": False,
    }


def _music(track: Track) -> Stream:
    return {
        "master_metadata_track_name": track.name,
        "master_metadata_album_artist_name": track.artist.name,
        "master_metadata_album_album_name": track.album.name,
        "spotify_track_uri": f"spotify:track:{track.id}",
    }
