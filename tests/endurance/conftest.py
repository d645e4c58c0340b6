"""What the endurance tests share: short forms by default, long forms where ``SOAK`` is set, and a login to wear out."""

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from spotantic_nb import AuthCodePKCEFlowManager, AuthSettings
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.sandbox import Sandbox, ScriptedUser

HERE = Path(__file__).parent
SOAK = bool(os.environ.get("SOAK"))
LONGEST = 3600
"""Seconds that a long form may take; the short ones keep the limit that every test has."""

sys.path.append(str(HERE.parents[1] / "benchmarks"))

MakeManager = Callable[[], AuthCodePKCEFlowManager]
LogIn = Callable[[], Awaitable[object]]
Amount = Callable[[int, int], int]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the long forms the time they take."""
    for item in items:
        if SOAK and item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(LONGEST))


@pytest.fixture
def amount() -> Amount:
    """Choose between the number for the short form and the number for the long one."""
    return lambda short, long: long if SOAK else short


@pytest.fixture
def token_file(project: Path) -> Path:
    """Where the token is kept."""
    return project / ".spotantic" / "token.json"


@pytest.fixture
def settings(sandbox: Sandbox) -> AuthSettings:
    """Settings that lead to the sandbox."""
    return AuthSettings(
        client_id=SecretStr(sandbox.client_id),
        redirect_uri="http://127.0.0.1:8765/callback",
        scope="user-top-read",
        accounts_url=sandbox.accounts_url,
        api_url=sandbox.api_url,
    )


@pytest.fixture
def new_manager(settings: AuthSettings, token_file: Path) -> MakeManager:
    """Make a manager as a kernel has it that was just started: it knows what the file says."""

    def make() -> AuthCodePKCEFlowManager:
        manager = AuthCodePKCEFlowManager(settings, allow_lazy_refresh=True)
        manager.store = FileTokenStore(token_file)
        return manager

    return make


@pytest.fixture
def log_in(new_manager: MakeManager) -> LogIn:
    """Log a person in, so that the file holds the token of a new consent; to be awaited."""

    async def log_in() -> AuthCodePKCEFlowManager:
        manager = new_manager()
        attempt = manager.begin()
        await manager.complete(attempt, attempt.answer(ScriptedUser().answer(attempt.url)))
        return manager

    return log_in
