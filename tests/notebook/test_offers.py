"""The offers of a panel: one line for each file with another program's login, while nobody is logged in."""

from pathlib import Path

import pytest
from boxes import Seen, Show, flush, look_again
from caches import write_cache

from spotantic_nb import Session
from spotantic_nb._portal import portal
from spotantic_nb.notebook import _box, _sandbox_switch
from spotantic_nb.notebook._panel import Panel
from spotantic_nb.sandbox import Sandbox

BRING = "Bring .cache along"


def offers(panel: Seen) -> int:
    return [getattr(widget, "description", "") for widget in panel.all].count(BRING)


@pytest.fixture
def cache(project: Path, sandbox: Sandbox) -> Path:
    """Ada's login in a file of spotipy, in the notebook's folder."""
    file = project / ".cache"
    write_cache(sandbox, file)
    return file


@pytest.mark.usefixtures("session", "cache")
def test_one_click_brings_the_login_along(show: Show) -> None:
    panel = show(Panel)
    assert "spotipy" in panel.text
    panel.button(BRING).click()
    panel.wait_for("Brought along from .cache of spotipy: signed in as Ada Fjordmark.")
    assert offers(panel) == 0


@pytest.mark.usefixtures("session", "cache")
def test_a_click_that_is_repeated_sends_nothing_more(show: Show, sandbox: Sandbox) -> None:
    panel, sandbox.knobs.token_delay = show(Panel), 0.3
    button = panel.button(BRING)
    button.click()
    button.click()
    panel.wait_for("Brought along")
    assert [request.form.get("grant_type") for request in sandbox.requests].count("refresh_token") == 1


@pytest.mark.usefixtures("session")
def test_a_refusal_is_said_and_the_offer_stays(show: Show, sandbox: Sandbox, cache: Path) -> None:
    panel = show(Panel)
    sandbox.revoke_consent("ada")
    panel.button(BRING).click()
    panel.wait_for("does not take the refresh token in .cache of spotipy")
    flush()  # the button says again what it does
    assert offers(panel) == 1


@pytest.mark.usefixtures("session")
def test_a_file_that_comes_or_goes_is_noticed(show: Show, cache: Path) -> None:
    text = cache.read_text()
    cache.unlink()
    panel = show(Panel)
    assert offers(panel) == 0
    cache.write_text(text)
    look_again()
    assert offers(panel) == 1
    cache.unlink()
    look_again()
    assert offers(panel) == 0


@pytest.mark.usefixtures("cache")
def test_who_is_logged_in_is_offered_nothing(show: Show, session: Session) -> None:
    session.bring(".cache")
    assert offers(panel := show(Panel)) == 0
    session.logout()
    assert offers(panel) == 1


@pytest.mark.usefixtures("cache", "empty_project")
def test_who_uses_the_sandbox_is_offered_nothing(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_ID", "a" * 32)
    monkeypatch.delenv("SPOTANTIC_AUTH_ACCOUNTS_URL")  # or it would be taken for the sandbox that is switched on
    panel = show(Panel)
    assert offers(panel) == 1
    portal.run(_sandbox_switch.switch_on)
    assert offers(panel) == 0
    portal.run(_sandbox_switch.switch_off)
    assert offers(panel) == 1


@pytest.mark.usefixtures("session", "cache")
def test_a_panel_leaves_none_of_its_widgets_behind(show: Show) -> None:
    made = show(Panel).all
    _box.close_all()
    assert [widget for widget in made if widget.comm is not None] == []
