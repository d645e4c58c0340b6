"""What axe finds in our boxes in JupyterLab, in each state that they have a look of their own for: nothing serious."""

from pathlib import Path

import pytest
from accessibility import serious_faults
from labs import LOAD, PANEL, Notebook, Open, follow_link, press
from playwright.sync_api import BrowserContext, Locator, expect

OURS = ".jp-Notebook:not(.lm-mod-hidden) .spotantic-box"
OUTPUTS = ".jp-Notebook:not(.lm-mod-hidden) .jp-OutputArea-output"


@pytest.fixture(params=["Light", "Dark"])
def theme(request: pytest.FixtureRequest) -> str:
    theme: str = request.param
    return theme


def faults_of(notebook: Notebook, box: Locator, *, within: str = OURS) -> list[str]:
    """Return what axe finds in the boxes of a notebook, or in all of its outputs, this one in sight."""
    box.scroll_into_view_if_needed()
    # JupyterLab's body has no height, and axe takes all that is inside of it for hidden: it would look at no colour.
    notebook.page.evaluate("document.body.style.height = '100vh'")
    return serious_faults(notebook.page, within=within)


def test_axe_finds_nothing_serious_in_a_login_or_a_panel_in_any_state(
    open_in_lab: Open, browser: BrowserContext, theme: str
) -> None:
    notebook = open_in_lab(LOAD, PANEL, "%spotantic_login")
    notebook.dress(theme)
    notebook.run(0)
    panel = notebook.run(1)
    expect(panel.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    assert faults_of(notebook, panel) == []
    login = notebook.run(2)
    expect(login.get_by_role("link", name="Log in to Spotify")).to_be_visible()
    assert faults_of(notebook, login) == []
    follow_link(browser, login)
    expect(panel.get_by_text("Signed in as Ada")).to_be_visible()
    assert faults_of(notebook, panel) == []
    press(panel, "Other flow or scopes")
    assert faults_of(notebook, panel) == []


def test_axe_finds_nothing_serious_in_the_set_up_page(open_in_lab: Open, spotify_project: Path, theme: str) -> None:
    (spotify_project / ".env").unlink()
    notebook = open_in_lab(LOAD, PANEL)
    notebook.dress(theme)
    notebook.run(0)
    panel = notebook.run(1)
    expect(panel.get_by_label("Client id")).to_be_visible()
    assert faults_of(notebook, panel) == []


def test_axe_finds_nothing_serious_in_what_the_doctor_and_the_status_show(
    open_in_lab: Open, spotify_project: Path, theme: str
) -> None:
    with (spotify_project / ".env").open("a") as file:
        file.write("SPOTANTIC_AUTH_REDIRECT_URI=http://localhost:8888/callback/\n")
    notebook = open_in_lab(LOAD, "%spotantic_doctor", "%spotantic_status")
    notebook.dress(theme)
    notebook.run(0)
    notebook.run(1)
    status = notebook.run(2)
    expect(notebook.cell(1).get_by_text("localhost").first).to_be_visible()
    assert faults_of(notebook, status, within=OUTPUTS) == []


def test_axe_finds_a_picture_without_words_and_words_without_contrast_in_a_box(open_in_lab: Open) -> None:
    notebook = open_in_lab(LOAD, PANEL)
    notebook.run(0)
    panel = notebook.run(1)
    panel.locator(".spotantic-box").evaluate("box => box.append(document.createElement('img'))")
    badge = panel.locator(".spotantic-badge")
    badge.evaluate("badge => Object.assign(badge.style, { color: '#999', background: '#888' })")
    faults = "".join(faults_of(notebook, panel))
    assert "image-alt" in faults
    assert "color-contrast" in faults
