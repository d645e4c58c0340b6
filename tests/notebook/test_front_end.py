"""What is believed of a front-end, from what its kernel knows."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from spotantic_nb.notebook._front_end import front_end


def shell(*, allow_stdin: bool = True, kind: str = "execute_request", **metadata: str) -> Any:
    request = {"header": {"msg_id": "1", "msg_type": kind}, "metadata": metadata}
    return SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=allow_stdin, get_parent=lambda: request))


def test_a_shell_without_a_kernel_is_a_terminal_without_widgets() -> None:
    place = front_end(SimpleNamespace())
    assert (place.is_terminal, place.shows_widgets) == (True, False)


def test_a_request_that_names_its_cell_comes_from_a_notebook() -> None:
    assert front_end(shell(cellId="x")).shows_widgets
    assert not front_end(shell()).shows_widgets


def test_the_event_of_a_widget_comes_from_a_front_end_that_shows_widgets_and_asks_in_a_box(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CODESPACES", "true")
    place = front_end(shell(kind="comm_msg"))
    assert (place.shows_widgets, place.must_paste) == (True, False)
    assert (place.execution.is_callback, place.execution.cell) == (True, "")


def test_a_kernel_that_cannot_say_what_it_runs_has_a_front_end_without_widgets() -> None:
    assert not front_end(SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=True))).shows_widgets


def test_without_stdin_nobody_can_be_asked() -> None:
    assert not front_end(shell(allow_stdin=False)).can_ask


@pytest.mark.parametrize("says_so", [True, False])
def test_the_request_itself_says_whether_somebody_can_be_asked(*, says_so: bool) -> None:
    request = {"header": {"msg_type": "execute_request"}, "content": {"allow_stdin": says_so}}
    for kernel in (SimpleNamespace(), SimpleNamespace(_allow_stdin=not says_so)):
        kernel.get_parent = lambda: request
        assert front_end(SimpleNamespace(kernel=kernel)).can_ask is says_so


@pytest.mark.parametrize("parent", [{}, None, {"header": {}}, {"header": {"msg_type": "execute_request"}}])
def test_a_kernel_that_says_less_than_ipykernel_shows_text_and_may_be_asked(parent: Any) -> None:
    place = front_end(SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda: parent)))
    assert (place.is_terminal, place.shows_widgets, place.can_ask) == (False, False, True)


def test_without_ipywidgets_no_widgets_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert not front_end(shell(cellId="x")).shows_widgets


def test_an_imitated_voila_shows_widgets_and_has_no_other_way_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    place = front_end(shell(allow_stdin=False))
    assert (place.is_voila, place.shows_widgets, place.can_ask, place.must_paste) == (True, True, False, False)


def test_an_imitated_colab_shows_widgets_and_needs_a_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab_2026")
    place = front_end(shell())
    assert place.shows_widgets
    assert place.must_paste


def test_a_terminal_behind_ssh_needs_a_paste_and_a_notebook_there_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1")
    assert front_end(SimpleNamespace()).must_paste
    assert not front_end(shell(cellId="x")).must_paste


def test_a_console_behind_ssh_has_no_box_and_may_need_a_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1")
    place = front_end(shell())
    assert (place.must_paste, place.may_need_prompt) == (False, True)
    assert not front_end(shell(cellId="x")).may_need_prompt


def test_a_person_who_says_that_the_browser_is_here_is_not_asked_to_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESPACES", "true")
    monkeypatch.setenv("SPOTANTIC_AUTH_BROWSER", "here")
    assert not front_end(shell()).must_paste
