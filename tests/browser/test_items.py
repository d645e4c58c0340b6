"""All items of a list in JupyterLab: how far it has come is seen as a bar."""

import re

from labs import LOAD, Open, follow_link
from playwright.sync_api import BrowserContext, expect

SAVED = """from spotantic_nb import Session
session = Session.current()
saved = list(session.items("/me/tracks"))"""
PLAYED = 'played = list(session.items("/me/player/recently-played"))'
BROKEN_OFF = 'for number, item in enumerate(session.items("/me/tracks?limit=10")):\n    if number == 25:\n        break'


def test_a_list_of_several_pages_shows_a_bar(open_in_lab: Open, browser: BrowserContext) -> None:
    notebook = open_in_lab(LOAD, "%spotantic_login", SAVED, PLAYED, BROKEN_OFF)
    notebook.run(0)
    follow_link(browser, notebook.run(1))
    expect(notebook.cell(1)).to_contain_text("Signed in as")
    expect(notebook.run(2)).to_contain_text("80/80 [")
    expect(notebook.run(3)).to_contain_text(re.compile(r"(\d{3})/\1\s\["))  # how many there are depends on the hour
    expect(notebook.run(4)).to_contain_text("30/? [")
    notebook.pictures("items")
