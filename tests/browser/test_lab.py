"""The whole way in a real JupyterLab: a person logs in with the mouse, and everything follows."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from kernels import is_free
from labs import ARGUMENTS, CHROMIUM, Notebook, follow_link, new_notebook, running_lab
from playwright.sync_api import BrowserContext, expect, sync_playwright

from spotantic_nb.sandbox import Sandbox, ScriptedUser

SHOW_TOKEN = "print(get_ipython().run_line_magic('spotantic_token', '--reveal'))"


@pytest.fixture
def browser() -> Iterator[BrowserContext]:
    """One person's browser, with its popup blocker on."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, ignore_default_args=["--disable-popup-blocking"]
        )
        context = chromium.new_context(viewport={"width": 1100, "height": 800})
        context.set_default_timeout(30_000)
        yield context
        chromium.close()


@pytest.fixture
def lab(spotify_project: Path, environ: dict[str, str]) -> Iterator[str]:
    """A JupyterLab on the project."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running_lab(spotify_project, port, environ) as address:
        yield address


def test_a_login_by_link_reaches_the_next_cell_the_next_kernel_and_the_next_notebook(
    lab: str, browser: BrowserContext, spotify_project: Path, sandbox: Sandbox
) -> None:
    path = new_notebook(spotify_project, "first.ipynb", "%load_ext spotantic_nb", "%spotantic_login pkce", SHOW_TOKEN)
    notebook = Notebook(browser.new_page(), lab, path)
    notebook.run(0)
    login = notebook.run(1)
    notebook.picture("login-waiting")
    tab = follow_link(browser, login)
    expect(tab.get_by_role("heading")).to_have_text("You can close this tab")

    expect(login.get_by_text("Signed in as Ada")).to_be_visible()
    expect(login.get_by_role("link", name="Log in to Spotify")).to_be_hidden()
    notebook.picture("login-done")
    assert_keeps_nothing_of(tab.url, notebook, spotify_project / path)
    assert is_accepted(notebook.run(2).locator(".jp-OutputArea-output").inner_text(), sandbox)

    notebook.restart()
    notebook.run(0)
    assert is_accepted(notebook.run(2).locator(".jp-OutputArea-output").inner_text(), sandbox)

    path = new_notebook(spotify_project, "deep/er/second.ipynb", "%load_ext spotantic_nb", SHOW_TOKEN)
    second = Notebook(browser.new_page(), lab, path)
    second.run(0)
    assert is_accepted(second.run(1).locator(".jp-OutputArea-output").inner_text(), sandbox)


def test_cancel_in_the_box_frees_the_port(lab: str, browser: BrowserContext, spotify_project: Path, port: int) -> None:
    path = new_notebook(spotify_project, "cancel.ipynb", "%load_ext spotantic_nb", "%spotantic_login")
    notebook = Notebook(browser.new_page(), lab, path)
    notebook.run(0)
    login = notebook.run(1)
    assert not is_free(port)
    login.get_by_role("button", name="Cancel").click()
    expect(login.get_by_text("The login was cancelled.")).to_be_visible()
    assert is_free(port)


def test_the_box_takes_a_pasted_address_and_refuses_rubbish(
    lab: str, browser: BrowserContext, spotify_project: Path
) -> None:
    path = new_notebook(spotify_project, "paste.ipynb", "%load_ext spotantic_nb", "%spotantic_login")
    notebook = Notebook(browser.new_page(), lab, path)
    notebook.run(0)
    login = notebook.run(1)
    box, submit = login.get_by_placeholder("or paste the address"), login.get_by_role("button", name="Submit")
    box.fill("AQ-only-a-code")
    submit.click()
    expect(login.get_by_text("a code alone cannot show")).to_be_visible()
    notebook.picture("paste-refused")
    expect(box).to_have_value("")

    link = login.get_by_role("link", name="Log in to Spotify").get_attribute("href")
    box.fill(ScriptedUser().answer(str(link)))  # the person's browser could not reach the kernel
    submit.click()
    expect(login.get_by_text("Signed in as Ada")).to_be_visible()


def test_the_panel_logs_in_refreshes_and_logs_out(
    lab: str, browser: BrowserContext, spotify_project: Path, sandbox: Sandbox
) -> None:
    path = new_notebook(spotify_project, "panel.ipynb", "%load_ext spotantic_nb", "%spotantic_panel")
    notebook = Notebook(browser.new_page(), lab, path)
    notebook.run(0)
    panel = notebook.run(1)
    expect(panel.get_by_text("Not signed in.")).to_be_visible()
    panel.get_by_role("button", name="Log in").click()
    expect(panel.get_by_role("link", name="Log in to Spotify")).to_be_visible()
    notebook.picture("panel-waiting")
    follow_link(browser, panel)
    line = panel.get_by_text("Signed in as Ada")
    expect(line).to_be_visible()
    notebook.picture("panel-signed-in")

    before, shown = expiry_in(spotify_project), line.inner_text()
    sandbox.knobs.access_lifetime = 2 * 3600
    panel.get_by_role("button", name="Refresh").click()
    expect(line).not_to_have_text(shown)
    assert expiry_in(spotify_project) > before
    notebook.picture("panel-refreshed")

    panel.get_by_role("button", name="Log out").click()
    expect(panel.get_by_text("Signed out.")).to_be_visible()
    assert not list(spotify_project.glob(".spotantic/*.json"))


def assert_keeps_nothing_of(callback: str, notebook: Notebook, path: Path) -> None:
    """Save the notebook and look for the parts of an answer in it."""
    notebook.save()
    saved = path.read_text()
    assert "Spotify login" in saved
    assert not [value for values in parse_qs(urlsplit(callback).query).values() for value in values if value in saved]


def expiry_in(project: Path) -> str:
    """Return when the project's token ends."""
    [file] = project.glob(".spotantic/*.json")
    return str(json.loads(file.read_text())["expires_at"])


def is_accepted(token: str, sandbox: Sandbox) -> bool:
    """Ask the sandbox's Web API whether it takes this token."""
    headers = {"Authorization": f"Bearer {token.strip()}"}
    return httpx.get(f"{sandbox.api_url}/me", headers=headers, trust_env=False).is_success
