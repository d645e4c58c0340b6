"""A login of another program beside the notebook: the panel offers it, and one click brings it along."""

from pathlib import Path

from labs import LOAD, PANEL, Open, press
from other_programs import LOG_IN, At
from playwright.sync_api import expect

from spotantic_nb.sandbox import Sandbox


def test_one_click_brings_a_login_along(open_notebook: Open, spotify_project: Path, sandbox: Sandbox) -> None:
    for program, name in (("spotipy", ".cache"), ("tekore", "tekore.cfg")):
        LOG_IN[program](At(sandbox, "code"), spotify_project / name)
    (spotify_project / ".cache").chmod(0o644)
    notebook = open_notebook(LOAD, PANEL, "%spotantic_login --bring .cache")
    notebook.run(0)
    panel = notebook.run(1)
    offer = panel.get_by_text("holds a login of spotipy.")
    expect(offer).to_be_visible()
    expect(panel.get_by_text("holds a login of tekore.")).to_be_visible()
    notebook.pictures("panel-offers")
    press(panel, "Bring .cache along")
    expect(panel.get_by_text("Brought along from .cache of spotipy: signed in as Ada Fjordmark.")).to_be_visible()
    expect(offer).to_be_hidden()
    notebook.pictures("panel-brought-along")
    expect(notebook.run(2).get_by_text("Brought along from .cache of spotipy")).to_be_visible()
