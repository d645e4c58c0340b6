"""A real JupyterLab or Notebook in a real browser, and a person who clicks."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import BrowserContext, Locator, Page
from playwright.sync_api import TimeoutError as TookTooLong

FORBID_HANDLERS = """() => {
    const policy = document.createElement("meta");
    policy.httpEquiv = "Content-Security-Policy";
    policy.content = "script-src-attr 'none'";
    document.head.append(policy);
}"""
"""Keep inline scripts from running in a page, as the header of some servers does."""

PATIENCE = 60_000
"""Milliseconds after which a test gives up."""

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_TOKEN = "open-sesame"
_SCREENSHOTS = os.environ.get("SCREENSHOTS", "")
"""A folder for pictures of what the tests saw; none are taken without it."""

_OPEN = """path => {
    const options = { ref: '_noref' };  // on this page: Notebook 7 knows no other place, and would open a tab
    return window.jupyterapp.commands.execute('docmanager:open', { path, factory: 'Notebook', options }).then(() => {});
}"""
_SHOWN = """path => {
    const widget = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    if (!widget || !widget.context || widget.context.path !== path) return false;
    return window.notebook = widget;  // by that name, scripts of a story find it in the page
}"""
_IS_IDLE = """notebook => {
    const session = notebook.sessionContext.session;
    return session && session.kernel && session.kernel.status === 'idle';
}"""
_RUN = """(notebook, i) => {
    notebook.content.activeCellIndex = i;
    window.jupyterapp.commands.execute('notebook:run-cell');
}"""
_HOLDS = "([notebook, text]) => JSON.stringify(notebook.content.model.toJSON()).includes(text)"
_HAS_RUN = r"""([notebook, i]) => {
    return /\[\d+\]/.test(notebook.content.widgets[i].node.querySelector('.jp-InputPrompt').innerText);
}"""
_KEEPS_LINK = """([notebook, i]) => {
    const cell = notebook.content.widgets[i], view = 'application/vnd.jupyter.widget-view+json';
    const boxes = cell.model.toJSON().outputs.filter(output => view in (output.data ?? {}));
    const hasLink = JSON.stringify(boxes).includes('Log in to Spotify: http');
    return !hasLink || cell.node.innerText.includes('Where you see no box');
}"""
_CLOSE = """async notebook => {
    await notebook.sessionContext.shutdown();
    notebook.dispose();
}"""
_SAVE_WIDGETS = """on => {
    const { commands } = window.jupyterapp, name = '@jupyter-widgets/jupyterlab-manager:saveWidgetState';
    return commands.isToggled(name) === on || commands.execute(name).then(() => {});
}"""


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """A program that serves notebooks."""

    module: str
    page: str
    """Where it shows a notebook."""


LOAD, PANEL = "%load_ext spotantic_nb", "%spotantic_panel"

LAB = FrontEnd("jupyterlab", "lab/tree/{path}?reset&")
NOTEBOOK = FrontEnd("notebook", "notebooks/{path}?")


@contextlib.contextmanager
def running(
    front_end: FrontEnd, root: Path, environ: dict[str, str], *, port: int | None = None, on: Sequence[str] = ()
) -> Iterator[str]:
    """
    Serve a folder and yield the address of its notebooks, with a place for the path.

    Args:
        front_end: What serves it.
        root: The folder.
        environ: The environment of the server and its kernels.
        port: Where it is served; otherwise a free port.
        on: What stands before the command where another machine is to run it.
    """
    port = port or free_port()
    log = root.parent / f"{front_end.module}.log"
    arguments = [
        "--no-browser",
        "--allow-root",
        "--expose-app-in-browser",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.ip=127.0.0.1",
        f"--IdentityProvider.token={_TOKEN}",
        f"--ServerApp.root_dir={root}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*on, sys.executable, "-m", front_end.module, *arguments], env=environ, stdout=output, stderr=output
        )
    address = f"http://127.0.0.1:{port}"
    try:
        read_when_ready(f"{address}/api/status?token={_TOKEN}", process)
        yield f"{address}/{front_end.page}token={_TOKEN}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()  # its kernels notice
            process.wait()


class Notebook:
    """
    A notebook of a front-end, with its kernel.

    In a tab that is new the front-end is loaded, which takes longer than most stories do; otherwise it stays.

    Args:
        page: The tab.
        address: The address of notebooks in the front-end, with a place for the path.
        path: The notebook's path below the front-end's root.
    """

    def __init__(self, page: Page, address: str, path: str) -> None:
        self.page = page
        self._path = path
        self.address = address.format(path=path)
        """Where a browser finds it; a tab that shows it may have another address, from the notebook before."""
        self._front_end = "lab" if "/lab/" in address else "notebook"
        if page.url == "about:blank":
            page.goto(self.address)
        else:
            page.bring_to_front()  # what is behind another tab opens no list, and draws nothing
            page.evaluate(_OPEN, path)
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        """Wait until the notebook is shown, also by a page that was loaded again, and its kernel is idle."""
        self._widget = self.page.wait_for_function(_SHOWN, arg=self._path, timeout=PATIENCE)
        self.page.wait_for_function(_IS_IDLE, arg=self._widget, timeout=PATIENCE)

    def load_again(self) -> None:
        """Load the page again, as after F5."""
        self.page.goto(self.address)
        self.wait_for_kernel()

    def begin(self, index: int) -> Locator:
        """Run a cell that will wait for the person, and return it."""
        self.page.bring_to_front()  # a person has come back to it from the tab of a login
        self._widget.evaluate(_RUN, index)
        return self.cell(index)

    def run(self, index: int) -> Locator:
        """
        Run a cell to its end and return it.

        The box of a login is drawn once more as soon as the page keeps its link; a person acts later than that.
        """
        cell = self.begin(index)
        for state in (_HAS_RUN, _KEEPS_LINK):
            self.page.wait_for_function(state, arg=[self._widget, index], timeout=PATIENCE)
        return cell

    def cell(self, index: int) -> Locator:
        """Return a cell as it is on the page."""
        return self.page.locator(".jp-Notebook:visible .jp-Cell").nth(index)

    def text(self) -> str:
        """Return all of the notebook as it would be saved now."""
        return str(self._widget.evaluate("notebook => JSON.stringify(notebook.content.model.toJSON())"))

    def restart(self) -> None:
        """Restart the kernel."""
        self._widget.evaluate("notebook => notebook.sessionContext.session.kernel.restart()")
        self.wait_for_kernel()

    def close(self) -> None:
        """End the kernel, and close the notebook."""
        self._widget.evaluate(_CLOSE)

    def save(self, *, with_text: str, with_widgets: bool = False) -> None:
        """
        Save the notebook, once this text has come to stand in it.

        Args:
            with_text: What is to stand in the notebook.
            with_widgets: What the menu calls *Save Widget State Automatically*.
        """
        self.page.wait_for_function(_HOLDS, arg=[self._widget, with_text], timeout=PATIENCE)
        self.page.evaluate(_SAVE_WIDGETS, with_widgets)
        self._widget.evaluate("notebook => notebook.context.save()")

    def pictures(self, name: str) -> None:
        """Take screenshots in the light and the dark theme, where somebody wants to look at some."""
        if _SCREENSHOTS:
            for theme in ("Dark", "Light"):
                self.dress(theme)
                picture(self.page, f"{self._front_end}-{name}-{theme.lower()}")

    def dress(self, theme: str) -> None:
        """Change to the light or the dark theme."""
        arguments = {"theme": f"JupyterLab {theme}"}
        self.page.evaluate("a => window.jupyterapp.commands.execute('apputils:change-theme', a)", arguments)
        self.page.wait_for_function("t => document.body.dataset.jpThemeName === t", arg=arguments["theme"])
        self.page.wait_for_load_state("networkidle")


Open = Callable[..., Notebook]
"""Opens a notebook with these cells."""


def picture(page: Page, name: str) -> None:
    """Take a screenshot of a page, where somebody wants to look at one."""
    if _SCREENSHOTS:
        Path(_SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(_SCREENSHOTS, f"{name}.png"))


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_notebook(root: Path, path: str, *cells: str) -> str:
    """Write a notebook with these cells and return its path below the root."""
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    document.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(document, root / path)
    return path


def open_link(context: BrowserContext, cell: Locator) -> Page:
    """Click the link of a login in a cell, and return the tab that opens."""
    link = cell.get_by_role("link", name="Log in to Spotify")
    try:
        with context.expect_page(timeout=PATIENCE / 4) as opened:
            link.click()
    except TookTooLong:  # the link was drawn anew just then, and a person clicks again
        with context.expect_page() as opened:
            link.click()
    return opened.value


def follow_link(context: BrowserContext, cell: Locator, *, button: str = "Agree") -> Page:
    """Click the link of a login in a cell, answer the sandbox's page in the new tab, and return that tab."""
    tab = open_link(context, cell)
    tab.get_by_role("button", name=button).click()
    tab.wait_for_url(re.compile(r"http://127\.0\.0\.1:\d+/callback$"))
    return tab


def callback_of(context: BrowserContext, cell: Locator) -> str:
    """Follow the link and agree; return the address that the tab was sent to, which it does not keep."""
    with context.expect_event("request", lambda request: "/callback?" in request.url) as sent:
        follow_link(context, cell)
    return str(sent.value.url)


def read_when_ready(url: str, process: "subprocess.Popen[Any]") -> bytes:
    """Read an address of a server that is starting."""
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        with contextlib.suppress(OSError), urllib.request.urlopen(url) as reply:
            return bytes(reply.read())
        time.sleep(0.1)  # a server that starts sets no event
    raise AssertionError(f"no answer from {url}")


def press(panel: Locator, name: str) -> None:
    panel.get_by_role("button", name=name, exact=True).click()
