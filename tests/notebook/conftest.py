"""Boxes as objects: made on the portal as a cell makes them, of a kernel whose session leads to the sandbox."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from boxes import Seen, Show
from pydantic import SecretStr

from spotantic_nb import AuthSettings, Session
from spotantic_nb.notebook import _box
from spotantic_nb.notebook._box import Box
from spotantic_nb.notebook._front_end import Execution
from spotantic_nb.sandbox import Sandbox


@pytest.fixture
def session(sandbox: Sandbox, port: int) -> Session:
    """The kernel's session, with settings of its own that lead to the sandbox."""
    settings = AuthSettings(
        client_id=SecretStr(sandbox.client_id),
        client_secret=SecretStr(sandbox.client_secret),
        redirect_uri=f"http://127.0.0.1:{port}/callback",
        accounts_url=sandbox.accounts_url,
        api_url=sandbox.api_url,
        store_access_token=False,
    )
    Session.use(Session(settings))
    return Session.current()


@pytest.fixture
def empty_project(project: Path, sandbox: Sandbox, port: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without an app; where the service is comes from the environment."""
    monkeypatch.setenv("SPOTANTIC_AUTH_ACCOUNTS_URL", sandbox.accounts_url)
    monkeypatch.setenv("SPOTANTIC_AUTH_API_URL", sandbox.api_url)
    monkeypatch.setenv("SPOTANTIC_AUTH_REDIRECT_URI", f"http://127.0.0.1:{port}/callback")
    return project


@pytest.fixture
def show() -> Iterator[Show]:
    """Show a box in a cell of its own; in the end every box is closed."""
    numbers = iter(range(100))

    def show(make: Callable[[], Box]) -> Seen:
        number = next(numbers)
        _box.show(Execution(message=f"message {number}", cell=f"cell {number}"), make)
        return Seen(_box._shown[-1].box)

    yield show
    _box.close_all()
