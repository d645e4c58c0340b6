"""
What a story in a browser starts with: a tab of one person's browser, and a front-end on the project.

The browser and the front-ends are started once for all stories, and each front-end keeps its tab: to start takes longer
than most stories do. Each story has its own project, notebooks, kernels and further tabs.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from kernels import own_places
from labs import ARGUMENTS, CHROMIUM, LAB, NOTEBOOK, FrontEnd, Notebook, Open, new_notebook, running
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from spotantic_nb.sandbox._people import SESSION_COOKIE

expect.set_options(timeout=30_000)


@pytest.fixture(scope="package")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One person's browser, with its popup blocker on, and a cache as browsers have one."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("chromium"),
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            ignore_default_args=["--disable-popup-blocking"],
            viewport={"width": 1100, "height": 900},
        )
        chromium.set_default_timeout(30_000)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def tabs() -> dict[FrontEnd, Page]:
    """The tab of each front-end, which stays open from one story to the next."""
    return {}


@pytest.fixture
def browser(
    chromium: BrowserContext, tabs: dict[FrontEnd, Page], request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """The browser with nothing remembered of the person, and no tab open but those of the front-ends."""
    chromium.clear_cookies(name=SESSION_COOKIE)
    failed = request.session.testsfailed
    yield chromium
    if request.session.testsfailed > failed:
        tabs.clear()  # who knows what is left in them
    for page in chromium.pages:
        if page not in tabs.values():
            page.close()


@pytest.fixture(scope="package")
def jupyter_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the front-ends keep what is theirs."""
    return tmp_path_factory.mktemp("jupyter")


@pytest.fixture(scope="package")
def serve(tmp_path_factory: pytest.TempPathFactory, jupyter_home: Path) -> Iterator[Callable[[FrontEnd], str]]:
    """Serve the projects of all tests with a front-end, and return the address of its notebooks."""
    environ = {**os.environ, **own_places(jupyter_home), "HOME": str(jupyter_home)}
    with contextlib.ExitStack() as servers:
        yield cache(
            lambda front_end: servers.enter_context(running(front_end, tmp_path_factory.getbasetemp(), environ))
        )


@pytest.fixture(params=[pytest.param(LAB, id="lab"), pytest.param(NOTEBOOK, id="notebook")])
def front_end(request: pytest.FixtureRequest) -> FrontEnd:
    front_end: FrontEnd = request.param
    return front_end


@pytest.fixture
def open_with(
    serve: Callable[[FrontEnd], str],
    tmp_path_factory: pytest.TempPathFactory,
    spotify_project: Path,
    browser: BrowserContext,
    tabs: dict[FrontEnd, Page],
) -> Iterator[Callable[..., Notebook]]:
    """Open a notebook of the project with these cells in a front-end; with the test it is closed, its kernel ends."""
    opened: list[Notebook] = []

    def open_with(front_end: FrontEnd, *cells: str, name: str = "a.ipynb") -> Notebook:
        folder = spotify_project.relative_to(tmp_path_factory.getbasetemp())
        new_notebook(spotify_project, name, *cells)
        if front_end not in tabs:
            tabs[front_end] = browser.new_page()
        opened.append(Notebook(tabs[front_end], serve(front_end), f"{folder}/{name}"))
        return opened[-1]

    yield open_with
    for notebook in opened:
        notebook.close()


@pytest.fixture
def open_notebook(open_with: Callable[..., Notebook], front_end: FrontEnd) -> Open:
    """Open a notebook in one front-end and in the other."""
    return lambda *cells, **names: open_with(front_end, *cells, **names)


@pytest.fixture
def open_in_lab(open_with: Callable[..., Notebook]) -> Open:
    """Open a notebook in JupyterLab alone."""
    return lambda *cells, **names: open_with(LAB, *cells, **names)
