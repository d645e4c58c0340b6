"""What a hand-over starts with: a session that is logged in, and ways to make a request with it."""

from collections.abc import Iterator

import httpx
import pytest
import requests
from clients import Ask, status_of
from pydantic import SecretStr
from spotipy import Spotify

from spotantic_nb import AuthSettings, Session
from spotantic_nb.sandbox import Sandbox, ScriptedUser


@pytest.fixture
def api_url(sandbox: Sandbox) -> str:
    """The Web API that the session is for."""
    return sandbox.api_url


@pytest.fixture
def scope() -> str:
    """What the session may do."""
    return "user-read-private"


@pytest.fixture
def session(sandbox: Sandbox, api_url: str, scope: str, port: int) -> Session:
    """A session in which Ada is logged in."""
    session = Session(
        AuthSettings(
            _env_file=None,
            client_id=SecretStr(sandbox.client_id),
            redirect_uri=f"http://127.0.0.1:{port}/callback",
            scope=scope,
            accounts_url=sandbox.accounts_url,
            api_url=api_url,
        )
    )
    login = session.login(wait=False)
    assert login is not None
    ScriptedUser().follow(login.url)
    session.wait_for(login)
    return session


@pytest.fixture
def spotipy_client(session: Session) -> Iterator[Spotify]:
    """A client whose connections are closed with the test, and not whenever garbage is collected."""
    client = session.spotipy()
    yield client
    client._session.close()


@pytest.fixture(params=["httpx", "httpx client", "requests", "spotipy"])
def ask(request: pytest.FixtureRequest, session: Session) -> Iterator[Ask]:
    me = f"{session.api_url}/me"
    if request.param == "httpx":
        auth = session.httpx_auth()
        yield lambda: httpx.get(me, auth=auth, trust_env=False).status_code
    elif request.param == "requests":
        with requests.Session() as plain:
            plain.trust_env, plain.auth = False, session.requests_auth()
            yield lambda: plain.get(me).status_code
    elif request.param == "spotipy":
        client: Spotify = request.getfixturevalue("spotipy_client")
        yield lambda: status_of(client)
    else:
        with session.client(trust_env=False) as client:
            yield lambda: client.get("me").status_code
