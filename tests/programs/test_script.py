"""Plain `python`: a script and its session, a script and a bare manager, at a terminal and where nobody is."""

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from kernels import PATIENCE, is_free, link_in
from terminals import INSISTENCE, Terminal

from spotantic_nb.sandbox import Sandbox, ScriptedUser

STARTS = 5
DOCTOR = "`python -m spotantic_nb doctor` says more."
ELSEWHERE = "https://app.example/callback"

SESSION = """
from spotantic_nb import Session
Session.current().login("pkce")
print(Session.current().token())
"""
MANAGER = """
import asyncio
from spotantic_nb import AuthCodePKCEFlowManager, AuthSettings
manager = AuthCodePKCEFlowManager(AuthSettings(scope="user-top-read"))
asyncio.run(manager.authorize())
print(asyncio.run(manager.get_valid_access_token()))
"""
both = pytest.mark.parametrize("script", [SESSION, MANAGER], ids=["session", "manager"])
everywhere_without_people = pytest.mark.parametrize("stdin", ["</dev/null", "<&-", ""], ids=["null", "closed", "pipe"])


@pytest.fixture
def terminal(spotify_project: Path, environ: dict[str, str]) -> Iterator[Terminal]:
    """An interactive python."""
    # The prompt of Python 3.13 needs to know its terminal; the one before is the same everywhere.
    terminal = Terminal([sys.executable, "-q"], spotify_project, {**environ, "PYTHON_BASIC_REPL": "1"})
    terminal.wait_for(">>> ")
    terminal.type("from spotantic_nb import *\n")
    terminal.wait_for(">>> ")
    yield terminal
    terminal.close()


@pytest.fixture
def elsewhere(spotify_project: Path, sandbox: Sandbox) -> None:
    """A redirect URI that leads to another machine, so that nothing can listen."""
    sandbox.register_app(client_id=sandbox.client_id, client_secret=sandbox.client_secret, redirect_uris=[ELSEWHERE])
    with (spotify_project / ".env").open("a") as env_file:
        env_file.write(f"SPOTANTIC_AUTH_REDIRECT_URI={ELSEWHERE}\n")


