"""What every test starts with: a clean environment, a project of its own, and a sandbox where one is asked for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from spotantic_nb.auth import _receivers
from spotantic_nb.sandbox import Sandbox
from spotantic_nb.session import Session


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new project as the current folder, in a home of its own, with no settings around."""
    for name in os.environ:
        if name.upper().startswith("SPOTANTIC_") or name in {"DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY"}:
            monkeypatch.delenv(name)
    folder = tmp_path / "home" / "project"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(autouse=True)
def _no_session_of_another_test() -> Iterator[None]:
    yield
    Session.use(None)


@pytest.fixture(autouse=True)
def _no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_receivers, "open_browser", lambda url: None)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An offline Spotify, with its knobs at their defaults."""
    with Sandbox() as running:
        yield running
