"""Boxes come and go with their cells."""

from collections.abc import Callable

import pytest
from boxes import Seen, flush

from spotantic_nb import Session
from spotantic_nb.notebook import _cells, _show_panel
from spotantic_nb.notebook._boxes import Box
from spotantic_nb.notebook._panel import Panel

Show = Callable[[Callable[[], Box]], Seen]


def test_two_cells_have_a_panel_each_and_both_show_the_same(session: Session, show: Show) -> None:
    one, other = show(Panel), show(Panel)
    session.login("client")
    flush()
    assert one.text == other.text
    assert "Signed in, valid until" in one.text


def test_a_cell_that_is_run_again_closes_what_it_showed(session: Session) -> None:
    _cells.show("cell", Panel)
    before = Seen(_cells._shown["cell"]).all
    _cells.show("cell", Panel)
    assert {widget.comm for widget in before} == {None}
    assert None not in {widget.comm for widget in Seen(_cells._shown["cell"]).all}
    _cells.close_all()


def test_a_box_that_is_closed_watches_no_more(session: Session) -> None:
    _cells.show("cell", Panel)
    flush()
    assert session._audience._tells
    _cells.close_all()
    flush()
    assert not session._audience._tells


def test_where_no_widgets_are_shown_the_panel_is_words(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    _show_panel.show_panel(object())
    shown = capsys.readouterr().out
    assert "Not signed in." in shown
    assert "%spotantic_login pkce: Authorization Code with PKCE" in shown


def test_in_words_too_a_project_without_an_app_is_told_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    _show_panel.show_panel(object())
    shown = capsys.readouterr().out
    assert "https://developer.spotify.com/dashboard" in shown
    assert "http://127.0.0.1:8765/callback" in shown
    assert "SPOTANTIC_AUTH_CLIENT_ID=" in shown
