"""
Logins of other programs, in files as they write them.

spotipy and tekore log in by themselves, at the sandbox, and write their own files. spotantic runs on Python 3.12 and
later only: its file is written here, in the exact shape of ``FileTokenStore.save_token`` of the installed spotantic
0.2.0 (a ``model_dump_json`` of its AccessTokenInfo, fields in that order, a naive local time).
"""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import tekore
from spotipy.cache_handler import CacheFileHandler
from spotipy.oauth2 import SpotifyOAuth, SpotifyPKCE

from spotantic_nb._choices import Flow
from spotantic_nb.sandbox import Sandbox, ScriptedUser

REDIRECT_URI = "http://127.0.0.1:8899/callback"
SCOPE = "user-library-read user-top-read"


@dataclass(frozen=True, slots=True)
class At:
    """Who logs in where."""

    sandbox: Sandbox
    flow: Flow
    user: str = "ada"

    def answer(self, url: str) -> str:
        """Agree at the sandbox's own page, and return the address that the person ends at."""
        return ScriptedUser(self.user).answer(
            url.replace("https://accounts.spotify.com/authorize", f"{self.sandbox.accounts_url}/authorize")
        )

    @property
    def token_url(self) -> str:
        return f"{self.sandbox.accounts_url}/api/token"


def spotipy_logs_in(at: At, file: Path) -> None:
    handler = CacheFileHandler(cache_path=str(file))
    app = {"client_id": at.sandbox.client_id, "redirect_uri": REDIRECT_URI, "scope": SCOPE, "cache_handler": handler}
    oauth = SpotifyPKCE(**app) if at.flow == "pkce" else SpotifyOAuth(client_secret=at.sandbox.client_secret, **app)
    oauth.OAUTH_TOKEN_URL = at.token_url
    with oauth._session, warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        oauth.get_access_token(oauth.parse_response_code(at.answer(oauth.get_authorize_url())), check_cache=False)


class _ToTheSandbox(tekore.ExtendingSender):
    def __init__(self, at: At, client: httpx.Client) -> None:
        super().__init__(tekore.SyncSender(client))
        self._at = at

    @property
    def is_async(self) -> bool:
        return False

    def send(self, request: tekore.Request) -> tekore.Response:
        request.url = self._at.token_url
        return self.sender.send(request)


def tekore_logs_in(at: At, file: Path) -> None:
    secret = at.sandbox.client_secret if at.flow == "code" else None
    with httpx.Client(trust_env=False) as client:
        app = tekore.Credentials(at.sandbox.client_id, secret, REDIRECT_URI, sender=_ToTheSandbox(at, client))
        attempt = tekore.UserAuth(app, SCOPE) if at.flow == "code" else tekore.UserAuth(app, SCOPE, pkce=True)
        token = attempt.request_token(url=at.answer(attempt.url))
    tekore.config_to_file(str(file), (at.sandbox.client_id, secret, REDIRECT_URI, token.refresh_token))


def spotantic_logs_in(at: At, file: Path) -> None:
    spotipy_logs_in(at, file)
    reply = json.loads(file.read_text())
    ends = datetime.now() + timedelta(seconds=reply["expires_in"])  # noqa: DTZ005 - as spotantic does
    names = ("access_token", "token_type", "scope", "expires_in", "refresh_token")
    document = {name: reply[name] for name in names} | {"expires_at": ends.isoformat()}
    file.write_text(json.dumps(document, separators=(",", ":")))


LOG_IN: dict[str, Callable[[At, Path], None]] = {
    "spotipy": spotipy_logs_in,
    "spotantic": spotantic_logs_in,
    "tekore": tekore_logs_in,
}
FILES = {"spotipy": ".cache", "spotantic": ".token_info_cache", "tekore": "tekore.cfg"}


def refresh_of_theirs(at: At, refresh_token: str) -> str:
    """Renew the other program's copy, as it would; return the error, or ``fine``."""
    auth = (at.sandbox.client_id, at.sandbox.client_secret) if at.flow == "code" else None
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": at.sandbox.client_id}
    reply = httpx.post(at.token_url, data=form, auth=auth, trust_env=False)
    return str(reply.json().get("error", "fine"))
