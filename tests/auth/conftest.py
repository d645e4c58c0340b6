"""What a manager needs: settings, a person, a store; and services that are worse to ask than the sandbox."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from attempts import begin
from logins import PERSONAL, MakeManager, Person
from networks import Lead, make_certificate
from pydantic import SecretStr
from services import Service

from spotantic_nb import AuthCodePKCEFlowManager, AuthSettings
from spotantic_nb.auth import _http
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.auth._flows import PersonalFlowManager
from spotantic_nb.sandbox import Sandbox


@pytest.fixture
def settings(sandbox: Sandbox, port: int) -> AuthSettings:
    """Settings that lead to the sandbox."""
    return AuthSettings(
        client_id=SecretStr(sandbox.client_id),
        client_secret=SecretStr(sandbox.client_secret),
        redirect_uri=f"http://127.0.0.1:{port}/callback",
        scope="user-top-read playlist-read-private",
        accounts_url=sandbox.accounts_url,
        api_url=sandbox.api_url,
        callback_timeout=30,
    )


@pytest.fixture(params=PERSONAL, ids=lambda kind: kind.flow)
def manager(request: pytest.FixtureRequest, settings: AuthSettings) -> PersonalFlowManager:
    """A manager of each flow of a person, who is not logged in."""
    made: PersonalFlowManager = request.param(settings)
    return made


@pytest.fixture(params=PERSONAL, ids=lambda kind: kind.flow)
def make(request: pytest.FixtureRequest, settings: AuthSettings) -> MakeManager:
    """Make a manager of each flow with a person, who agrees unless told otherwise."""

    def make_manager(person: Person | None = None, **changed: object) -> PersonalFlowManager:
        manager: PersonalFlowManager = request.param(settings.model_copy(update=changed))
        manager.receiver = person or Person()
        return manager

    return make_manager


@pytest.fixture
async def stored(settings: AuthSettings) -> AuthCodePKCEFlowManager:
    """A manager of a person who is logged in, with the token in a file."""
    manager = AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True}))
    manager.receiver = Person()
    await manager.authorize()
    return manager


@pytest.fixture
async def lazy(settings: AuthSettings, sandbox: Sandbox) -> AuthCodePKCEFlowManager:
    """A manager with a file, that is logged in with a token that is over."""
    sandbox.knobs.access_lifetime = 1
    manager = AuthCodePKCEFlowManager(settings.model_copy(update={"store_access_token": True}), allow_lazy_refresh=True)
    manager.receiver = Person()
    await manager.authorize()
    sandbox.knobs.access_lifetime = 3600
    return manager


@pytest.fixture
def attempt(port: int) -> AuthorizationAttempt:
    """An attempt whose answer comes to a free port."""
    return begin(f"http://127.0.0.1:{port}/callback")


@pytest.fixture
def path(project: Path) -> Path:
    """Where the project keeps a token."""
    return project / ".spotantic" / "token.json"


@pytest.fixture
def said() -> list[str]:
    """What the store told the person."""
    return []


@pytest.fixture
def store(path: Path, said: list[str]) -> FileTokenStore:
    """A store of that file."""
    return FileTokenStore(path, notify=said.append)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A token endpoint that answers well until it is told otherwise."""
    running = Service()
    server = await asyncio.start_server(running.visit, "127.0.0.1", 0)
    running.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield running
    server.close()
    await running.end()


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once, and never where a pause is asked for."""
    _http.tls_context()
    monkeypatch.setattr(_http, "_BACKOFFS", (0.0, 0.0))
    monkeypatch.setattr(_http, "LONGEST_PAUSE", 0.0)


@pytest.fixture
def no_network_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the environment says of proxies and certificates."""
    for name in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def lead(monkeypatch: pytest.MonkeyPatch) -> Lead:
    """Have the names of Spotify lead to this machine; return the address of a token endpoint with this port."""
    look_up = socket.getaddrinfo

    def found(host: Any, *rest: Any, **more: Any) -> Any:
        return look_up("127.0.0.1" if "spotify" in str(host) else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return lambda port: f"https://accounts.spotify.com:{port}/api/token"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make certificates that nobody has heard of: a file with a certificate for this name, and its key beside it."""
    folder = tmp_path_factory.mktemp("certificates")

    def certificate(name: str, *, days: str = "2") -> Path:
        return make_certificate(folder / f"{name}{days}.pem", f"DNS:{name}", days=days)

    return certificate
