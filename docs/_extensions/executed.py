"""
Notebooks with their outputs: each is run when its page is made, by a program in place of the person at the browser.

They are stored without outputs. A notebook runs in a project of its own in a temporary folder, so that no token comes
near the source.
"""

import asyncio
import logging
import os
import re
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from sphinx.application import Sphinx

from spotantic_nb.sandbox import ScriptedUser

_LINK = re.compile(r"http://127\.0\.0\.1:\d+/authorize\?[^\s\"']+")
_PATIENCE = 180
"""Seconds that one cell may take."""


def notebook(text: str) -> nbformat.NotebookNode:
    """Return a notebook as it is after it was run; myst-nb calls this with the text of its file."""
    found = nbformat.reads(text, as_version=4)
    with project() as (folder, environ):
        visit = Visit(found, timeout=_PATIENCE, resources={"metadata": {"path": str(folder)}})
        visit.execute(env=environ, stderr=subprocess.DEVNULL)
    for cell in found.cells:
        cell.get("metadata", {}).pop("execution", None)
    found.metadata.pop("widgets", None)
    return found


@contextmanager
def project() -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield a new project, and an environment in which nothing of this machine's own is read or opened."""
    with tempfile.TemporaryDirectory(prefix="notebook-", ignore_cleanup_errors=True) as name:
        folder = Path(name, "home", "project")
        (folder / ".git").mkdir(parents=True)
        ours = {key: value for key, value in os.environ.items() if not key.startswith("SPOTANTIC_")}
        places = {key: str(Path(name, key.lower())) for key in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR")}
        yield folder, {
            **ours,
            **places,
            "HOME": str(folder.parent),
            "BROWSER": "true",
            "container": "",
            "SPOTANTIC_AUTH_BROWSER": "here",
            "SPOTANTIC_AUTH_REDIRECT_URI": f"http://127.0.0.1:{free_port()}/callback",
        }


class Visit(NotebookClient):  # type: ignore[misc]
    """A run of a notebook before a person, who follows each login link once and pastes the address where asked."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._links: list[str] = []

    async def async_start_new_kernel_client(self) -> Any:
        """Start the kernel's client, and answer its prompts."""
        client = await super().async_start_new_kernel_client()
        client.allow_stdin = True
        self._typing = asyncio.ensure_future(self._type(client))
        return client

    def process_message(self, message: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Take in a message of the kernel; follow a login link in it."""
        content = message["content"]
        for link in _LINK.findall(f"{content.get('text', '')} {content.get('data', {}).get('text/plain', '')}"):
            if link not in self._links:
                self._links.append(link)
                threading.Thread(target=self._follow, args=(link,), daemon=True).start()
        return super().process_message(message, cell, cell_index)

    def _follow(self, link: str) -> None:
        ScriptedUser().follow(link)

    async def _type(self, client: Any) -> None:
        """Press Enter at each prompt: the browser has brought the answer."""
        while True:
            await client.get_stdin_msg(timeout=None)
            client.input("")


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def setup(_: Sphinx) -> dict[str, Any]:
    """Keep addresses with their codes out of the build's log; myst-nb finds ``notebook`` by its name."""
    for talks in ("httpx", "traitlets"):
        logging.getLogger(talks).setLevel(logging.WARNING)
    return {"parallel_read_safe": True}
