"""
A login behind code-server, which keeps a port reachable below its own address; ``nox -s code_server`` runs this.

Not among the tests of every run: code-server comes from npm, and is named by the variable ``CODE_SERVER``.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from labs import free_port, read_when_ready
from pydantic import SecretStr

from spotantic_nb import AuthSettings, Session
from spotantic_nb.sandbox import Sandbox, ScriptedUser


@pytest.fixture
def code_server(tmp_path: Path) -> Iterator[str]:
    """The address of a code-server of its own."""
    port = free_port()
    folders = [f"--{name}={tmp_path / name}" for name in ("user-data-dir", "extensions-dir", "config")]
    options = ["--auth=none", f"--bind-addr=127.0.0.1:{port}", "--disable-telemetry", "--disable-update-check"]
    with (tmp_path / "code-server.log").open("wb") as log:
        server = subprocess.Popen(
            ["node", os.environ["CODE_SERVER"], *options, *folders], stdout=log, stderr=log, cwd=tmp_path
        )
    try:
        read_when_ready(f"http://127.0.0.1:{port}/healthz", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


@pytest.mark.parametrize("way", ["proxy", "absproxy"])
def test_the_answer_that_it_brings_finishes_the_login(sandbox: Sandbox, code_server: str, port: int, way: str) -> None:
    redirect_uri = f"{code_server}/{way}/{port}/callback"
    session = session_with(sandbox, redirect_uri, port)
    login = session.login("pkce", wait=False)
    assert login is not None
    assert "You can close this tab" in ScriptedUser().follow(login.url).text
    session.wait_for(login)
    assert session.status.account == "Ada Fjordmark"


@pytest.mark.parametrize("path", ["proxy/{}/other", "absproxy/{}/callback", "proxy/{}/proxy/{}/callback"])
def test_what_else_it_brings_there_is_refused(sandbox: Sandbox, code_server: str, port: int, path: str) -> None:
    session = session_with(sandbox, f"{code_server}/proxy/{port}/callback", port)
    login = session.login("pkce", wait=False)
    assert login is not None
    answer = ScriptedUser().answer(login.url).partition("?")[2]
    reply = httpx.get(f"{code_server}/{path.format(port, port)}?{answer}", trust_env=False)
    assert (reply.status_code, login.answered) == (404, False)
    session.cancel()


def session_with(sandbox: Sandbox, redirect_uri: str, port: int) -> Session:
    """Return a session whose answer goes to code-server, which hands it on to a port."""
    sandbox.register_app(client_id=sandbox.client_id, client_secret=sandbox.client_secret, redirect_uris=[redirect_uri])
    settings = AuthSettings(
        client_id=SecretStr(sandbox.client_id),
        redirect_uri=redirect_uri,
        forwarded_to=port,
        accounts_url=sandbox.accounts_url,
        api_url=sandbox.api_url,
        store_access_token=False,
    )
    return Session(settings)
