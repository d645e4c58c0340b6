"""The demo, run as a person runs it."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from labs import read_when_ready


def test_the_headless_demo_reports_account_scopes_and_rows(environ: dict[str, str]) -> None:
    environ["container"] = "docker"  # where nobody's browser would be in reach, the demo itself is
    demo = subprocess.run(
        [sys.executable, "-m", "spotantic_nb", "demo", "--headless"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    assert "Traceback" not in demo.stderr
    assert re.fullmatch(r"Account: .+\nScopes:  .*user-top-read.*\nRows:    [1-9]\d+\n", demo.stdout)


def test_the_demo_serves_the_quick_start_notebook_and_ends_with_ctrl_c(environ: dict[str, str]) -> None:
    command = [sys.executable, "-m", "spotantic_nb", "demo"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as demo:
        assert demo.stdout is not None
        address = demo.stdout.readline().split()[-1]
        notebook = json.loads(read_when_ready(address.replace("/lab/tree/", "/api/contents/"), demo))
        demo.send_signal(signal.SIGINT)
    assert notebook["type"] == "notebook"
    assert demo.returncode == 0


def test_without_its_packages_the_demo_names_the_command_to_install_them(tmp_path: Path) -> None:
    hide = "import sys; sys.modules['uvicorn'] = None; from spotantic_nb.__main__ import main; sys.exit(main(['demo']))"
    demo = subprocess.run(
        [sys.executable, "-c", hide], check=False, capture_output=True, text=True, cwd=tmp_path, env=os.environ
    )
    assert demo.returncode == 2
    assert "pip install 'spotantic-nb[demo]'" in demo.stderr
    assert "Traceback" not in demo.stderr
