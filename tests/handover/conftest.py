"""What a hand-over starts with: a session that is logged in, and ways to make a request with it."""

import sys

import pytest
from clients import Client
from every_client import ASYNCHRONOUS, THREADED, client_of
from pydantic import SecretStr

from spotantic_nb import AuthSettings, Session
from spotantic_nb.sandbox import Sandbox, ScriptedUser

collect_ignore = ["test_spotantic.py"] if sys.version_info < (3, 12) else []


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


@pytest.fixture(params=[*THREADED, *ASYNCHRONOUS])
def client(request: pytest.FixtureRequest, session: Session) -> Client:
    """Each of the clients, asking the session's Web API."""
    return client_of(request.param, session, session.api_url)
