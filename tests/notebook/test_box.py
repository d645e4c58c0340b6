"""Boxes come and go with their cells; and the box of one login: the ways in, and then how it ended."""

import sys
import threading
from collections.abc import Iterator

import ipywidgets as widgets
import pytest
from boxes import Seen, Show, flush

from spotantic_nb import Session
from spotantic_nb.auth._login import Login
from spotantic_nb.notebook import _box
from spotantic_nb.notebook._box import Box, LoginBox
from spotantic_nb.notebook._front_end import CellOutput, Execution
from spotantic_nb.notebook._panel import Panel
from spotantic_nb.sandbox import ScriptedUser


def test_two_cells_have_a_panel_each_and_both_show_the_same(session: Session, show: Show) -> None:
    one, other = show(Panel), show(Panel)
    session.login("client")
    flush()
    assert one.text == other.text
    assert "Signed in, valid until" in one.text


def run(message: str, *, cell: str = "", is_callback: bool = False) -> Box:
    """Show a panel in one run of a cell or callback."""
    _box.show(Execution(message=message, cell=cell, is_callback=is_callback), Panel)
    return _box._shown[-1].box


def is_open(box: Box) -> bool:
    return box.root.comm is not None


@pytest.fixture
def _clean() -> Iterator[None]:
    yield
    _box.close_all()


@pytest.mark.usefixtures("session", "_clean")
class TestReplacing:
    def test_a_cell_that_is_run_again_closes_all_that_it_showed(self) -> None:
        before = Seen(run("1", cell="A")).all
        after = run("2", cell="A")
        assert {widget.comm for widget in before} == {None}
        assert None not in {widget.comm for widget in Seen(after).all}

    def test_two_boxes_of_one_run_stay(self) -> None:
        assert [is_open(box) for box in (run("1", cell="A"), run("1", cell="A"))] == [True, True]

    def test_a_second_run_closes_both(self) -> None:
        boxes = [run("1", cell="A"), run("1", cell="A"), run("2", cell="A")]
        assert [is_open(box) for box in boxes] == [False, False, True]

    def test_another_cell_closes_nothing(self) -> None:
        assert [is_open(box) for box in (run("1", cell="A"), run("2", cell="B"))] == [True, True]

    def test_a_front_end_that_names_no_cell_has_the_boxes_of_one_run(self) -> None:
        assert [is_open(box) for box in (run("1"), run("1"), run("2"))] == [False, False, True]

    def test_a_callback_closes_what_its_output_widget_showed_before(self) -> None:
        output, elsewhere = widgets.Output(), run("0", cell="B")
        boxes = []
        for message, cell in {"1": "A", "2": "", "3": ""}.items():
            output.msg_id = message
            boxes.append(run(message, cell=cell, is_callback=not cell))
            output.msg_id = ""
        assert [is_open(box) for box in (*boxes, elsewhere)] == [False, False, True, True]
        output.close()

    def test_a_cell_that_is_run_again_closes_what_its_callbacks_showed(self) -> None:
        output = widgets.Output(msg_id="1")
        first = run("1", cell="A")
        output.msg_id = "2"
        second = run("2", is_callback=True)
        output.close()
        third = run("3", cell="A")
        assert [is_open(box) for box in (first, second, third)] == [False, False, True]


@pytest.fixture
def _hasty_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_hasty_threads")
def test_output_widgets_are_found_while_another_thread_makes_and_closes_widgets() -> None:
    others, done = [widgets.HTML() for _ in range(100)], threading.Event()

    def make_and_close() -> None:
        while not done.is_set():
            widgets.HTML().close()

    thread = threading.Thread(target=make_and_close)
    thread.start()
    try:
        assert {_box._open_outputs() for _ in range(2000)} == {frozenset()}
    finally:
        done.set()
        thread.join()
        for widget in others:
            widget.close()


def test_a_box_that_is_closed_watches_no_more(session: Session) -> None:
    run("1", cell="A")
    flush()
    assert session._observers._observers
    _box.close_all()
    flush()
    assert not session._observers._observers


def begin() -> Login:
    login = Session.current().login("pkce", wait=False)
    assert login is not None
    return login


@pytest.fixture
def box(session: Session, show: Show) -> Seen:
    login = begin()
    return show(lambda: LoginBox(login))


def test_a_login_shows_its_link_and_what_happens_next(box: Seen) -> None:
    assert "Waiting for your answer" in box.text
    assert "Follow the link and press Agree" in box.text
    assert "/authorize?" in box.link


def test_a_login_says_in_the_end_who_signed_in_and_keeps_no_link(box: Seen) -> None:
    ScriptedUser().follow(box.link)
    box.wait_for("Signed in as Ada")
    assert "href" not in box.text


def test_rubbish_is_wiped_and_answered_with_a_reason_and_the_link_stays(box: Seen) -> None:
    [paste] = box.secret_boxes
    paste.value = "PLANTED-code"
    box.click("Submit")
    assert paste.value == ""
    assert "That is not a whole address." in box.text
    assert "PLANTED" not in box.text
    assert box.link


def test_an_empty_box_is_said_to_be_empty(box: Seen) -> None:
    box.click("Submit")
    assert "The box is empty" in box.text


def test_a_login_that_is_replaced_says_so_and_follows_nothing_any_more(box: Seen, show: Show) -> None:
    login = begin()
    other = show(lambda: LoginBox(login))
    assert "The login was cancelled." in box.text
    assert "href" not in box.text
    Session.current().messages.set("Something else.")
    assert "Something else." in other.text
    assert "Something else." not in box.text


def test_a_login_that_ends_while_its_box_is_being_displayed_leaves_no_link(
    session: Session, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    displayed: list[str] = []

    def display_slowly(_: CellOutput, data: object, **__: object) -> None:
        session.cancel()
        displayed.append(str(data))

    monkeypatch.setattr(CellOutput, "show", display_slowly)
    monkeypatch.setattr(CellOutput, "update", lambda _, data: displayed.append(str(data)))
    login = begin()
    show(lambda: LoginBox(login))
    assert "authorize?" not in displayed[-1]


def test_clicks_after_the_end_do_no_harm(box: Seen) -> None:
    Session.current().cancel()
    box.click("Cancel")
    box.click("Submit")
    box.click("Submit")
    assert Session.current().status.state == "signed out"


def test_the_repr_of_a_box_says_nothing_of_what_is_inside(box: Seen) -> None:
    assert repr(box.all[0]) == "Spotify login"
