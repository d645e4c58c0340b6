"""What every test starts with: a clean environment, a project of its own, and a sandbox where one is asked for."""

import contextlib
import hmac
import os
import random
import signal
import socket
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from kernels import Kernel, own_places, start_kernel

from spotantic_nb.auth import _http, _placement, _prompt
from spotantic_nb.sandbox import Sandbox
from spotantic_nb.session import Session

# What pip installs is compiled once; so are we, for the many programs that the tests start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The tests may run in a container, which is not what they are about: an empty value says that this is none.
os.environ["container"] = ""  # noqa: SIM112 - systemd's own spelling

# A run that was started in the background ignores Ctrl-C, and so would every program that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new project as the current folder, in a home of its own, with no settings and no sign of a place around."""
    signs = {*_placement._ELSEWHERE, *_placement._PERHAPS_FORWARDED, *_placement._DISPLAYS, "BROWSER"}
    for name in os.environ:
        if name.upper().startswith("SPOTANTIC_") or name in signs:
            monkeypatch.delenv(name)
    folder = tmp_path / "home" / "project"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(autouse=True)
def _no_session_of_another_test() -> Iterator[None]:
    yield
    for session in Session._in_use.values():
        session._observers._observers.clear()  # or they would go on watching the next test
    Session.use(None)


@pytest.fixture(autouse=True)
def _no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_prompt, "open_browser", lambda url: None)


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "_BACKOFFS", (0.01, 0.02))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An offline Spotify, with its knobs at their defaults."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def port() -> int:
    """A port for the redirect URI that nobody uses, below those that the system gives away to whoever asks for any."""
    while True:
        port = random.randint(10_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


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
    return {**os.environ, **own_places(tmp_path)}


@pytest.fixture
def new_kernel(spotify_project: Path, environ: dict[str, str]) -> Iterator[Callable[..., Kernel]]:
    """Start kernels in the project, or in a folder below it; each has the extension loaded, ``first`` run before."""
    started: list[Kernel] = []

    def start(folder: Path = spotify_project, *, first: str = "") -> Kernel:
        kernel = start_kernel(folder, environ)
        started.append(kernel)
        assert kernel.run(f"{first}\n%load_ext spotantic_nb").ok
        return kernel

    yield start
    for kernel in started:
        kernel.close()


@pytest.fixture
def kernel(new_kernel: Callable[..., Kernel]) -> Kernel:
    """One kernel of the project."""
    return new_kernel()


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is compared in constant time."""
    seen: list[bytes] = []
    compare = hmac.compare_digest

    def spy(one: str | bytes, other: str | bytes) -> bool:
        seen.extend(side.encode() if isinstance(side, str) else side for side in (one, other))
        return compare(one, other)  # type: ignore[arg-type]

    monkeypatch.setattr(hmac, "compare_digest", spy)
    return seen


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run one more test at a time than there are cores: they wait for kernels and browsers more than they compute."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where it counts (``CI=true``), take a skipped test for a failed one."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
    return report
