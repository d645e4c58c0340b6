"""Each way back to the kernel, for everybody on the hub, whatever the page of the accounts service cuts off."""

from collections.abc import Callable
from typing import get_args

import pytest
from hubs import PASTE, WAYS, Person, Way
from labs import LAB, LOAD, NOTEBOOK, FrontEnd, Notebook, open_link, picture
from playwright.sync_api import Locator, Page, expect

from spotantic_nb.sandbox._knobs import Coop

LOGIN = "%spotantic_login --force --switch-user"
WHO = "from spotantic_nb import Session; print(Session.current().status.account, '.')"


@pytest.mark.parametrize("user", ["ada", "bob"])
@pytest.mark.parametrize("front_end", [pytest.param(LAB, id="lab"), pytest.param(NOTEBOOK, id="notebook")])
@pytest.mark.parametrize("name", WAYS)
def test_logins_in_two_notebooks_one_after_the_other_take_no_more_acts_than_said(
    person: Callable[[str], Person], name: str, front_end: FrontEnd, user: str
) -> None:
    somebody, way = person(user), WAYS[name]
    somebody.begin(way)
    notebooks = [somebody.open(front_end, LOAD, LOGIN, WHO, path=f"{n}.ipynb") for n in ("first", "second")]
    for notebook in notebooks:
        notebook.run(0)
    for coop in get_args(Coop):
        somebody.sandbox.knobs.coop = coop
        for notebook in notebooks:
            assert log_in(somebody, notebook, way) == way.acts
            picture(notebook.page, f"hub-{name}-done")
    for notebook in notebooks:
        expect(notebook.run(2).get_by_text(f"{somebody.name} .")).to_be_visible()


def log_in(somebody: Person, notebook: Notebook, way: Way) -> int:
    """Log in, and count what was to be done after *Agree*."""
    notebook.page.bring_to_front()
    login = notebook.run(1)
    tab = open_link(somebody.browser, login)
    somebody.answer(tab, way)
    acts = 0
    if way is PASTE:
        picture(notebook.page, "hub-paste-waiting")
        acts = paste(notebook, address_in_the_bar(tab))
    expect(login.get_by_text(f"Signed in as {somebody.name}")).to_be_visible()
    return acts


def paste(notebook: Notebook, address: str) -> int:
    """Copy the address and press Ctrl+V on the notebook's page: two acts."""
    notebook.page.bring_to_front()
    notebook.page.evaluate("text => navigator.clipboard.writeText(text)", address)
    notebook.page.keyboard.press("Control+V")
    return 2


def address_in_the_bar(tab: Page) -> str:
    """Return what a person copies from the address bar; the page itself is Chromium's own."""
    history = tab.context.new_cdp_session(tab).send("Page.getNavigationHistory")
    return str(history["entries"][history["currentIndex"]]["url"])
