"""Programs with threads of their own: one that outlives the main thread, one at the very end, and no room for more."""

import subprocess
import sys
from pathlib import Path

import pytest

SPOTIFY = """
import os, socket, sys, threading
look_up = socket.getaddrinfo
def found(host, *rest, **more):  # the name of Spotify is known here, and nothing listens there
    return look_up("127.0.0.1" if "spotify" in str(host) else host, *rest, **more)
socket.getaddrinfo = found
def ask(when):
    from spotantic_nb import Session
    try:
        Session.current().token()
    except Exception as error:
        print(when, type(error).__name__, error, flush=True)
"""
OUTLIVES = """
def poll():
    threading.main_thread().join()
    ask("afterwards")
threading.Thread(target=poll).start()
"""
PROGRAMS = {
    "a thread that goes on": f"{SPOTIFY}\nask('before')\n{OUTLIVES}",
    "the last words of a program": f"{SPOTIFY}\nimport atexit\natexit.register(ask, 'afterwards')\nask('before')",
}
if sys.version_info[:2] != (3, 12):  # which starts no thread any more by then, nobody's
    PROGRAMS |= {
        "a thread that begins only then": f"{SPOTIFY}\n{OUTLIVES}",
        "a thread of a loop of its own": f"""{SPOTIFY}
import asyncio
async def wait():
    from spotantic_nb import Session
    await Session.current().atoken()
def poll():
    threading.main_thread().join()
    try:
        asyncio.run(wait())
    except Exception as error:
        print("afterwards", type(error).__name__, error, flush=True)
threading.Thread(target=poll).start()
""",
    }


def run(program: str, folder: Path, environ: dict[str, str]) -> str:
    """Run a program and return what it prints; it has a grant from elsewhere, and no proxy."""
    variables = {"SPOTANTIC_AUTH_CLIENT_ID": "0123456789abcdef" * 2, "SPOTANTIC_AUTH_REFRESH_TOKEN": "a-grant"}
    without_proxies = {name: value for name, value in environ.items() if not name.upper().endswith("_PROXY")}
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**without_proxies, **variables},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_the_service_is_found_by_its_name_when_the_main_thread_has_ended(
    project: Path, environ: dict[str, str], program: str
) -> None:
    """Python closes its executors at that moment, in which asyncio looks names up."""
    said = run(program, project, environ).splitlines()
    assert [line.split()[:2] for line in said if line.startswith("afterwards")] == [
        ["afterwards", "AccountsUnreachableError"]
    ]
    assert all("accounts.spotify.com refused the connection" in line for line in said)


def test_where_no_thread_can_be_started_one_sentence_says_so_and_nothing_is_left_open(
    project: Path, environ: dict[str, str]
) -> None:
    program = f"""{SPOTIFY}
ask("imported")  # the modules, and what they open
Session = sys.modules["spotantic_nb.session"].Session
Session.use(None)
from spotantic_nb import _portal
_portal.portal._loop._loops.clear()
usual = threading.stack_size(2**46)  # no system has that much for one thread
files = []
for _ in range(5):
    ask("without")
    files.append(len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0)
print(len(set(files)))
threading.stack_size(usual)
ask("again")
"""
    said = run(program, project, environ).splitlines()
    assert [line.split()[:2] for line in said[1:6]] == [["without", "UnsupportedEnvironmentError"]] * 5
    assert "No new thread can be started" in said[1]
    assert said[6] == "1"
    assert said[7].startswith("again AccountsUnreachableError accounts.spotify.com refused the connection")


def test_where_no_further_thread_can_be_started_a_name_is_looked_up_all_the_same(
    project: Path, environ: dict[str, str]
) -> None:
    program = f"""{SPOTIFY}
from spotantic_nb import Session
from spotantic_nb._portal import portal
import asyncio
portal.run(lambda: asyncio.sleep(0))
threading.stack_size(2**46)
ask("without")
"""
    assert "without AccountsUnreachableError accounts.spotify.com refused the connection" in run(
        program, project, environ
    )
