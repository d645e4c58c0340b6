"""A JupyterLab whose widget manager is missing: the login is a link and words, and the box is not missed."""

import json
from pathlib import Path

from labs import LAB, Notebook, follow_link, new_notebook, picture, running
from playwright.sync_api import BrowserContext, expect


def test_a_login_is_a_link_that_finishes_it_and_leaves_nothing_in_the_notebook(
    browser: BrowserContext, spotify_project: Path, environ: dict[str, str]
) -> None:
    turn_off_the_widget_manager(environ)
    path = new_notebook(spotify_project, "a.ipynb", "%load_ext spotantic_nb", "%spotantic_login", "%spotantic_token")
    with running(LAB, spotify_project, environ) as lab:
        notebook = Notebook(browser.new_page(), lab, path)
        notebook.run(0)
        login = notebook.run(1)
        expect(login.get_by_text("Where you see no box")).to_be_visible()
        expect(login.locator(".spotantic-box")).to_have_count(0)
        picture(notebook.page, "no-widgets-waiting")

        follow_link(browser, login).close()
        expect(login.get_by_text("Spotify: signed in as Ada Fjordmark.")).to_be_visible()
        expect(login.get_by_role("link")).to_have_count(0)
        expect(notebook.run(2).get_by_text("Valid until")).to_be_visible()
        picture(notebook.page, "no-widgets-done")
        notebook.save(with_text="signed in as Ada")
        notebook.close()
    saved = (spotify_project / path).read_text()
    assert "signed in as Ada" in saved
    assert [trace for trace in ("authorize?", "state=", "onclick", "<script") if trace in saved] == []


def turn_off_the_widget_manager(environ: dict[str, str]) -> None:
    """Leave the front-end as a server without ipywidgets has it."""
    settings = Path(environ["JUPYTER_CONFIG_DIR"], "labconfig", "page_config.json")
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"disabledExtensions": {"@jupyter-widgets/jupyterlab-manager": True}}))
