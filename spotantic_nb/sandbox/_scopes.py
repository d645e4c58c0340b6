"""The scopes an app may ask for, and what a person is told about each (Spotify's public ones; partners' left out)."""

from collections.abc import Iterable

SCOPES = {
    "ugc-image-upload": "Upload pictures for you, such as playlist covers",
    "user-read-playback-state": "See what is playing, and on which of your devices",
    "user-modify-playback-state": "Start, stop and skip on your devices",
    "user-read-currently-playing": "See what you are listening to right now",
    "app-remote-control": "Talk to the player app on your phone",
    "streaming": "Play music itself, and control your other devices",
    "playlist-read-private": "See your private playlists",
    "playlist-read-collaborative": "See the playlists you make with others",
    "playlist-modify-private": "Change your private playlists",
    "playlist-modify-public": "Change your public playlists",
    "user-follow-modify": "Follow and unfollow people and artists for you",
    "user-follow-read": "See whom you follow, and who follows you",
    "user-read-playback-position": "See how far you got in shows and audiobooks",
    "user-top-read": "See your favourite artists and tracks",
    "user-read-recently-played": "See what you played lately",
    "user-library-modify": "Change what you have saved",
    "user-library-read": "See what you have saved",
    "user-read-email": "Get your real e-mail address",
    "user-read-private": "See your kind of subscription and your country",
}


def in_plain_words(scopes: Iterable[str]) -> list[tuple[str, str]]:
    """Return each scope with its consent text, in the order in which Spotify lists them."""
    asked = frozenset(scopes)
    return [(scope, text) for scope, text in SCOPES.items() if scope in asked]
