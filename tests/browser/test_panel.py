"""The panel in JupyterLab and Notebook 7: a person with a mouse or a keyboard, from an empty project to the log out."""

import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from kernels import is_free
from labs import LOAD, PANEL, Notebook, Open, callback_of, follow_link, press
from playwright.sync_api import BrowserContext, Locator, expect

from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.sandbox._people import PEOPLE

# Every state and verifier becomes recognizable; the word is put together so that the cell itself does not hold it.
PLANT = """
import itertools, secrets
numbers = itertools.count()
secrets.token_urlsafe = lambda size=32: 'PLAN' + f'TED-{next(numbers):0>35}'
"""

# Where texts of an element stand on the screen, from the left.
PLACES = """(element, texts) => texts.map(text => {
    const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), range = document.createRange();
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        const at = node.data.indexOf(text);
        if (at < 0) continue;
        range.setStart(node, at);
        range.setEnd(node, at + text.length);
        return range.getBoundingClientRect().left;
    }
    return -1;
})"""


@pytest.fixture
def notebook(open_notebook: Open) -> Notebook:
    notebook = open_notebook(LOAD, PANEL, PANEL)
    notebook.run(0)
    return notebook


@pytest.fixture
def panel(notebook: Notebook) -> Locator:
    return notebook.run(1)


def paste_box(panel: Locator) -> Locator:
    return panel.get_by_placeholder("or paste the address")


def link_of(panel: Locator) -> str:
    link = panel.get_by_role("link", name="Log in to Spotify")
    expect(link).to_be_visible()
    return str(link.get_attribute("href"))


def log_in(panel: Locator, browser: BrowserContext) -> None:
    press(panel, "Log in")
    follow_link(browser, panel)
    expect(panel.get_by_text("Signed in as Ada")).to_be_visible()


def test_by_link_then_refresh_then_log_out(
    notebook: Notebook, panel: Locator, browser: BrowserContext, spotify_project: Path, sandbox: Sandbox
) -> None:
    expect(panel.get_by_text("Not signed in.")).to_be_visible()
    expect(panel.get_by_role("button", name="Refresh")).to_be_hidden()
    notebook.pictures("panel-signed-out")
    press(panel, "Log in")
    expect(paste_box(panel)).to_be_visible()
    notebook.pictures("panel-waiting")
    follow_link(browser, panel)
    line = panel.get_by_text("Signed in as Ada")
    expect(line).to_be_visible()
    expect(paste_box(panel)).to_be_hidden()
    expect(panel.get_by_role("progressbar")).to_have_count(2)
    notebook.pictures("panel-signed-in")

    before, shown = expiry_in(spotify_project), line.inner_text()
    sandbox.knobs.access_lifetime = 2 * 3600  # to be seen also within the second of the login
    sandbox.knobs.token_delay = 3  # long enough to be seen
    press(panel, "Refresh")
    expect(panel.get_by_role("button", name="Refreshing…")).to_be_disabled()
    notebook.pictures("panel-refreshing")
    expect(line).not_to_have_text(shown)
    expect(panel.get_by_role("button", name="Refresh", exact=True)).to_be_enabled()
    assert expiry_in(spotify_project) > before

    press(panel, "Log out")
    expect(panel.get_by_text("Signed out. To withdraw")).to_be_visible()
    assert not list(spotify_project.glob(".spotantic/*.json"))


def test_by_paste_after_rubbish_was_refused(notebook: Notebook, panel: Locator) -> None:
    press(panel, "Log in")
    link = link_of(panel)
    paste_box(panel).fill("AQ-only-a-code")
    press(panel, "Submit")
    expect(panel.get_by_text("a code alone cannot show")).to_be_visible()
    expect(paste_box(panel)).to_have_value("")
    notebook.pictures("panel-paste-refused")
    paste_box(panel).fill(ScriptedUser().answer(link))  # the person's browser could not reach the kernel
    expect(panel.get_by_text("Signed in as Ada")).to_be_visible()


def test_cancel_frees_the_port_and_a_new_login_goes_well(panel: Locator, browser: BrowserContext, port: int) -> None:
    press(panel, "Log in")
    link_of(panel)
    assert not is_free(port)
    press(panel, "Cancel")
    expect(panel.get_by_text("The login was cancelled.")).to_be_visible()
    assert is_free(port)
    log_in(panel, browser)


def test_two_panels_show_the_same_and_a_re_run_shows_one(
    notebook: Notebook, panel: Locator, browser: BrowserContext
) -> None:
    other = notebook.run(2)
    log_in(panel, browser)
    expect(other.get_by_text("Signed in as Ada")).to_be_visible()
    press(notebook.run(1), "Log out")
    expect(other.get_by_text("Signed out.")).to_be_visible()
    expect(panel.locator(".spotantic-box")).to_have_count(1)


def test_scopes_are_chosen_one_by_one(notebook: Notebook, panel: Locator, browser: BrowserContext) -> None:
    panel.get_by_label("Scopes").select_option("Choose one by one")
    panel.get_by_label("streaming").check()
    panel.get_by_label("user-top-read").uncheck()
    notebook.pictures("panel-scopes")
    log_in(panel, browser)
    granted = panel.get_by_role("row", name="Granted").inner_text()
    assert "streaming" in granted
    assert "user-top-read" not in granted