def start(script: str, folder: Path, environ: dict[str, str], *, stdin: str) -> subprocess.Popen[str]:
    """Start a script as a scheduler does: in a session of its own, without a terminal."""
    return subprocess.Popen(
        ["sh", "-c", f'exec "$0" "$@" {stdin}', sys.executable, "-c", script],
        cwd=folder,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@both
@everywhere_without_people
def test_without_a_terminal_the_link_may_still_be_followed(
    spotify_project: Path, environ: dict[str, str], script: str, stdin: str
) -> None:
    with start(script, spotify_project, environ, stdin=stdin) as running:
        assert running.stderr is not None
        ScriptedUser().follow(link_in(running.stderr.readline()))
        shown = running.communicate(timeout=PATIENCE)[0]
    assert running.returncode == 0
    assert "access_token=SecretStr('**********')" in shown


@pytest.fixture
def uncounted(environ: dict[str, str]) -> dict[str, str]:
    """An environment without what counts lines, which needs the modules that are hidden there itself."""
    return {name: value for name, value in environ.items() if name != "COVERAGE_PROCESS_CONFIG"}


@both
@pytest.mark.parametrize("name", ["secrets", "getpass", "html", "webbrowser", "difflib"])
def test_a_file_beside_the_script_may_hide_a_standard_module_that_people_use_the_name_of(
    spotify_project: Path, uncounted: dict[str, str], script: str, name: str
) -> None:
    (spotify_project / f"{name}.py").write_text("CLIENT_ID = 'mine'\n")
    with start(f"from {name} import CLIENT_ID\n{script}", spotify_project, uncounted, stdin="</dev/null") as running:
        assert running.stderr is not None
        ScriptedUser().follow(link_in(running.stderr.readline()))
        shown = running.communicate(timeout=PATIENCE)[0]
    assert "access_token=SecretStr('**********')" in shown


@pytest.mark.parametrize("file", ["queue.py", "signal.py", "queue/__init__.py", "unicodedata.py"])
def test_a_file_that_hides_a_standard_module_which_is_needed_is_named(
    spotify_project: Path, uncounted: dict[str, str], file: str
) -> None:
    (spotify_project / file).parent.mkdir(exist_ok=True)
    (spotify_project / file).touch()
    with start(SESSION, spotify_project, uncounted, stdin="</dev/null") as running:
        told = running.communicate(timeout=PATIENCE)[1]
    assert f"ConfigurationError: {spotify_project / file} hides Python's own module" in told.splitlines()[-1]


ODD_STREAMS = {
    "no flush": "class Tee:\n write = sys.stderr.write\nsys.stderr = Tee()",
    "no isatty": "class Tee:\n write = sys.stderr.write\n flush = sys.stderr.flush\nsys.stderr = sys.stdin = Tee()",
    "none": "sys.stderr = sys.stdin = None",
    "closed": "sys.stderr.close()",
    "broken": "class Tee:\n def write(self, text): raise OSError\nsys.stderr = Tee()",
    "a redirection": "contextlib.redirect_stderr(None).__enter__()",
}


@both
@pytest.mark.parametrize("change", ODD_STREAMS.values(), ids=ODD_STREAMS.keys())
def test_the_link_is_shown_on_whichever_stream_is_left(
    spotify_project: Path, environ: dict[str, str], script: str, change: str
) -> None:
    with start(f"import contextlib, sys\n{change}\n{script}", spotify_project, environ, stdin="</dev/null 2>&1") as run:
        assert run.stdout is not None
        ScriptedUser().follow(link_in(run.stdout.readline()))
        shown = run.communicate(timeout=PATIENCE)[0]
    assert "access_token=SecretStr('**********')" in shown


@both
@everywhere_without_people
def test_where_only_a_paste_could_finish_it_and_nobody_can_type_it_is_refused_before_the_link(
    spotify_project: Path, environ: dict[str, str], elsewhere: None, script: str, stdin: str
) -> None:
    with start(script, spotify_project, environ, stdin=stdin) as running:
        told = running.communicate(timeout=PATIENCE)[1]
    assert running.returncode == 1
    *_, error, note = told.splitlines()
    assert "Nobody can type an address here." in error
    assert "AuthorizationError: The redirect URI leads to another machine" in error
    assert note == DOCTOR
    assert "authorize?" not in told


@both
def test_without_a_terminal_a_port_that_is_taken_is_said_with_a_remedy(
    spotify_project: Path, environ: dict[str, str], port: int, script: str
) -> None:
    with (
        socket.create_server(("127.0.0.1", port)),
        start(script, spotify_project, environ, stdin="</dev/null") as running,
    ):
        told = running.communicate(timeout=PATIENCE)[1]
    *_, error, note = told.splitlines()
    assert f"LoopbackUnavailableError: 127.0.0.1:{port} cannot be listened on" in error
    assert "register another port" in error
    assert note == DOCTOR


def test_a_script_that_ends_before_its_login_says_so(spotify_project: Path, environ: dict[str, str]) -> None:
    script = "from spotantic_nb import Session\nSession.current().login('pkce', wait=False)"
    with start(script, spotify_project, environ, stdin="</dev/null") as running:
        told = running.communicate(timeout=PATIENCE)[1]
    assert running.returncode == 0
    assert told.startswith("A login was still waiting for its answer, and has ended with this program. Wait for it: ")


@both
def test_a_script_at_a_terminal_takes_the_pasted_address_and_does_not_show_it(
    spotify_project: Path, environ: dict[str, str], elsewhere: None, script: str
) -> None:
    terminal = Terminal([sys.executable, "-c", script], spotify_project, environ)
    link = terminal.wait_for_link()
    terminal.wait_for("Paste the ")
    terminal.type("nonsense\n")
    terminal.wait_for("Paste the ")
    address = ScriptedUser().answer(link)
    terminal.type(f"{address}\n")
    terminal.wait_for("access_token=SecretStr('**********')")
    assert terminal.end() == 0
    terminal.close()
    assert address not in terminal.shown


GENTLE = """
import contextlib
import signal
from spotantic_nb import Session
signal.signal(signal.SIGINT, lambda number, frame: print("takes note", flush=True))
Session.current().login("pkce")
print(Session.current().token())
"""


def test_a_program_that_only_takes_note_of_ctrl_c_goes_on_waiting(
    spotify_project: Path, environ: dict[str, str]
) -> None:
    with start(GENTLE, spotify_project, environ, stdin="</dev/null") as running:
        assert running.stderr is not None
        assert running.stdout is not None
        link = link_in(running.stderr.readline())
        running.send_signal(signal.SIGINT)
        assert running.stdout.readline() == "takes note\n"
        ScriptedUser().follow(link)
        shown = running.communicate(timeout=PATIENCE)[0]
    assert "access_token=SecretStr('**********')" in shown
    assert running.returncode == 0


def test_a_script_in_the_background_of_a_terminal_is_refused_and_not_stopped(
    spotify_project: Path, environ: dict[str, str], elsewhere: None
) -> None:
    # Job control, as an interactive shell has it, puts a background job into a process group of its own.
    (spotify_project / "nightly.py").write_text(SESSION)
    terminal = Terminal(["sh", "-mc", '"$0" nightly.py & wait', sys.executable], spotify_project, environ)
    terminal.wait_for("Nobody can type an address here.")
    terminal.end()
    terminal.close()


def test_over_a_remote_shell_a_session_asks_for_the_address_while_it_listens(
    spotify_project: Path, environ: dict[str, str]
) -> None:
    terminal = Terminal([sys.executable, "-c", SESSION], spotify_project, {**environ, "SSH_CONNECTION": "1"})
    link = terminal.wait_for_link()
    terminal.wait_for("press Enter when the tab says done:")
    ScriptedUser().follow(link)
    terminal.wait_for("access_token=SecretStr('**********')")
    terminal.close()


@pytest.mark.parametrize(
    "login",
    [
        'Session.current().login("pkce")',
        'import asyncio; asyncio.run(AuthCodePKCEFlowManager(AuthSettings(scope="user-top-read")).authorize())',
    ],
    ids=["session", "manager"],
)
def test_ctrl_c_in_an_interactive_python_ends_the_wait_and_logging_in_again_works(
    terminal: Terminal, login: str
) -> None:
    terminal.type(f"{login}\n")
    terminal.wait_for_link()
    terminal.interrupt_until("KeyboardInterrupt")
    terminal.wait_for(">>> ")
    terminal.type(f"{login}\n")
    ScriptedUser().follow(terminal.wait_for_link())
    assert "Error" not in terminal.wait_for(">>> ")


@both
def test_one_ctrl_c_ends_a_script_at_its_prompt(
    spotify_project: Path, environ: dict[str, str], elsewhere: None, script: str
) -> None:
    # Python misses one that comes when it is about to read; a person presses again, and here the script starts anew.
    assert any(_ends_by_one_ctrl_c(script, spotify_project, environ) for _ in range(STARTS))


def _ends_by_one_ctrl_c(script: str, folder: Path, environ: dict[str, str]) -> bool:
    with contextlib.closing(Terminal([sys.executable, "-c", script], folder, environ)) as terminal:
        terminal.wait_for("done: ")
        terminal.type("\x03")
        return terminal.comes("KeyboardInterrupt", patience=INSISTENCE) and terminal.end() != 0


def test_an_uncaught_error_holds_no_secret(
    spotify_project: Path, environ: dict[str, str], sandbox: Sandbox, port: int
) -> None:
    script = "import secrets; secrets.token_urlsafe = lambda size=32: 'PLAN' + 'TED' * 12\n" + SESSION
    with start(script, spotify_project, environ, stdin="</dev/null") as running:
        assert running.stderr is not None
        sandbox.knobs.token_fault = "500_json"
        address = ScriptedUser().answer(link_in(running.stderr.readline()))
        [code] = parse_qs(urlsplit(address).query)["code"]
        httpx.get(address, trust_env=False)
        told = "".join(running.communicate(timeout=PATIENCE))
    assert "Traceback" in told
    assert "AccountsUnreachableError" in told
    assert not [secret for secret in ("PLANTED", sandbox.client_secret, code) if secret in told]
    assert is_free(port)
