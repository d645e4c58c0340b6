"""The cells of docs/how-to/marimo.md in a real marimo, which is a front-end of its own and no Jupyter."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

from labs import free_port, open_link, picture, read_when_ready
from playwright.sync_api import BrowserContext, Page, expect

from spotantic_nb.sandbox import Sandbox

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "marimo.md"
SET_UP, LOG_IN, USE, BEGIN, PASTE = re.findall("```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_a_login_shows_its_link_and_then_who_signed_in(
    browser: BrowserContext, spotify_project: Path, environ: dict[str, str]
) -> None:
    with marimo("run", spotify_project, environ, SET_UP, LOG_IN, USE) as address:
        page = opened(browser, address)
        tab = open_link(browser, page.locator("body"))
        picture(page, "marimo-waiting")
        tab.get_by_role("button", name="Agree").click()
        expect(tab.get_by_role("heading", name="You can close this tab")).to_be_visible()
        expect(page.get_by_text("Signed in as Ada Fjordmark").first).to_be_visible()
        expect(page.get_by_role("link", name="Log in to Spotify")).to_have_count(0)
        expect(page.get_by_text("Ada Fjordmark", exact=True).last).to_be_visible()
        picture(page, "marimo-done")


def test_where_the_browser_is_elsewhere_the_address_is_pasted(
    browser: BrowserContext, spotify_project: Path, environ: dict[str, str], sandbox: Sandbox
) -> None:
    redirect_uri = "https://app.example/callback"
    sandbox.register_app(client_id=sandbox.client_id, client_secret=sandbox.client_secret, redirect_uris=[redirect_uri])
    environ["SPOTANTIC_AUTH_REDIRECT_URI"] = redirect_uri
    with marimo("edit", spotify_project, environ, SET_UP, BEGIN, PASTE, USE) as address:
        page = opened(browser, address)
        tab = open_link(browser, page.locator("body"))
        with tab.expect_event("requestfailed") as failed:
            tab.get_by_role("button", name="Agree").click()
        box = page.get_by_label("After Agree: the address of the tab")
        box.fill("rubbish")
        box.press("Enter")
        expect(page.get_by_text("That is not a whole address").first).to_be_visible()
        box.fill(failed.value.url)
        picture(page, "marimo-paste")
        box.press("Enter")
        expect(page.get_by_text("Signed in as Ada Fjordmark").first).to_be_visible()
        expect(page.get_by_role("link", name="Log in to Spotify")).to_have_count(0)
        picture(page, "marimo-pasted")


@contextlib.contextmanager
def marimo(command: str, project: Path, environ: dict[str, str], *cells: str) -> Iterator[str]:
    """Serve a notebook with these cells, as an app (``run``) or to be written (``edit``), and yield its address."""
    notebook, port = project / "notebook.py", free_port()
    body = "".join(f"\n@app.cell\ndef _():\n{indent(cell, '    ')}" for cell in cells)
    (project / "pyproject.toml").write_text("[tool.marimo.runtime]\nauto_instantiate = true\n")  # runs all when opened
    notebook.write_text(f"import marimo\n\napp = marimo.App()\n{body}\n")
    options = ["--headless", "--no-token", f"--port={port}", "--host=127.0.0.1"]
    with (project.parent / "marimo.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "marimo", command, *options, str(notebook)],
            cwd=project,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        read_when_ready(f"http://127.0.0.1:{port}/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def opened(browser: BrowserContext, address: str) -> Page:
    page = browser.new_page()
    page.goto(address)
    return page
