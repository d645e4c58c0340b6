"""Code that needs another scope, and the person who is asked for it: in the cell, and by the panel's button."""

from labs import LOAD, PANEL, Open, follow_link, press
from playwright.sync_api import BrowserContext, expect

NEEDED = "playlist-modify-private"
READ = "from spotantic_nb import Session\nsession = Session.current()\nsession.require('user-top-read')"
CHANGE = f"with session.require('{NEEDED}'):\n    print('granted', 'now')"


def test_who_cancels_in_the_cell_can_grant_the_scope_by_the_panels_button(
    open_notebook: Open, browser: BrowserContext
) -> None:
    notebook = open_notebook(LOAD, PANEL, READ, CHANGE, "%spotantic_status")
    notebook.run(0)
    panel = notebook.run(1)
    press(panel, "Log in")
    follow_link(browser, panel)
    expect(panel.get_by_text("Signed in as Ada")).to_be_visible()
    notebook.run(2)
    expect(panel.get_by_text("user-top-read (asked for by In [3])")).to_be_visible()
    grant = panel.get_by_role("button", name="Grant")
    expect(grant).to_be_hidden()

    cell = notebook.begin(3)
    expect(cell.get_by_text("Waiting for the login above.")).to_be_visible()
    notebook.pictures("require-waiting")
    follow_link(browser, cell, button="Cancel")
    expect(cell.get_by_text("AuthorizationDeniedError")).to_be_visible()
    expect(grant).to_be_visible()
    notebook.run(4)
    notebook.pictures("require-refused")

    press(panel, f"Grant {NEEDED}")
    follow_link(browser, panel)
    expect(panel.get_by_text("Signed in as Ada")).to_be_visible()
    expect(grant).to_be_hidden()
    expect(notebook.run(3).get_by_text("granted now")).to_be_visible()
    notebook.run(4)
    notebook.pictures("require-granted")
