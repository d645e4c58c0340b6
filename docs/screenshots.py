"""
Take the pictures of the documentation, light and dark, in a real JupyterLab on the sandbox: ``nox -s screenshots``.

Look at each of them before you commit it.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect, sync_playwright

from spotantic_nb.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"

sys.path[:0] = [str(ROOT / "tests" / "journeys"), str(ROOT / "tests" / "browser")]
from kernels import own_places  # noqa: E402
from labs import ARGUMENTS, CHROMIUM, LAB, LOAD, PANEL, Notebook, follow_link, new_notebook, running  # noqa: E402

LANDING_PAGE = "lab/extensions/spotantic_nb/callback.html?code=of-another-login&state=of-another-login"


@dataclass(frozen=True)
class Studio:
    """A browser with one tab for a JupyterLab, and the folder that it serves."""

    browser: BrowserContext
    tab: Page
    address: str
    folder: Path

    def notebook(self, name: str, *cells: str) -> Notebook:
        """Open a new notebook of the project ``name`` with the extension loaded."""
        path = new_notebook(self.folder, f"{name}/listening.ipynb", LOAD, *cells)
        notebook = Notebook(self.tab, self.address, path)
        notebook.run(0)
        return notebook

    def project(self, name: str, **settings: str) -> None:
        """Make a project with these settings in its ``.env``."""
        (self.folder / name).mkdir()
        lines = [f"SPOTANTIC_AUTH_{key.upper()}={value}\n" for key, value in settings.items()]
        (self.folder / name / ".env").write_text("".join(lines), encoding="utf-8")


def main() -> None:
    """Take all pictures."""
    with studio() as there, Sandbox() as sandbox:
        app = {"client_id": sandbox.client_id, "accounts_url": sandbox.accounts_url, "api_url": sandbox.api_url}
        there.project("music", **app)
        there.project("remote", **app)
        there.project("new")
        take_a_login(there)
        take_a_remote_login(there)
        take_the_set_up_page(there)
        take_the_landing_page(there)


def take_a_login(there: Studio) -> None:
    """Take a login that waits, and panel and status afterwards."""
    notebook = there.notebook("music", "%spotantic_login pkce", PANEL, "%spotantic_status")
    login = notebook.run(1)
    expect(login.get_by_role("link", name="Log in to Spotify")).to_be_visible()
    take(notebook, login, "login")
    follow_link(there.browser, login)
    panel = notebook.run(2)
    expect(panel.get_by_text("Signed in as Ada")).to_be_visible()
    take(notebook, panel, "panel")
    take(notebook, notebook.run(3), "status")
    notebook.close()


def take_a_remote_login(there: Studio) -> None:
    """Take a login whose answer has to be pasted, as on a hub."""
    notebook = there.notebook("remote", "%env JUPYTERHUB_USER=ada", "%spotantic_login pkce")
    notebook.run(1)
    take(notebook, notebook.run(2), "remote-paste")
    notebook.close()


def take_the_set_up_page(there: Studio) -> None:
    """Take the panel in a project without an app."""
    notebook = there.notebook("new", PANEL)
    panel = notebook.run(1)
    expect(panel.get_by_label("Client id")).to_be_visible()
    take(notebook, panel, "set-up")
    notebook.close()


def take_the_landing_page(there: Studio) -> None:
    """Take the page of a Jupyter server that found no notebook to hand the answer to."""
    for theme in ("light", "dark"):
        page = there.browser.new_page()
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": 740, "height": 260})
        page.goto(there.address.partition("/lab/")[0] + "/" + LANDING_PAGE)
        expect(page.get_by_role("heading", name="No notebook took the answer")).to_be_visible()
        page.screenshot(path=IMAGES / f"remote-landing-{theme}.png")
        page.close()


def take(notebook: Notebook, cell: Locator, name: str) -> None:
    """Take a picture of a cell in both themes."""
    for theme in ("Light", "Dark"):
        notebook.dress(theme)
        cell.scroll_into_view_if_needed()
        deselect(notebook.page)
        cell.screenshot(path=IMAGES / f"{name}-{theme.lower()}.png")


def deselect(page: Page) -> None:
    """Leave the cell, so that no toolbar stands over it, nor a frame around it."""
    page.evaluate("window.notebook.content.activeCellIndex = 0")
    page.mouse.move(0, 0)


@contextmanager
def studio() -> Iterator[Studio]:
    """Yield where the pictures are taken."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(tempfile.gettempdir(), "ada")  # it is seen in the pictures
        folder.mkdir()
        environ = {key: value for key, value in os.environ.items() if not key.startswith("SPOTANTIC_")}
        environ |= {**own_places(Path(name)), "HOME": str(folder), "container": ""}
        browser = playwright.chromium.launch_persistent_context(
            Path(name, "chromium"),
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            viewport={"width": 1000, "height": 1100},
        )
        with running(LAB, folder, environ) as address:
            yield Studio(browser, browser.new_page(), address, folder)
        browser.close()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
