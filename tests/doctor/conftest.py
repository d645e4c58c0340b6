"""What an examination starts with: a healthy project, in surroundings that tell nothing."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import World

from spotantic_nb.auth import _registration
from spotantic_nb.doctor import _examined, _place, _redirect
from spotantic_nb.session import _managers
from spotantic_nb.settings import _hosted_secrets

_NETWORK = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_OF_PROGRAMS = ("SPOTIPY_", "SPOTIFY_", "JUPYTERHUB_", "JPY_", "CODESPACE", "VSCODE_")


@pytest.fixture
def world(project: Path, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    (project / ".git").rmdir()
    for name in os.environ:
        if name.upper() in {*_NETWORK, *_BUNDLES} or name.startswith(_OF_PROGRAMS):
            monkeypatch.delenv(name)
    monkeypatch.setattr(_hosted_secrets, "services", _hosted_secrets._services())
    for module in (_examined, _place, _redirect, _managers, _registration):
        # Others use the usual port on this machine.
        monkeypatch.setattr(module, "DEFAULT_REDIRECT_URI", f"http://127.0.0.1:{port}/callback")
    with contextlib.ExitStack() as ends:
        yield World(project, port, monkeypatch, ends, tmp_path)
