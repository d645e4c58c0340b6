"""
The demo: a sandbox and a JupyterLab on the quick-start notebook, or that notebook run by itself.

Runs in a temporary project, so that neither the person's settings nor their tokens are touched.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spotantic_nb.sandbox import Sandbox, ScriptedUser

QUICKSTART = "01_quickstart.ipynb"

_TOKEN = secrets.token_urlsafe(16)
"""What JupyterLab asks a browser for."""

_LOGIN_LINK = re.compile(r"http://127\.0\.0\.1:\d+/authorize\?\S+")
_CELL_PATIENCE = 120
"""Seconds that one cell of the notebook may take."""

_REPORT = """
import json
from spotantic_nb import Session
status = Session.current().status
print(json.dumps([status.account, status.granted, len(top_tracks) + len(plays)]))
"""


def show() -> int:
    """Serve the notebooks in JupyterLab until Ctrl-C, and return the exit status."""
    with _project() as (folder, environ):
        port = _free_port()
        print(f"The notebook: http://127.0.0.1:{port}/lab/tree/{QUICKSTART}?token={_TOKEN}", flush=True)
        print("Ctrl-C ends it.", flush=True)
        lab = subprocess.Popen([sys.executable, "-m", "jupyterlab", *_lab_options(folder, port)], env=environ)  # noqa: S603
        try:
            return lab.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            lab.terminate()
            lab.wait()


def run() -> int:
    """
    Run the quick-start notebook in a real kernel, with a scripted person who follows its link and agrees.

    Prints account, scopes and the number of rows fetched, and returns 0 only if all of it is there.
    """
    here = {"SPOTANTIC_AUTH_BROWSER": "here"}  # it is this program that follows the link
    with _project() as (folder, environ), contextlib.closing(_Run(folder, environ | here)) as notebook:
        cells = json.loads((folder / QUICKSTART).read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        if not all(notebook.execute(source) for source in [*sources, _REPORT]):
            return 1
    account, scopes, rows = json.loads(notebook.printed[-1])
    print(f"Account: {account}\nScopes:  {' '.join(scopes)}\nRows:    {rows}")
    return 0 if account and scopes and rows else 1


class _Run:
    """
    Run a notebook in a kernel, cell by cell.

    Stdin is allowed, as in front of a person; without it a login is refused.
    """

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        from jupyter_client.manager import KernelManager

        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(cwd=str(folder), env=environ)
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=_CELL_PATIENCE)
        self.printed: list[str] = []
        self._followed: set[str] = set()

    def execute(self, code: str) -> bool:
        """Run one cell, following a login link that it shows; tell whether it ended well."""
        reply = self._client.execute_interactive(
            code, allow_stdin=True, output_hook=self._see, stdin_hook=_refuse_to_type, timeout=_CELL_PATIENCE
        )
        return bool(reply["content"]["status"] == "ok")

    def close(self) -> None:
        """Shut the kernel down."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def _see(self, message: dict[str, Any]) -> None:
        content = message["content"]
        if "ename" in content:
            print(*content["traceback"], sep="\n", file=sys.stderr)
        if "text" in content:
            self.printed.append(content["text"])
        link = _LOGIN_LINK.search(content.get("data", {}).get("text/plain", ""))
        # Once: the cell that waits for the login shows its link again.
        if link and link[0] not in self._followed:
            self._followed.add(link[0])
            # In a thread, because the notebook's next cell waits for it.
            threading.Thread(target=ScriptedUser().follow, args=(link[0],), daemon=True).start()


def _refuse_to_type(message: dict[str, Any]) -> None:
    raise RuntimeError(f"The notebook asks for input: {message['content']['prompt']}")


@contextlib.contextmanager
def _project() -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield a temporary project with the notebooks in it, and an environment that leads to a sandbox."""
    with tempfile.TemporaryDirectory(prefix="spotantic-demo-") as name, Sandbox() as sandbox:
        folder = Path(name)
        for notebook in _notebooks().glob("*.ipynb"):
            shutil.copy(notebook, folder)
        settings = {
            "ACCOUNTS_URL": sandbox.accounts_url,
            "API_URL": sandbox.api_url,
            "CLIENT_ID": sandbox.client_id,
            "CLIENT_SECRET": sandbox.client_secret,
            "REDIRECT_URI": f"http://127.0.0.1:{_free_port()}/callback",
        }
        yield folder, {**os.environ, **{f"SPOTANTIC_AUTH_{name}": value for name, value in settings.items()}}


def _notebooks() -> Path:
    """Return the folder of the notebooks: in an installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "notebooks"
    return installed if installed.is_dir() else package.parent / "notebooks"


def _lab_options(folder: Path, port: int) -> list[str]:
    return [
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.ip=127.0.0.1",
        f"--IdentityProvider.token={_TOKEN}",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{QUICKSTART}",
        "--allow-root",
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
