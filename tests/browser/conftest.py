"""What a story in a browser starts with: one person's browser, and a front-end on the project."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from labs import ARGUMENTS, CHROMIUM, LAB, NOTEBOOK, FrontEnd, Notebook, Open, new_notebook, running
from playwright.sync_api import BrowserContext, expect, sync_playwright

expect.set_options(timeout=30_000)


@pytest.fixture
def browser() -> Iterator[BrowserContext]:
    """One person's browser, with its popup blocker on."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, ignore_default_args=["--disable-popup-blocking"]
        )
        context = chromium.new_context(viewport={"width": 1100, "height": 900})
        context.set_default_timeout(30_000)
        yield context
        chromium.close()


@pytest.fixture
def lab(spotify_project: Path, environ: dict[str, str]) -> Iterator[str]:
    """A JupyterLab on the project."""
    with running(LAB, spotify_project, environ) as address:
        yield address


@pytest.fixture(params=[pytest.param(LAB, id="lab"), pytest.param(NOTEBOOK, id="notebook")])
def front_end(request: pytest.FixtureRequest) -> FrontEnd:
    front_end: FrontEnd = request.param
    return front_end


@pytest.fixture
def open_notebook(
    front_end: FrontEnd, spotify_project: Path, environ: dict[str, str], browser: BrowserContext
) -> Iterator[Open]:
    """Open a notebook with these cells in the front-end."""
    with running(front_end, spotify_project, environ) as address:

        def open_notebook(*cells: str) -> Notebook:
            return Notebook(browser.new_page(), address, new_notebook(spotify_project, "a.ipynb", *cells))

        yield open_notebook
