"""What a cell shows: a link that opens a tab, and words where no widgets are shown."""

import re
from pathlib import Path

import pytest

import spotantic_nb
from spotantic_nb import Session
from spotantic_nb.notebook import _show
from spotantic_nb.notebook._link_note import note


def test_where_no_widgets_are_shown_the_panel_is_words(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    _show.show_panel(object())
    shown = capsys.readouterr().out
    assert "Not signed in." in shown
    assert "%spotantic_login pkce: Authorization Code with PKCE" in shown


def test_in_words_too_a_project_without_an_app_is_told_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    _show.show_panel(object())
    shown = capsys.readouterr().out
    assert "https://developer.spotify.com/dashboard" in shown
    assert "http://127.0.0.1:8765/callback" in shown
    assert "SPOTANTIC_AUTH_CLIENT_ID=" in shown


@pytest.mark.rule(10)
def test_the_link_opens_a_tab_of_its_own() -> None:
    """RFC 8252, 8.12."""
    shown = note("Log in", "https://accounts.spotify.com/authorize?a=1&b=2")["text/html"]
    assert 'target="_blank" rel="noopener noreferrer"' in shown


@pytest.mark.rule(10)
def test_nothing_of_ours_embeds_a_page() -> None:
    """RFC 8252, 8.12."""
    sources = Path(spotantic_nb.__file__).parent.rglob("*.py")
    assert not [source.name for source in sources if re.search("<i?frame|IFrame|<embed|<object", source.read_text())]
