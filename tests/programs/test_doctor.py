"""``python -m spotantic_nb doctor``: what it prints, and what it ends with."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from spotantic_nb.sandbox import Sandbox


@pytest.fixture
def tidy(spotify_project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (spotify_project / ".env").chmod(0o600)
    monkeypatch.setenv("SPOTANTIC_AUTH_BROWSER", "here")
    return spotify_project


def doctor(*options: str, prelude: str = "") -> "subprocess.CompletedProcess[str]":
    program = (
        f"{prelude}\nimport sys\nfrom spotantic_nb.__main__ import main\nsys.exit(main(['doctor', *sys.argv[1:]]))"
    )
    command = [sys.executable, "-c", program] if prelude else [sys.executable, "-m", "spotantic_nb", "doctor"]
    return subprocess.run(
        [*command, *options], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )


@pytest.mark.usefixtures("tidy")
def test_a_project_in_which_nothing_is_broken_ends_with_0() -> None:
    done = doctor()
    assert done.returncode == 0, done.stdout
    assert "Spotify login: 0 broken" in done.stdout
    assert done.stderr == ""


def test_anything_broken_ends_with_1_and_is_told_first(tidy: Path) -> None:
    with (tidy / ".env").open("a") as file:
        file.write("SPOTANTIC_AUTH_REDIRECT_URI=http://localhost:8888/callback\n")
    done = doctor()
    assert done.returncode == 1
    assert done.stdout.splitlines()[1].split() == ["BROKEN", "redirect-uri-localhost"]


def test_what_keeps_it_from_running_ends_with_2_in_one_line() -> None:
    done = doctor(prelude="from spotantic_nb.session import Session\nSession.current = None")
    assert done.returncode == 2
    assert done.stderr == "The doctor could not run (TypeError).\n"
    assert doctor("--unheard-of").returncode == 2


@pytest.mark.usefixtures("tidy")
def test_online_it_asks_the_accounts_service_once(sandbox: Sandbox) -> None:
    done = doctor("--online")
    assert done.returncode == 0, done.stdout
    assert "answers, and knows the app's client id and secret; the clocks agree." in done.stdout
    assert [request.path for request in sandbox.requests] == ["/api/token"]


@pytest.mark.usefixtures("tidy")
def test_offline_it_asks_nobody(sandbox: Sandbox) -> None:
    doctor()
    assert sandbox.requests == []


@pytest.mark.usefixtures("tidy")
def test_as_json_it_can_be_read_by_a_program(sandbox: Sandbox) -> None:
    done = doctor("--json", "--online")
    document = json.loads(done.stdout)
    assert [found["level"] for found in document["findings"] if found["name"] == "service"] == ["green"]
    assert sandbox.client_secret not in done.stdout
    assert sandbox.client_id not in done.stdout
