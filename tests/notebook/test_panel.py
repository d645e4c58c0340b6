"""The widgets as objects: what a click does, and what their traits hold. The browser tests look at them."""

import html
import re
import threading
from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
import pytest
from pydantic import SecretStr

from spotantic_nb import AuthSettings, Session, Status
from spotantic_nb.auth._placement import Placement
from spotantic_nb.notebook._panel import LoginBox, Panel
from spotantic_nb.sandbox import Sandbox, ScriptedUser

HERE = Placement("here", "It is here.")


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[Session]:
    settings = AuthSettings(
        client_id=SecretStr(sandbox.client_id),
        client_secret=SecretStr(sandbox.client_secret),
        redirect_uri="http://127.0.0.1:43210/callback",
        accounts_url=sandbox.accounts_url,
        api_url=sandbox.api_url,
        store_access_token=False,
    )
    session = Session(settings)
    yield session
    session.cancel()


class Seen:
    """The widgets below a root, found by what a person sees of them."""

    def __init__(self, root: Any) -> None:
        self.all = list(_below(root))

    def button(self, name: str) -> Any:
        [found] = [widget for widget in self.all if getattr(widget, "description", "") == name]
        return found

    @property
    def box(self) -> Any:
        [found] = [widget for widget in self.all if isinstance(widget, widgets.Password)]
        return found

    @property
    def text(self) -> str:
        return " ".join(widget.value for widget in self.all if isinstance(widget, widgets.HTML))

    @property
    def link(self) -> str:
        [found] = re.findall('href="([^"]+)"', self.text)
        return html.unescape(found)


def _below(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _below(child)


def changed(session: Session, *, to: str) -> threading.Event:
    """Return an event that is set once the session's status is this."""
    event = threading.Event()
    session.observe(lambda status: event.set() if status.state == to else None)
    return event


def box_of(session: Session, placement: Placement = HERE) -> Seen:
    login = session.login("pkce", wait=False)
    assert login is not None
    return Seen(LoginBox(session, login, placement)._root)


def test_the_box_shows_link_paste_and_state(session: Session) -> None:
    seen = box_of(session)
    assert "Waiting for your answer" in seen.text
    assert "/authorize?" in seen.link
    assert seen.box.placeholder


def test_a_pasted_address_signs_in_and_is_wiped_at_once(session: Session) -> None:
    seen, done = box_of(session), changed(session, to="signed in")
    seen.box.value = ScriptedUser().answer(seen.link)
    seen.button("Submit").click()
    assert seen.box.value == ""
    assert done.wait(30)


def test_rubbish_is_wiped_too_and_answered_with_a_reason(session: Session) -> None:
    seen = box_of(session)
    seen.box.value = "PLANTED-code"
    seen.button("Submit").click()
    assert seen.box.value == ""
    assert "That is not a whole address." in seen.text
    assert "PLANTED" not in seen.text


def test_the_link_is_taken_away_once_the_login_is_over(session: Session) -> None:
    seen, done = box_of(session), threading.Event()
    seen.all[-1].observe(lambda change: done.set(), "value")
    seen.button("Cancel").click()
    assert done.wait(30)
    assert "href" not in seen.text
    assert "The login was cancelled." in seen.text


def test_clicks_after_the_end_do_no_harm(session: Session) -> None:
    seen = box_of(session)
    session.cancel()
    seen.button("Cancel").click()
    seen.button("Submit").click()
    assert session.status.state == "signed out"


def test_a_guess_about_the_browser_is_said_with_its_reason(session: Session) -> None:
    assert "It is far away." in box_of(session, Placement("elsewhere", "It is far away.")).text


def test_the_panel_works_by_its_buttons(session: Session) -> None:
    seen = Seen(Panel(session)._root)
    assert seen.button("Refresh").disabled
    waiting = changed(session, to="waiting")
    linked = threading.Event()
    [link_widget] = [widget for widget in seen.all if isinstance(widget, widgets.HTML)][:1]
    link_widget.observe(lambda change: linked.set(), "value")
    seen.button("Log in").click()
    assert waiting.wait(30)
    assert linked.wait(30)
    done = changed(session, to="signed in")
    ScriptedUser().follow(seen.link)
    assert done.wait(30)
    assert "Signed in as Ada" in seen.text
    assert not seen.button("Refresh").disabled
    out = changed(session, to="signed out")
    seen.button("Log out").click()
    assert out.wait(30)


def test_a_failure_behind_a_button_is_said_in_the_panel(session: Session, sandbox: Sandbox) -> None:
    session.login("client")
    seen, said = Seen(Panel(session)._root), threading.Event()
    seen.all[-1].observe(lambda change: said.set() if "too many requests" in change["new"] else None, "value")
    sandbox.knobs.token_fault = "429"
    seen.button("Refresh").click()
    assert said.wait(30)


def test_a_notice_cannot_bring_markup_into_the_panel(session: Session) -> None:
    panel = Panel(session)
    panel._follow(Status(state="signed out", message="<b>bold</b>", service="", notices=("<script>",)))
    text = Seen(panel._root).text
    assert "<b>" not in text
    assert "<script>" not in text


def test_the_text_form_of_a_box_says_nothing_of_what_is_inside(session: Session) -> None:
    seen = box_of(session)
    assert repr(seen.all[0]) == "Spotify login (shown by a front-end with widgets)"
