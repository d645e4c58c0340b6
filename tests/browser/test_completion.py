"""Tab in JupyterLab's own popup."""

import re

import pytest
from labs import LOAD, Notebook, Open
from playwright.sync_api import Locator, expect

from spotantic_nb._choices import FLOWS, SCOPES


@pytest.fixture
def notebook(open_in_lab: Open) -> Notebook:
    """A notebook with the extension loaded, and an empty cell to type into."""
    notebook = open_in_lab(LOAD, "")
    notebook.run(0)
    notebook.cell(1).locator(".cm-content").click()
    return notebook


def press_tab_after(notebook: Notebook, typed: str) -> Locator:
    """Type into the cell, press Tab, and return what the popup offers of ours; Lab adds words of the notebook."""
    notebook.page.keyboard.type(typed)
    notebook.page.keyboard.press("Tab")
    offers = notebook.page.locator(".jp-Completer:visible .jp-Completer-item")
    return offers.filter(has=notebook.page.locator(".jp-Completer-typeExtended", has_text=re.compile("param|magic")))


def test_a_whole_line_is_written_with_tab(notebook: Notebook) -> None:
    line = notebook.cell(1).locator(".cm-line")
    steps = {
        "%spotantic_logi": ["%spotantic_login"],
        " ": [*FLOWS],
        " --s": ["--scope", "--switch-user"],
        " playlist-": sorted(scope for scope in SCOPES if scope.startswith("playlist-")),
    }
    written = ""
    for step, (typed, offer) in enumerate(steps.items()):
        offers = press_tab_after(notebook, typed)
        expect(offers.locator(".jp-Completer-match")).to_have_text(offer)
        notebook.pictures(f"tab-{step}")
        offers.first.click()
        written = f"{written} {offer[0]}".strip()
        expect(line).to_have_text(written)
