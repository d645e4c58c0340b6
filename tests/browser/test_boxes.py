"""Boxes that come and go with kernels, cells and callbacks, as a person sees them in JupyterLab and Notebook 7."""

import pytest
from labs import LOAD, PANEL, Notebook, Open, follow_link, press
from playwright.sync_api import BrowserContext, Locator, expect

from spotantic_nb.sandbox import Sandbox

LOGIN = "%spotantic_login"

INTERACT = """
import ipywidgets
def show(number):
    get_ipython().run_line_magic('spotantic_panel', '')
ipywidgets.interact(show, number=(0, 3));
"""

BUTTON = """
import ipywidgets
place, button = ipywidgets.Output(), ipywidgets.Button(description='Go')
def log_in(_):
    with place:
        get_ipython().run_line_magic('spotantic_login', '')
button.on_click(log_in)
display(button, place)
"""

TABS = """
import ipywidgets
one, other = ipywidgets.Output(), ipywidgets.Output()
with one:
    %spotantic_login
with other:
    %spotantic_panel
display(ipywidgets.VBox([one, other]))
"""

WORDS_OF_A_DEAD_BOX = "box => getComputedStyle(box, '::after').content"


@pytest.fixture
def notebook(request: pytest.FixtureRequest, open_notebook: Open) -> Notebook:
    notebook = open_notebook(LOAD, *request.param)
    notebook.run(0)
    return notebook


def cells(*code: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("notebook", [code], indirect=True, ids=[""])


def box(cell: Locator) -> Locator:
    return cell.locator(".spotantic-box")


def log_in(browser: BrowserContext, panel: Locator) -> None:
    press(panel, "Log in")
    follow_link(browser, panel).close()
    expect(panel.get_by_text("Signed in as Ada").first).to_be_visible()


@cells(LOGIN, PANEL)
def test_the_boxes_of_a_dead_kernel_say_so_and_offer_nothing(notebook: Notebook, browser: BrowserContext) -> None:
    login, panel = notebook.run(1), notebook.run(2)
    expect(login.get_by_role("link", name="Log in to Spotify")).to_be_visible()
    notebook.restart()
    for cell in (login, panel):
        expect(cell.get_by_role("link", name="Log in to Spotify")).to_be_hidden()
        expect(box(cell).locator("button:visible")).to_have_count(0)
        assert "The kernel was restarted: run this cell again." in box(cell).evaluate(WORDS_OF_A_DEAD_BOX)
    notebook.pictures("dead-boxes")


@cells(PANEL, LOGIN)
def test_after_the_consent_ended_there_is_a_way_in(
    notebook: Notebook, browser: BrowserContext, sandbox: Sandbox
) -> None:
    panel = notebook.run(1)
    log_in(browser, panel)
    sandbox.revoke_consent("ada")
    press(panel, "Refresh")
    expect(panel.get_by_text("Log in again", exact=True)).to_be_visible()
    notebook.pictures("consent-ended")
    expect(notebook.run(2).get_by_role("link", name="Log in to Spotify")).to_be_visible()
    press(panel, "Cancel")
    log_in(browser, panel)


@cells(INTERACT)
def test_a_panel_in_interact_is_one_panel_however_often_the_slider_moves(notebook: Notebook) -> None:
    cell = notebook.run(1)
    expect(box(cell)).to_have_count(1)
    for number in "23":
        cell.locator(".widget-readout").fill(number)
        cell.locator(".widget-readout").press("Enter")
        expect(cell.locator(".widget-readout")).to_have_text(number)
        expect(box(cell)).to_have_count(1)
        expect(cell.get_by_role("button", name="Log in", exact=True)).to_be_visible()


@cells(BUTTON)
def test_a_login_by_a_button_has_its_box(notebook: Notebook, browser: BrowserContext) -> None:
    cell = notebook.run(1)
    press(cell, "Go")
    expect(cell.get_by_placeholder("or paste the address")).to_be_visible()
    follow_link(browser, cell).close()
    expect(cell.get_by_text("Signed in as Ada")).to_be_visible()


@cells(TABS)
def test_two_boxes_of_one_cell_both_live(notebook: Notebook, browser: BrowserContext) -> None:
    cell = notebook.run(1)
    expect(box(cell)).to_have_count(2)
    follow_link(browser, box(cell).first).close()
    for one in box(cell).all():
        expect(one.get_by_text("Signed in as Ada")).to_be_visible()


@cells(f"%%capture\n{LOGIN}", "token = %spotantic_token")
def test_a_cell_that_waits_shows_the_login_that_was_captured(notebook: Notebook, browser: BrowserContext) -> None:
    notebook.run(1)
    waiting = notebook.begin(2)
    expect(waiting.get_by_role("link", name="Log in to Spotify")).to_be_visible()
    expect(waiting.get_by_placeholder("or paste the address")).to_be_visible()
    notebook.pictures("waiting-cell")
    follow_link(browser, waiting).close()
    expect(waiting.get_by_text("Signed in as Ada")).to_be_visible()
    expect(waiting.get_by_role("link", name="Log in to Spotify")).to_be_hidden()
