"""A session of a project whose settings lead to the sandbox."""

from pathlib import Path

import pytest

from spotantic_nb import Session


@pytest.fixture
def env_file(spotify_project: Path) -> Path:
    """The project's settings."""
    return spotify_project / ".env"


@pytest.fixture
def session(env_file: Path) -> Session:
    """A session of the project."""
    return Session()
