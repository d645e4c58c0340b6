"""``python -m spotantic_nb.sandbox``."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import spotantic_nb.sandbox
from spotantic_nb.sandbox import Sandbox

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(spotantic_nb.sandbox.__file__).parents[2])}
COMMAND = [sys.executable, "-m", "spotantic_nb.sandbox"]
WITHOUT_UVICORN = """
import runpy, sys
sys.modules["uvicorn"] = None
runpy.run_module("spotantic_nb.sandbox", run_name="__main__", alter_sys=True)
"""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that asks a child to end")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_what_a_dotenv_needs_serves_and_ends_cleanly(number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "--port", "0", "--people", "30"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        lines = [process.stdout.readline().strip() for _ in range(6)]
        settings = dict(line.split("=", 1) for line in lines[2:])
        answer = httpx.get(f"{settings['SPOTANTIC_AUTH_API_URL']}/me", trust_env=False)
        process.send_signal(number)
        rest = process.communicate(timeout=30)
    assert (answer.status_code, process.returncode, rest[1]) == (401, 0, "")
    assert settings["SPOTANTIC_AUTH_CLIENT_ID"] == Sandbox.client_id


def test_a_taken_port_is_one_line(sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]
    done = run(*COMMAND, "--port", port)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [done.stderr.strip()]
    assert f"cannot listen on port {port}" in done.stderr


def test_a_sandbox_without_people_is_one_line() -> None:
    done = run(*COMMAND, "--port", "0", "--people", "1")
    assert (done.returncode, done.stderr) == (1, "A sandbox has from 3 to 1000 people, not 1.\n")


def test_a_missing_dependency_is_one_line_with_the_way_out() -> None:
    done = run(sys.executable, "-c", WITHOUT_UVICORN)
    assert done.returncode == 1
    assert done.stderr == "The sandbox needs uvicorn: pip install 'spotantic-nb[sandbox]'\n"
