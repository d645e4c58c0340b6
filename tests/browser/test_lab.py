"""The whole way in a real JupyterLab: a person logs in with the mouse, and everything follows."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from kernels import is_free
from labs import LOAD, Notebook, Open, callback_of, picture
from playwright.sync_api import BrowserContext, expect

from spotantic_nb.sandbox import Sandbox, ScriptedUser

SHOW_TOKEN = "print(get_ipython().run_line_magic('spotantic_token', '--reveal'))"


def test_a_login_by_link_reaches_the_next_cell_the_next_kernel_and_the_next_notebook(
    open_in_lab: Open, browser: BrowserContext, spotify_project: Path, sandbox: Sandbox
) -> None:
    notebook = open_in_lab(LOAD, "%spotantic_login pkce", SHOW_TOKEN)
    notebook.run(0)
    login = notebook.run(1)
    notebook.pictures("login-waiting")
    callback, tab = callback_of(browser, login), browser.pages[-1]
    expect(tab.get_by_role("heading")).to_have_text("You can close this tab")
    expect(tab).to_have_url(callback.partition("?")[0])  # neither the address bar nor the tab's history has the code
    picture(tab, "last-page")

    expect(login.get_by_text("Signed in as Ada")).to_be_visible()
    expect(login.get_by_role("link", name="Log in to Spotify")).to_be_hidden()
    notebook.pictures("login-done")
    assert_keeps_nothing_of(callback, notebook, spotify_project / "a.ipynb")
    assert is_accepted(notebook.run(2).locator(".jp-OutputArea-output").inner_text(), sandbox)

    notebook.restart()
    notebook.run(0)
    assert is_accepted(notebook.run(2).locator(".jp-OutputArea-output").inner_text(), sandbox)

    second = open_in_lab(LOAD, SHOW_TOKEN, name="deep/er/second.ipynb")
    second.run(0)
    assert is_accepted(second.run(1).locator(".jp-OutputArea-output").inner_text(), sandbox)


def test_cancel_in_the_box_frees_the_port(open_in_lab: Open, port: int) -> None:
    notebook = open_in_lab(LOAD, "%spotantic_login")
    notebook.run(0)
    login = notebook.run(1)
    assert not is_free(port)
    login.get_by_role("button", name="Cancel").click()
    expect(login.get_by_text("The login was cancelled.")).to_be_visible()
    assert is_free(port)


def test_the_box_takes_a_pasted_address_and_refuses_rubbish(open_in_lab: Open) -> None:
    notebook = open_in_lab(LOAD, "%spotantic_login")
    notebook.run(0)
    login = notebook.run(1)
    box, submit = login.get_by_placeholder("or paste the address"), login.get_by_role("button", name="Submit")
    box.fill("AQ-only-a-code")
    submit.click()
    expect(login.get_by_text("a code alone cannot show")).to_be_visible()
    notebook.pictures("paste-refused")
    expect(box).to_have_value("")

    link = login.get_by_role("link", name="Log in to Spotify").get_attribute("href")
    box.fill(ScriptedUser().answer(str(link)))  # the person's browser could not reach the kernel
    expect(login.get_by_text("Signed in as Ada")).to_be_visible()


def assert_keeps_nothing_of(callback: str, notebook: Notebook, path: Path) -> None:
    """Save the notebook and look for the parts of an answer in it."""
    notebook.save(with_text="Spotify: signed in as Ada Fjordmark.")
    saved = path.read_text()
    assert "Spotify: signed in as Ada Fjordmark." in saved
    assert not [value for values in parse_qs(urlsplit(callback).query).values() for value in values if value in saved]


def is_accepted(token: str, sandbox: Sandbox) -> bool:
    """Ask the sandbox's Web API whether it takes this token."""
    headers = {"Authorization": f"Bearer {token.strip()}"}
    return httpx.get(f"{sandbox.api_url}/me", headers=headers, trust_env=False).is_success
