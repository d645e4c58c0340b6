"""The panel as an object: what a click does, and what its widgets hold. The browser tests look at it."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import ipywidgets as widgets
import pytest
from boxes import PATIENCE, Seen, flush

from spotantic_nb import Session, _text
from spotantic_nb._choices import FLOWS, PRESETS, SCOPES, SCOPES_BY_GROUP
from spotantic_nb.notebook._box import Box
from spotantic_nb.notebook._panel import Panel
from spotantic_nb.sandbox import Sandbox, ScriptedUser

ONE_BY_ONE = "Choose one by one"
Show = Callable[[Callable[[], Box]], Seen]


@pytest.fixture
def panel(session: Session, show: Show) -> Seen:
    return show(Panel)


@pytest.fixture
def presets(panel: Seen) -> Any:
    [found] = [widget for widget in panel.all if isinstance(widget, widgets.Dropdown)]
    return found


def log_in(panel: Seen) -> None:
    panel.button("Log in").click()
    panel.wait_for("Log in to Spotify")
    ScriptedUser().follow(panel.link)
    panel.wait_for("Signed in as Ada")


class TestControls:
    def test_a_person_logs_in_refreshes_and_logs_out_by_buttons(self, panel: Seen) -> None:
        log_in(panel)
        before, renewed = Session.current().status.expires_at, threading.Event()
        Session.current().observe(lambda status: renewed.set() if status.expires_at != before else None)
        panel.button("Refresh").click()
        assert renewed.wait(PATIENCE)
        panel.button("Log out").click()
        panel.wait_for("Signed out. To withdraw")

    def test_the_minutes_left_are_kept_current(self, panel: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
        Session.current().login("client")
        panel.wait_for("(in 59 minutes)")

        class TenMinutesLater(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> "TenMinutesLater":
                return super().now(tz) + timedelta(minutes=10)

        monkeypatch.setattr(_text, "datetime", TenMinutesLater)
        Session.current()._observers.notify()  # as it does every few seconds
        assert "(in 49 minutes)" in panel.text

    def test_a_pasted_address_signs_in_and_is_wiped_at_once(self, panel: Seen) -> None:
        panel.button("Log in").click()
        panel.wait_for("Log in to Spotify")
        [box] = panel.secret_boxes
        box.value = ScriptedUser().answer(panel.link)
        panel.click("Submit")
        assert box.value == ""
        panel.wait_for("Signed in as Ada")

    def test_enter_in_the_box_is_as_good_as_submit(self, panel: Seen) -> None:
        panel.button("Log in").click()
        panel.wait_for("Log in to Spotify")
        [box] = panel.secret_boxes
        box.value = ScriptedUser().answer(panel.link)
        box._handle_custom_msg({"event": "submit"}, [])
        panel.wait_for("Signed in as Ada")

    def test_cancel_ends_the_login_and_takes_its_link_away(self, panel: Seen) -> None:
        panel.button("Log in").click()
        panel.wait_for("Log in to Spotify")
        panel.button("Cancel").click()
        panel.wait_for("The login was cancelled.")
        assert "href" not in panel.text

    def test_a_failure_behind_a_button_is_said_in_every_panel(self, panel: Seen, show: Show, sandbox: Sandbox) -> None:
        other = show(Panel)
        Session.current().login("client")
        sandbox.knobs.token_fault = "429"
        panel.button("Refresh").click()
        panel.wait_for("rate limit was reached (429)")
        other.wait_for("rate limit was reached (429)")

    def test_every_flow_is_offered_with_a_line_about_when_to_use_it(self, panel: Seen) -> None:
        [flow] = [widget for widget in panel.all if isinstance(widget, widgets.ToggleButtons)]
        assert flow.options == tuple(FLOWS)
        assert all(f"<b>{name}</b>: {text}" in panel.text for name, text in FLOWS.items())

    def test_the_client_flow_needs_no_person(self, panel: Seen) -> None:
        [flow] = [widget for widget in panel.all if isinstance(widget, widgets.ToggleButtons)]
        flow.value = "client"
        panel.button("Log in").click()
        panel.wait_for("Signed in, valid until")

    def test_with_a_secret_and_no_login_yet_the_code_flow_is_proposed(self, panel: Seen) -> None:
        [flow] = [widget for widget in panel.all if isinstance(widget, widgets.ToggleButtons)]
        assert flow.value == "code"


class TestScopes:
    def test_a_preset_is_what_is_asked_for(self, panel: Seen, presets: Any) -> None:
        presets.value = "Read, and control playback"
        log_in(panel)
        assert set(Session.current().status.granted) == set(PRESETS["Read, and control playback"])

    def test_single_scopes_begin_with_the_preset_and_are_what_is_asked_for(self, panel: Seen, presets: Any) -> None:
        choose(presets, ONE_BY_ONE)
        boxes = {box.description: box for box in panel.all if isinstance(box, widgets.Checkbox)}
        assert tuple(boxes) == SCOPES
        assert {scope for scope, box in boxes.items() if box.value} == set(PRESETS["Read my listening"])
        boxes["user-top-read"].value = False
        boxes["streaming"].value = True
        log_in(panel)
        assert set(Session.current().status.granted) == {*PRESETS["Read my listening"], "streaming"} - {"user-top-read"}

    def test_single_scopes_stand_under_the_names_of_spotifys_groups(self, panel: Seen, presets: Any) -> None:
        choose(presets, ONE_BY_ONE)
        assert all(f"<b>{group}</b>" in panel.text for group in SCOPES_BY_GROUP)

    def test_single_scopes_are_closed_when_a_preset_is_chosen_again(self, panel: Seen, presets: Any) -> None:
        choose(presets, ONE_BY_ONE)
        boxes = [box for box in panel.all if isinstance(box, widgets.Checkbox)]
        choose(presets, "Everything")
        assert not [box for box in panel.all if isinstance(box, widgets.Checkbox)]
        assert {box.comm for box in boxes} == {None}


def choose(presets: Any, name: str) -> None:
    presets.value = name
    flush()
