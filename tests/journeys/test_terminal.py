"""Terminal IPython, on a real pseudo-terminal: the link is printed and waited for."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernels import is_free
from terminals import Terminal

from spotantic_nb.sandbox import ScriptedUser

IPYTHON = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor"]


@pytest.fixture
def terminal(spotify_project: Path, environ: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal([*IPYTHON, "--simple-prompt"], spotify_project, environ)
    terminal.wait_for("In [1]:")
    terminal.type("%load_ext spotantic_nb\n")
    terminal.wait_for("In [2]:")
    yield terminal
    terminal.close()


def test_the_link_is_printed_and_waited_for(terminal: Terminal) -> None:
    terminal.type("%spotantic_login --no-browser\n")
    ScriptedUser().follow(terminal.wait_for_link())
    terminal.wait_for("Signed in as Ada")
    terminal.type("%spotantic_token\n")
    terminal.wait_for("SecretStr('**********')")


def test_the_doctor_reports_in_lines_of_text(terminal: Terminal) -> None:
    terminal.type("%spotantic_doctor\n")
    terminal.wait_for("Spotify login: 0 broken")
    terminal.wait_for("IPython in a terminal with prompts")


@pytest.mark.parametrize(
    "change",
    [
        "Tee = type('Tee', (), {'write': sys.stdout.write})",
        "Tee = lambda: None",
        "import io; Tee = io.StringIO",
    ],
    ids=["write only", "none", "memory"],
)
def test_the_link_is_printed_whatever_standard_output_is(terminal: Terminal, change: str) -> None:
    terminal.type(f"import contextlib, sys; {change}\n")
    terminal.wait_for("In [3]:")
    terminal.type("with contextlib.redirect_stdout(Tee()): get_ipython().run_line_magic('spotantic_login', '')\n\n")
    ScriptedUser().follow(terminal.wait_for_link())
    terminal.wait_for("In [4]:")
    terminal.type("%spotantic_status\n")
    terminal.wait_for("Signed in as Ada")


def test_a_pasted_address_is_taken_and_not_shown(terminal: Terminal) -> None:
    terminal.type("%spotantic_login --paste\n")
    link = terminal.wait_for_link()
    terminal.wait_for("press Enter when the tab says done:")
    address = ScriptedUser().answer(link)
    terminal.type(f"{address}\n")
    terminal.wait_for("Signed in as Ada")
    assert address not in terminal.shown


def test_the_prompt_ends_by_itself_once_the_browser_has_answered(terminal: Terminal) -> None:
    terminal.type("%spotantic_login --paste\n")
    link = terminal.wait_for_link()
    terminal.wait_for("press Enter when the tab says done:")
    ScriptedUser().follow(link)
    terminal.wait_for("Signed in as Ada")


def test_a_prompt_of_a_login_that_was_refused_ends_as_well(terminal: Terminal) -> None:
    terminal.type("%spotantic_login --paste\n")
    link = terminal.wait_for_link()
    terminal.wait_for("press Enter when the tab says done:")
    ScriptedUser().follow(link, decision="cancel")
    terminal.wait_for("AuthorizationDeniedError")


def test_ctrl_c_ends_the_login_and_frees_the_port(terminal: Terminal, port: int) -> None:
    terminal.type("%spotantic_login\n")
    terminal.wait_for_link()
    terminal.type("\x03")
    terminal.wait_for("KeyboardInterrupt")
    terminal.wait_for("In [3]:")
    assert is_free(port)


def test_a_closed_prompt_is_one_line_and_leaves_no_login_behind(terminal: Terminal) -> None:
    terminal.type("%spotantic_login --paste\n")
    terminal.wait_for("press Enter when the tab says done:")
    terminal.type("\x04")
    terminal.wait_for("AuthorizationError: The prompt was closed without an address. Log in again for a new link.")
    terminal.wait_for("In [")
    terminal.type("%spotantic_token\n")
    terminal.wait_for("AuthorizationError: The login was cancelled.")


def test_with_the_port_taken_the_address_is_asked_for_and_the_reason_is_said(terminal: Terminal, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        terminal.type("%spotantic_login\n")
        link = terminal.wait_for_link()
        terminal.wait_for(f"127.0.0.1:{port} cannot be listened on")
        terminal.wait_for("press Enter when the tab says done:")
        terminal.type(f"{ScriptedUser().answer(link)}\n")
        terminal.wait_for("Signed in as Ada")


def test_an_answer_that_does_not_come_is_one_line(terminal: Terminal, port: int) -> None:
    terminal.type("%spotantic_login --timeout 0.1\n")
    said = terminal.wait_for("In [3]:")
    assert "CallbackTimeoutError: No answer came within 0.1 seconds." in said
    assert "Traceback" not in said
    assert is_free(port)


def test_a_consent_that_is_refused_is_one_line(terminal: Terminal) -> None:
    terminal.type("%spotantic_login\n")
    ScriptedUser().follow(terminal.wait_for_link(), decision="cancel")
    said = terminal.wait_for("In [3]:")
    assert "AuthorizationDeniedError: " in said
    assert "Traceback" not in said


def test_a_captured_login_still_shows_its_link(terminal: Terminal) -> None:
    terminal.type("get_ipython().run_cell_magic('capture', '', '%spotantic_login')\n")
    ScriptedUser().follow(terminal.wait_for_link())
    terminal.wait_for("In [3]:")
    terminal.type("%spotantic_status\n")
    terminal.wait_for("Signed in as Ada")


def test_a_login_in_a_thread_is_followed_and_one_that_must_ask_there_is_refused(terminal: Terminal) -> None:
    magic = "get_ipython().run_line_magic('spotantic_login', '{}')"
    start = "import threading; t = threading.Thread(target=lambda: {}); t.start(); t.join()\n"
    terminal.type(start.format(magic.format("--paste")))
    terminal.wait_for("Nobody can type an address here.")
    terminal.wait_for("In [")
    terminal.type(start.format(magic.format("")))
    ScriptedUser().follow(terminal.wait_for_link())
    terminal.wait_for("Signed in as Ada")


def test_a_question_mark_shows_the_help(terminal: Terminal) -> None:
    terminal.type("%spotantic_login?\n")
    terminal.wait_for("--switch-user")
    terminal.wait_for("Log in to Spotify. ")


def test_tab_completes_a_flow(spotify_project: Path, environ: dict[str, str]) -> None:
    terminal = Terminal([*IPYTHON, "-i", "-c", "%load_ext spotantic_nb"], spotify_project, environ)
    terminal.wait_for("In [1]:")
    terminal.type("%spotantic_login cl\t")
    terminal.wait_for("client")
    terminal.close()


@pytest.mark.parametrize("stdin", ["</dev/null", "<&-"])
def test_without_a_terminal_a_login_is_refused_in_one_line(
    spotify_project: Path, environ: dict[str, str], port: int, stdin: str
) -> None:
    ended = subprocess.run(
        ["sh", "-c", f'exec "$0" "$@" {stdin}', *IPYTHON, "-c", "%load_ext spotantic_nb\n%spotantic_login"],
        cwd=spotify_project,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    said = ended.stdout + ended.stderr
    assert "NotLoggedInError: Not logged in, and nobody is there to be asked." in said
    assert "Traceback" not in said
    assert is_free(port)
