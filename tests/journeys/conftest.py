"""What a journey starts with: a project whose settings lead to a sandbox, and real kernels in it."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kernels import Kernel, start_kernel

from spotantic_nb.sandbox import Sandbox


@pytest.fixture
def port() -> int:
    """A port for the redirect URI that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def spotify_project(project: Path, sandbox: Sandbox, port: int) -> Path:
    """A project whose ``.env`` leads to the sandbox, as a person would write it for Spotify."""
    settings = {
        "CLIENT_ID": sandbox.client_id,
        "CLIENT_SECRET": sandbox.client_secret,
        "REDIRECT_URI": f"http://127.0.0.1:{port}/callback",
        "ACCOUNTS_URL": sandbox.accounts_url,
        "API_URL": sandbox.api_url,
    }
    (project / ".env").write_text("".join(f"SPOTANTIC_AUTH_{name}={value}\n" for name, value in settings.items()))
    return project


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of this machine's own Jupyter is read, and no browser opened."""
    own = {name: str(tmp_path / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}
    return {**os.environ, **own, "BROWSER": "true"}


@pytest.fixture
def new_kernel(spotify_project: Path, environ: dict[str, str]) -> Iterator[Callable[..., Kernel]]:
    """Start kernels in the project, or in a folder below it; each has the extension loaded."""
    started: list[Kernel] = []

    def start(folder: Path = spotify_project) -> Kernel:
        kernel = start_kernel(folder, environ)
        started.append(kernel)
        assert kernel.run("%load_ext spotantic_nb").ok
        return kernel

    yield start
    for kernel in started:
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(new_kernel: Callable[..., Kernel]) -> Kernel:
    """One kernel of the project."""
    return new_kernel()
