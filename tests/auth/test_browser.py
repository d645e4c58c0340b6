"""Opening the browser: the person's own, or the one that ``BROWSER`` names now; a failure does no harm."""

import contextlib
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

import pytest

from spotantic_nb.auth._browser import _open, open_browser

LINK = "https://accounts.spotify.com/authorize?state=1"


@pytest.fixture(autouse=True)
def _set_in_a_cell(project: Path) -> None:
    """Python looks at ``BROWSER`` once; a person may set it later."""
    with contextlib.suppress(webbrowser.Error):
        webbrowser.get()


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """What the commands of these tests were asked to open, one line each."""
    return tmp_path / "opened"


def command(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_the_command_is_given_the_link(tmp_path: Path, opened: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", command(tmp_path, "helper.sh", f'echo "$1" >> {opened}'))
    _open(LINK)
    assert opened.read_text() == f"{LINK}\n"


def test_the_command_may_say_where_the_link_goes(tmp_path: Path, opened: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = command(tmp_path, "helper", f'echo "$@" >> {opened}')
    monkeypatch.setenv("BROWSER", f"{helper} --new %s")
    _open(LINK)
    assert opened.read_text() == f"--new {LINK}\n"


def test_of_several_the_first_that_works_is_used(tmp_path: Path, opened: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works, fails = command(tmp_path, "works", f'echo "$1" >> {opened}'), command(tmp_path, "fails", "exit 1")
    monkeypatch.setenv("BROWSER", f"/nowhere/browser:{fails}:{works}:{works}")
    _open(LINK)
    assert opened.read_text() == f"{LINK}\n"


def test_one_that_is_missing_does_no_harm(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BROWSER", "/nowhere/browser")
    _open(LINK)
    assert capfd.readouterr() == ("", "")


@pytest.mark.rule(10)
def test_the_browser_is_the_persons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8252, 8.12."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr(threading, "Thread", _AtOnce)
    open_browser("https://accounts.spotify.com/authorize")
    assert opened == ["https://accounts.spotify.com/authorize"]


class _AtOnce:
    def __init__(self, *, target: Callable[..., object], args: tuple[str, ...], daemon: bool) -> None:
        self._target, self._args = target, args

    def start(self) -> None:
        self._target(*self._args)