def test_the_keyboard_alone_is_enough(notebook: Notebook, panel: Locator) -> None:
    keys = notebook.page.keyboard
    panel.get_by_role("button", name="client").focus()
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    keys.press("Space")
    expect(panel.get_by_role("button", name="pkce")).to_have_class(re.compile("mod-active"))
    for _ in range(3):
        keys.press("Tab")
    keys.press("Space")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(panel.get_by_label("Scopes")).to_have_value(re.compile("control playback"))
    keys.press("Tab")
    expect(panel.get_by_role("button", name="Log in", exact=True)).to_be_focused()
    keys.press("Space")
    answer = ScriptedUser().answer(link_of(panel))
    panel.get_by_role("link", name="Log in to Spotify").focus()
    keys.press("Tab")
    expect(paste_box(panel)).to_be_focused()
    keys.insert_text(answer)
    keys.press("Enter")
    expect(panel.get_by_text("Signed in as Ada")).to_be_visible()
    expect(panel.get_by_role("row", name="Flow")).to_have_text("Flowpkce")


def test_the_wizard_leads_from_an_empty_project_to_a_login(
    open_notebook: Open, browser: BrowserContext, spotify_project: Path, sandbox: Sandbox, port: int
) -> None:
    others = set_up_no_app(spotify_project)
    notebook = open_notebook(LOAD, PANEL)
    notebook.run(0)
    panel = notebook.run(1)
    expect(panel.get_by_label("Redirect URI to register")).to_have_value(f"http://127.0.0.1:{port}/callback")
    panel.get_by_label("Client id").fill("not-an-id")
    press(panel, "Save and log in")
    expect(panel.get_by_text("That is not a client id")).to_be_visible()
    notebook.pictures("wizard-refused")

    panel.get_by_label("Client id").fill(sandbox.client_id)
    panel.get_by_label("Secret").fill(sandbox.client_secret)
    press(panel, "Save and log in")
    follow_link(browser, panel)
    expect(panel.get_by_text("Signed in as Ada")).to_be_visible()
    notebook.pictures("wizard-done")
    assert (spotify_project / ".env").read_text().startswith(others)
    assert (spotify_project / ".env").stat().st_mode & 0o777 == 0o600


def test_the_wizard_offers_the_sandbox(open_notebook: Open, browser: BrowserContext, spotify_project: Path) -> None:
    (spotify_project / ".env").unlink()
    notebook = open_notebook(LOAD, PANEL)
    notebook.run(0)
    panel = notebook.run(1)
    press(panel, "Try the sandbox")
    follow_link(browser, panel)
    expect(panel.get_by_text("Signed in as Ada")).to_be_visible()
    assert not (spotify_project / ".env").exists()


@pytest.mark.parametrize("with_widgets", [False, True])
def test_a_saved_notebook_holds_no_secret(
    open_notebook: Open, browser: BrowserContext, spotify_project: Path, sandbox: Sandbox, *, with_widgets: bool
) -> None:
    set_up_no_app(spotify_project)
    notebook = open_notebook(PLANT, LOAD, PANEL, "%spotantic_login --force", "%spotantic_token")
    notebook.run(0)
    notebook.run(1)
    panel = notebook.run(2)
    panel.get_by_label("Client id").fill(sandbox.client_id)
    panel.get_by_label("Secret").fill(sandbox.client_secret)
    press(panel, "Save and log in")
    first = callback_of(browser, panel)
    expect(panel.get_by_text("Signed in as Ada")).to_be_visible()
    login = notebook.run(3)
    second = ScriptedUser().answer(link_of(login))
    paste_box(login).fill(second)
    expect(login.get_by_text("Signed in as Ada")).to_be_visible()
    notebook.run(4)

    notebook.save(with_text="Spotify: signed in as Ada Fjordmark.", with_widgets=with_widgets)
    saved = (spotify_project / "a.ipynb").read_bytes()
    assert ("widgets" in json.loads(saved)["metadata"]) == with_widgets
    tokens = [json.loads(file.read_text()) for file in spotify_project.glob(".spotantic/*.json")]
    secrets = [token[name] for token in tokens for name in ("access_token", "refresh_token")]
    secrets += [parse_qs(urlsplit(url).query)["code"][0] for url in (first, second)]
    secrets += [sandbox.client_secret, "PLANTED"]
    assert len(secrets) == 8
    assert not [secret for secret in secrets if secret.encode() in saved]
    assert b"authorize?" not in saved


def set_up_no_app(project: Path) -> str:
    """Take the app out of the project's settings, and return what is left of them."""
    lines = (project / ".env").read_text().splitlines(keepends=True)
    others = "".join(line for line in lines if "CLIENT" not in line)
    (project / ".env").write_text(others)
    return others


def test_a_name_from_right_to_left_keeps_its_place_in_the_line(
    open_notebook: Open, browser: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PEOPLE, "ada", replace(PEOPLE["ada"], name="\u202eevil\u202dAda"))
    notebook = open_notebook(LOAD, PANEL, "%spotantic_status")
    notebook.run(0)
    panel = notebook.run(1)
    press(panel, "Log in")
    follow_link(browser, panel)
    expect(panel.get_by_text("Signed in as")).to_be_visible()
    status = notebook.run(2)
    for line in (panel.locator("p").first, status.get_by_role("cell").first):
        name_at, words_at = line.evaluate(PLACES, ["evil", "valid until"])
        assert 0 < name_at < words_at
    notebook.pictures("panel-name")


def expiry_in(project: Path) -> str:
    """Return when the project's token ends."""
    [file] = project.glob(".spotantic/*.json")
    return str(json.loads(file.read_text())["expires_at"])
