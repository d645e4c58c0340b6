"""A notebook that is saved while a login waits holds no link, and the link that is drawn goes on working."""

import time
from pathlib import Path

import pytest
from labs import FORBID_HANDLERS, LOAD, PANEL, PATIENCE, Notebook, Open, follow_link, picture, press
from playwright.sync_api import BrowserContext, Locator, expect

from spotantic_nb.sandbox import ScriptedUser
from spotantic_nb.scan import scan

LOGIN = "%spotantic_login"
WORDS = "Spotify: waiting."
"""What stands in the saved notebook in place of the link."""


def link_in(cell: Locator) -> Locator:
    return cell.get_by_role("link", name="Log in to Spotify")


def save_without_link(notebook: Notebook, folder: Path, *, with_text: str = WORDS) -> None:
    """Save the notebook until no link is left in it: the kernel hears a moment later that a page has drawn it."""
    deadline = time.monotonic() + PATIENCE / 1000
    notebook.save(with_text=with_text, with_widgets=True)
    while traces_in(folder):
        assert time.monotonic() < deadline, traces_in(folder)
        notebook.save(with_text=with_text, with_widgets=True)


def traces_in(folder: Path) -> list[str]:
    """Return what is left of a link in the notebooks of a folder and their checkpoints."""
    saved = "".join(path.read_text() for path in folder.rglob("*.ipynb"))
    assert "spotantic-box" in saved, "the state of the widgets was not saved"
    return [trace for trace in ("state=", "code_challenge", "authorize?") if trace in saved]


@pytest.fixture
def notebook(open_notebook: Open) -> Notebook:
    notebook = open_notebook(LOAD, LOGIN, PANEL, "'ready'")
    notebook.run(0)
    return notebook


def test_neither_the_output_nor_the_widget_holds_it(
    notebook: Notebook, spotify_project: Path, browser: BrowserContext
) -> None:
    login = notebook.run(1)
    expect(link_in(login)).to_be_visible()
    notebook.save(with_text=WORDS, with_widgets=True)
    assert traces_in(spotify_project) == []
    assert scan([spotify_project]).finds == ()
    notebook.pictures("link-kept-by-the-page")
    follow_link(browser, login).close()
    expect(login.get_by_text("Signed in as Ada")).to_be_visible()


def test_nor_does_the_panel(notebook: Notebook, spotify_project: Path, browser: BrowserContext) -> None:
    panel = notebook.run(2)
    press(panel, "Log in")
    expect(link_in(panel)).to_be_visible()
    expect(panel.locator(".spotantic-link")).to_have_count(1)
    save_without_link(notebook, spotify_project, with_text="Spotify: ")
    follow_link(browser, panel).close()
    expect(panel.get_by_text("Signed in as Ada").first).to_be_visible()


def test_after_a_reload_the_link_is_there_again(
    notebook: Notebook, spotify_project: Path, browser: BrowserContext
) -> None:
    address = link_in(notebook.run(1)).get_attribute("href")
    notebook.save(with_text=WORDS, with_widgets=True)
    for forget in ("", "sessionStorage.clear()"):  # the second time, the page has to ask the kernel
        notebook.page.evaluate(forget)
        notebook.load_again()
        expect(link_in(notebook.cell(1))).to_have_attribute("href", str(address))
        save_without_link(notebook, spotify_project)
    follow_link(browser, notebook.cell(1)).close()
    expect(notebook.cell(1).get_by_text("Signed in as Ada")).to_be_visible()


def test_in_a_second_tab_it_is_there_as_well(
    notebook: Notebook, spotify_project: Path, browser: BrowserContext
) -> None:
    address = link_in(notebook.run(1)).get_attribute("href")
    notebook.save(with_text=WORDS)
    other = browser.new_page()
    other.goto(notebook.address)
    second = other.locator(".jp-Notebook:visible .jp-Cell").nth(1)
    expect(link_in(second)).to_have_attribute("href", str(address))
    expect(link_in(notebook.cell(1))).to_have_attribute("href", str(address))
    follow_link(browser, second).close()
    expect(notebook.cell(1).get_by_text("Signed in as Ada")).to_be_visible()


def test_what_is_typed_while_it_waits_stays(notebook: Notebook) -> None:
    login = notebook.run(1)
    expect(link_in(login)).to_be_visible()
    notebook.save(with_text=WORDS)
    box = login.get_by_placeholder("or paste the address")
    box.fill("half an addr")
    notebook.run(3)
    expect(box).to_have_value("half an addr")


def test_where_no_script_may_run_it_stays_works_and_is_found(
    notebook: Notebook, spotify_project: Path, browser: BrowserContext
) -> None:
    notebook.page.evaluate(FORBID_HANDLERS)
    login = notebook.begin(1)
    expect(link_in(login)).to_be_visible()
    notebook.save(with_text="authorize?", with_widgets=True)
    places = {find.place for find in scan([spotify_project]).finds if find.kind == "link of a login"}
    assert places == {"output 1", "widget state"}
    follow_link(browser, login).close()
    expect(login.get_by_text("Signed in as Ada")).to_be_visible()
    notebook.load_again()  # for the next one, scripts may run


BUSY = "from pathlib import Path\nwhile not Path('go').exists():\n    pass"


@pytest.mark.parametrize("place", ["box", "link"])
def test_who_is_in_it_stays_in_it_though_it_is_drawn_anew(
    open_notebook: Open, spotify_project: Path, browser: BrowserContext, place: str
) -> None:
    notebook = open_notebook(LOAD, LOGIN, BUSY)
    notebook.run(0)
    login = notebook.begin(1)
    busy = notebook.begin(2)
    link, box = link_in(login), login.get_by_placeholder("or paste the address")
    address = str(link.get_attribute("href"))
    expect(busy.locator(".jp-InputPrompt")).to_have_text("[*]:")
    element = box if place == "box" else link
    drawn = element.element_handle()
    assert drawn
    element.focus()
    (spotify_project / "go").touch()
    drawn.wait_for_element_state("hidden")  # another one is in its place
    expect(element).to_be_focused()
    picture(notebook.page, f"drawn-anew-{place}")
    if place == "box":
        notebook.page.keyboard.insert_text(ScriptedUser().answer(address))
    else:
        with browser.expect_page() as opened:
            notebook.page.keyboard.press("Enter")
        opened.value.get_by_role("button", name="Agree").click()
    expect(login.get_by_text("Signed in as Ada")).to_be_visible()
