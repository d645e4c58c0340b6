"""
A spotipy client.

spotipy has two seams, and both are needed: its auth manager is asked before each call, where what it raises reaches the
caller, and the ``auth`` of its requests session sets the header, below spotipy's own log, and renews after a 401.
"""

from types import TracebackType
from typing import Any, Self

import requests
import spotipy
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError, ResponseError

from spotantic_nb.handover._credential import Credential
from spotantic_nb.handover._requests import BearerAuth

_LONGEST_PAUSE = 30
"""Seconds that Spotify may ask to wait before a call goes on; a quota that is used up asks for hours."""


def client(credential: Credential, **options: Any) -> spotipy.Spotify:
    """
    Return a spotipy client.

    Args:
        credential: Hands out the tokens.
        **options: What ``spotipy.Spotify`` takes, but for ``auth_manager``, ``requests_session`` and its retries.
    """
    session = requests.Session()
    session.auth = BearerAuth(credential)
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=_patience()))
    made = spotipy.Spotify(auth_manager=_AuthManager(credential), requests_session=session, **options)
    made.prefix = f"{credential.api_url}/"
    return made


class _AuthManager:
    """
    What spotipy asks for a token before each call: it says whether there is one, and keeps it to itself.

    Args:
        credential: Hands out the tokens.
    """

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def __repr__(self) -> str:
        return f"<auth manager for {self._credential.api_url}>"

    def get_access_token(self, as_dict: bool = False) -> str:  # noqa: ARG002, FBT001, FBT002 - as spotipy asks
        """Raise where there is no login; otherwise return what stands in spotipy's log in place of the token."""
        self._credential.token()
        return "**********"


class _ShortPauses(Retry):
    """Sit through the pauses that Spotify asks for, but not through those of hours, which would block the cell."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """
        Return what is left of the patience.

        Raises:
            MaxRetryError: Spotify asks for a pause that is too long; spotipy makes a SpotifyException of it (429).
        """
        pause = response.headers.get("Retry-After", "") if response is not None else ""
        if _pool is not None and pause.isdecimal() and int(pause) > _LONGEST_PAUSE:
            reason = ResponseError(f"Spotify's rate limit was reached: it asks to wait {pause} seconds")
            raise MaxRetryError(_pool, url, reason)
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _patience() -> Retry:
    """Return spotipy's own patience, with short pauses."""
    return _ShortPauses(
        total=spotipy.Spotify.max_retries,
        connect=None,
        read=False,
        allowed_methods=frozenset({"GET", "POST", "PUT", "DELETE"}),
        status=spotipy.Spotify.max_retries,
        backoff_factor=0.3,
        status_forcelist=spotipy.Spotify.default_retry_codes,
    )
