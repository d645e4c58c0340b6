"""How an answer gets into the box of a login without a click on Submit: pasted anywhere, or from the landing page."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from labs import LOAD, FrontEnd, Notebook, Open, open_link, picture
from playwright.sync_api import BrowserContext, Locator, Page, expect

from spotantic_nb.auth._redirect_uri import LANDING_PAGE
from spotantic_nb.sandbox import Sandbox, ScriptedUser

ELSEWHERE = "https://kernel.example/callback"
"""A redirect URI that leads to an error page."""

LOGIN = "%spotantic_login"

WAITS = "token = %spotantic_token\nprint('has', bool(token))"


def register(sandbox: Sandbox, project: Path, redirect_uri: str) -> None:
    """Register a redirect URI, and write it into the project's ``.env``."""
    sandbox.register_app(client_id=sandbox.client_id, client_secret=sandbox.client_secret, redirect_uris=[redirect_uri])
    with (project / ".env").open("a") as env_file:
        env_file.write(f"SPOTANTIC_AUTH_REDIRECT_URI={redirect_uri}\n")


class TestAPaste:
    @pytest.fixture(autouse=True)
    def _elsewhere(self, sandbox: Sandbox, spotify_project: Path, browser: BrowserContext) -> None:
        register(sandbox, spotify_project, ELSEWHERE)
        browser.grant_permissions(["clipboard-read", "clipboard-write"])

    @pytest.fixture
    def notebook(self, open_notebook: Open) -> Notebook:
        notebook = open_notebook(LOAD, LOGIN, "import ipywidgets; ipywidgets.Text()", "written = 1")
        for index in range(3):
            notebook.run(index)
        return notebook

    def test_into_the_box_needs_no_submit(self, notebook: Notebook) -> None:
        login = notebook.cell(1)
        login.get_by_placeholder("or paste the address").fill(answer_to(login))
        expect(login.get_by_text("Signed in as Ada")).to_be_visible()

    @pytest.mark.parametrize("place", ["nowhere", "a code cell", "a field of another output"])
    def test_anywhere_on_the_page_is_taken_once_the_link_was_clicked(
        self, browser: BrowserContext, notebook: Notebook, place: str
    ) -> None:
        login = notebook.cell(1)
        answer = answer_to(login)
        open_link(browser, login).close()
        focus(notebook, place)
        paste(notebook.page, f" {answer}\n")
        expect(login.get_by_text("Signed in as Ada")).to_be_visible()
        assert "code=" not in notebook.text()
        expect(notebook.page.locator(".jp-Notebook:visible .jp-Cell")).to_have_count(4)

    def test_ends_the_wait_of_another_cell(self, browser: BrowserContext, open_notebook: Open) -> None:
        login, waiting = wait_in_another_cell(open_notebook)
        picture(waiting.page, "waiting-cell")
        answer = answer_to(login)
        open_link(browser, login).close()
        paste(login.page, answer)
        expect(waiting.get_by_text("has True")).to_be_visible()

    def test_of_anything_else_goes_where_it_goes(self, browser: BrowserContext, notebook: Notebook) -> None:
        login, page = notebook.cell(1), notebook.page
        answer = answer_to(login)
        open_link(browser, login).close()
        others = ["words", answer.replace("state=", "state=x"), ELSEWHERE, f"see {answer}", answer.replace("?", "/?")]
        for other in others:
            focus(notebook, "a code cell", select=True)
            paste(page, other)
            expect(notebook.cell(3).locator(".cm-content")).to_have_text(other)
            focus(notebook, "a field of another output", select=True)
            paste(page, other)
            expect(notebook.cell(2).locator("input[type=text]")).to_have_value(other)
        expect(login.get_by_text("Waiting for your answer")).to_be_visible()


class TestTheLandingPage:
    @pytest.fixture
    def address(self, serve: Callable[[FrontEnd], str], front_end: FrontEnd) -> str:
        parts = urlsplit(serve(front_end))
        return f"{parts.scheme}://{parts.netloc}{LANDING_PAGE}"

    @pytest.fixture
    def _registered(self, address: str, sandbox: Sandbox, spotify_project: Path) -> None:
        register(sandbox, spotify_project, address)

    @pytest.fixture
    def notebook(self, _registered: None, open_notebook: Open) -> Notebook:
        notebook = open_notebook(LOAD, LOGIN)
        notebook.run(0)
        notebook.run(1)
        return notebook

    def test_hands_the_answer_over_and_closes(self, browser: BrowserContext, notebook: Notebook) -> None:
        login = notebook.cell(1)
        tab = open_link(browser, login)
        with tab.expect_event("close"):
            tab.get_by_role("button", name="Agree").click()
        expect(login.get_by_text("Signed in as Ada")).to_be_visible()

    @pytest.mark.usefixtures("_registered")
    def test_ends_the_wait_of_another_cell(self, browser: BrowserContext, open_notebook: Open) -> None:
        login, waiting = wait_in_another_cell(open_notebook)
        tab = open_link(browser, login)
        with tab.expect_event("close"):
            tab.get_by_role("button", name="Agree").click()
        expect(waiting.get_by_text("has True")).to_be_visible()

    def test_keeps_an_answer_that_nobody_takes_for_a_paste(self, browser: BrowserContext, notebook: Notebook) -> None:
        login = notebook.cell(1)
        tab = browser.new_page()
        tab.goto(answer_to(login))
        expect(tab.get_by_role("heading", name="No notebook took the answer")).to_be_visible()
        picture(tab, "landing-page-alone")
        login.get_by_placeholder("or paste the address").fill(tab.url)
        expect(login.get_by_text("Signed in as Ada")).to_be_visible()

    def test_says_what_it_is_to_who_comes_without_an_answer(self, browser: BrowserContext, address: str) -> None:
        tab = browser.new_page()
        tab.goto(address)
        expect(tab.get_by_role("heading", name="This is not the page you want")).to_be_visible()


def wait_in_another_cell(open_notebook: Open) -> tuple[Locator, Locator]:
    """Begin a login, and wait for it in a further cell, as *Run All* does; return both cells once one asks."""
    notebook = open_notebook(LOAD, LOGIN, WAITS)
    notebook.run(0)
    login, waiting = notebook.run(1), notebook.begin(2)
    expect(waiting.locator(".jp-Stdin-input")).to_be_visible()
    return login, waiting


def answer_to(login: Locator) -> str:
    """Return the address that a person ends at, who follows the link in another browser."""
    link = login.get_by_role("link", name="Log in to Spotify").get_attribute("href")
    assert link is not None
    return ScriptedUser().answer(link)


def focus(notebook: Notebook, place: str, *, select: bool = False) -> None:
    """Click into a place of the page, and select what stands there."""
    if place == "a code cell":
        notebook.cell(3).locator(".cm-content").click()
    elif place == "a field of another output":
        notebook.cell(2).locator("input[type=text]").click()
    else:
        notebook.cell(1).locator(".spotantic-badge").click()
    if select:
        notebook.page.keyboard.press("Control+A")


def paste(page: Page, text: str) -> None:
    """Copy a text and press Ctrl+V."""
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+V")
