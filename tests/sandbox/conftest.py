"""An app as its developer would write it, so that a test says only what is special about its requests."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from spotantic_nb.sandbox import Sandbox, ScriptedUser

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
REDIRECT_URI = "http://127.0.0.1:8765/callback"
BASIC = (Sandbox.client_id, Sandbox.client_secret)

Credentials = tuple[str, str]


class DemoApp:
    """The preregistered app. ``None`` takes a parameter out of a request."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox = sandbox
        self.http = http

    def authorize_url(self, **changes: str | None) -> str:
        query = {
            "client_id": self.sandbox.client_id,
            "response_type": "code",
            "redirect_uri": REDIRECT_URI,
            "state": "state-of-this-attempt",
            "scope": "user-top-read",
        }
        return f"{self.sandbox.accounts_url}/authorize?{urlencode(_without_none(query | changes))}"

    def pkce(self) -> dict[str, str]:
        challenge = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        return {"code_challenge": challenge, "code_challenge_method": "S256"}

    def open(self, **changes: str | None) -> httpx.Response:
        return self.http.get(self.authorize_url(**changes))

    def callback(self, user: ScriptedUser | None = None, /, **changes: str | None) -> dict[str, str]:
        return _query((user or ScriptedUser()).answer(self.authorize_url(**changes)))

    def cancelled_callback(self, **changes: str | None) -> dict[str, str]:
        return _query(ScriptedUser().answer(self.authorize_url(**changes), decision="cancel"))

    def code(self, user: ScriptedUser | None = None, /, **changes: str | None) -> str:
        return self.callback(user, **changes)["code"]

    def post(self, *, auth: Credentials | None = None, **form: str | None) -> httpx.Response:
        url = f"{self.sandbox.accounts_url}/api/token"
        return self.http.post(url, data=_without_none(form), auth=auth or httpx.USE_CLIENT_DEFAULT)

    def redeem(self, code: str | None, *, auth: Credentials | None = BASIC, **changes: str | None) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return self.post(auth=auth, **(form | changes))

    def redeem_publicly(self, code: str, **changes: str | None) -> httpx.Response:
        public = {"client_id": self.sandbox.client_id, "code_verifier": VERIFIER}
        return self.redeem(code, auth=None, **(public | changes))

    def log_in(self, user: ScriptedUser | None = None, /, **changes: str | None) -> dict[str, Any]:
        return dict(self.redeem(self.code(user, **changes)).json())

    def refresh(
        self, refresh_token: str | None, *, auth: Credentials | None = BASIC, **changes: str | None
    ) -> httpx.Response:
        return self.post(auth=auth, grant_type="refresh_token", refresh_token=refresh_token, **changes)

    def app_token(self) -> str:
        return str(self.post(grant_type="client_credentials", auth=BASIC).json()["access_token"])

    def get(self, path: str, token: str) -> httpx.Response:
        return self.http.get(f"{self.sandbox.api_url}{path}", headers={"Authorization": f"Bearer {token}"})


def _query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def _without_none(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


@pytest.fixture
def app(sandbox: Sandbox) -> Iterator[DemoApp]:
    """The preregistered app of this test's sandbox."""
    with httpx.Client(trust_env=False) as http:
        yield DemoApp(sandbox, http)
