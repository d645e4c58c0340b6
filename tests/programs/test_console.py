"""`jupyter console`, on a real pseudo-terminal: a kernel whose front-end shows text, and never a widget."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminals import Terminal

from spotantic_nb.sandbox import ScriptedUser

STARTS = 6
FIRST_LINE = 15.0
"""Seconds for the answer to the first line; an idle machine takes a tenth of one."""

CONSOLE = [sys.executable, "-m", "jupyter_console", "--simple-prompt"]


def _started(folder: Path, environ: dict[str, str]) -> Terminal:
    """
    Start a console, with the extension loaded.

    ipykernel may leave the first line unread that comes while it answers the console's question for the history; then
    nothing comes of it ever, whatever the line is, and a person starts the console again.
    """
    for _ in range(STARTS):
        console = Terminal(CONSOLE, folder, environ)
        console.wait_for("In [1]:")
        console.type("%load_ext spotantic_nb\n")
        if console.comes("In [2]:", patience=FIRST_LINE):
            return console
        console.close()
    raise AssertionError("No console answers its first line.")


@contextlib.contextmanager
def running(folder: Path, environ: dict[str, str]) -> Iterator[Terminal]:
    console = _started(folder, environ)
    console.wait_for("In [2]:")
    yield console
    console.type("exit\n")
    console.end()
    console.close()


@pytest.fixture
def console(spotify_project: Path, environ: dict[str, str]) -> Iterator[Terminal]:
    with running(spotify_project, environ) as console:
        yield console


def test_the_link_is_text_and_following_it_gives_a_masked_token(console: Terminal) -> None:
    console.type("%spotantic_login\n")
    link = console.wait_for_link()
    assert "%spotantic_login --paste" in console.wait_for("In [3]:")
    console.type("%spotantic_token\n")
    console.wait_for("Waiting for the login")
    ScriptedUser().follow(link)
    console.wait_for("SecretStr('**********')")
    console.type("%spotantic_status\n")
    console.wait_for("Signed in as Ada")
    assert "shown by a front-end with widgets" not in console.shown


def test_a_pasted_address_is_taken_and_not_shown(console: Terminal) -> None:
    console.type("%spotantic_login --paste\n")
    link = console.wait_for_link()
    console.wait_for("press Enter when the tab says done:")
    address = ScriptedUser().answer(link)
    console.type(f"{address}\n")
    console.wait_for("Signed in as Ada")
    assert address not in console.shown


def test_behind_a_remote_shell_the_cell_that_waits_asks_for_the_address(
    spotify_project: Path, environ: dict[str, str]
) -> None:
    with running(spotify_project, {**environ, "SSH_CONNECTION": "1"}) as console:
        console.type("%spotantic_login\n")
        link = console.wait_for_link()
        assert "SSH_CONNECTION is set" in console.wait_for("In [3]:")
        console.type("%spotantic_token\n")
        console.wait_for("press Enter when the tab says done:")
        console.type(f"{ScriptedUser().answer(link)}\n")
        console.wait_for("SecretStr('**********')")


def test_ctrl_c_ends_the_wait_and_leaves_the_login_on_its_way(console: Terminal) -> None:
    console.type("%spotantic_login\n")
    link = console.wait_for_link()
    console.wait_for("In [3]:")
    console.type("%spotantic_token\n")
    console.wait_for("Waiting for the login")
    console.type("\x03")
    console.wait_for("KeyboardInterrupt")
    console.wait_for("In [4]:")
    ScriptedUser().follow(link)
    console.type("%spotantic_token\n")
    console.wait_for("SecretStr('**********')")


def test_ctrl_c_at_the_prompt_leaves_a_console_that_goes_on(console: Terminal) -> None:
    console.type("%spotantic_login --paste\n")
    console.wait_for("press Enter when the tab says done:")
    console.type("\x03")
    console.wait_for("In [3]:")
    console.type("print(6 * 7)\n")
    console.wait_for("42")
