"""The box of one login: the ways in, and then how it ended."""

from collections.abc import Callable

import pytest
from boxes import Seen

from spotantic_nb import Session
from spotantic_nb.auth._login import Login
from spotantic_nb.notebook._box import Box, LoginBox
from spotantic_nb.sandbox import ScriptedUser

Show = Callable[[Callable[[], Box]], Seen]


def begin() -> Login:
    login = Session.current().login("pkce", wait=False)
    assert login is not None
    return login


@pytest.fixture
def box(session: Session, show: Show) -> Seen:
    login = begin()
    return show(lambda: LoginBox(login))


def test_it_shows_the_link_and_what_happens_next(box: Seen) -> None:
    assert "Waiting for your answer" in box.text
    assert "Follow the link and press Agree" in box.text
    assert "/authorize?" in box.link


def test_it_says_in_the_end_who_signed_in_and_keeps_no_link(box: Seen) -> None:
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


def test_clicks_after_the_end_do_no_harm(box: Seen) -> None:
    Session.current().cancel()
    box.click("Cancel")
    box.click("Submit")
    box.click("Submit")
    assert Session.current().status.state == "signed out"


def test_its_repr_says_nothing_of_what_is_inside(box: Seen) -> None:
    assert repr(box.all[0]) == "Spotify login"
