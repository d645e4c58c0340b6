"""
The panel as an object: what a click does, and what its widgets hold. The browser tests look at it.

Its wizard, for a project without an app, leads from an empty folder to the login, and no further than a person may go.
"""

import stat
import subprocess
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest
from boxes import PATIENCE, Seen, Show, flush, look_again
from dotenv import dotenv_values
from kernels import is_free

from spotantic_nb import Session, _text
from spotantic_nb._choices import FLOWS, PRESETS, SCOPES, SCOPES_BY_GROUP
from spotantic_nb._portal import portal
from spotantic_nb.auth import _registration
from spotantic_nb.auth._redirect_uri import LANDING_PAGE
from spotantic_nb.auth._registration import THIS_HUB, JupyterServer
from spotantic_nb.notebook import _sandbox_switch
from spotantic_nb.notebook._panel import Panel
from spotantic_nb.notebook._show import show_panel
from spotantic_nb.sandbox import Sandbox, ScriptedUser

ONE_BY_ONE = "Choose one by one"


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

    @pytest.mark.parametrize(
        ("needed", "offer"),
        [
            (["playlist-modify-private"], "Grant playlist-modify-private"),
            (["playlist-modify-private", "user-top-read", "user-follow-read"], "Grant 2 scopes"),
        ],
    )
    def test_what_code_needs_and_was_not_granted_is_granted_by_one_click(
        self, panel: Seen, needed: list[str], offer: str
    ) -> None:
        log_in(panel)
        before = Session.current().status.granted
        Session.current()._async_session.ledger.record(needed, "In [3]")
        look_again()
        button = panel.button(offer)
        button.click()
        button.click()  # a double click
        panel.wait_for("Log in to Spotify")
        ScriptedUser().follow(panel.link)
        panel.wait_for("Signed in as Ada")
        assert set(Session.current().status.granted) == {*before, *needed}
        look_again()
        assert offer not in [getattr(widget, "description", "") for widget in panel.all]

    def test_the_minutes_left_are_kept_current(self, panel: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
        Session.current().login("client")
        panel.wait_for("(in 59 minutes)")

        class TenMinutesLater(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> "TenMinutesLater":
                return super().now(tz) + timedelta(minutes=10)

        monkeypatch.setattr(_text, "datetime", TenMinutesLater)
        look_again()
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


@pytest.fixture
def wizard(empty_project: Path, show: Show) -> Seen:
    """A panel in a project without an app."""
    return show(Panel)


def fill_in(wizard: Seen, client_id: str, secret: str = "") -> None:
    [id_box] = [widget for widget in wizard.all if getattr(widget, "description", "") == "Client id"]
    [secret_box] = [widget for widget in wizard.all if getattr(widget, "description", "") == "Secret"]
    id_box.value, secret_box.value = client_id, secret
    wizard.click("Save and log in")


def test_the_wizard_shows_the_dashboard_the_redirect_uri_and_the_file(wizard: Seen, project: Path, port: int) -> None:
    for shown in (
        "https://developer.spotify.com/dashboard",
        f"http://127.0.0.1:{port}/callback",
        str(project / ".env"),
    ):
        assert shown in wizard.text


def test_a_redirect_uri_that_spotify_refuses_is_never_the_one_to_register(
    empty_project: Path, show: Show, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOTANTIC_AUTH_REDIRECT_URI", "http://localhost:8888/cb")
    wizard = show(Panel)
    show_panel(None)
    for text in (wizard.text, capsys.readouterr().out):
        assert "http://127.0.0.1:8888/cb" in text
        assert "names localhost, which Spotify refuses: set it to this one as well." in text
        assert "localhost:8888" not in text


def test_a_client_id_leads_to_the_login_and_the_login_to_the_controls(
    wizard: Seen, project: Path, sandbox: Sandbox
) -> None:
    fill_in(wizard, f" {sandbox.client_id}\n")
    wizard.wait_for("Log in to Spotify")
    assert (project / ".env").read_text() == f"SPOTANTIC_AUTH_CLIENT_ID={sandbox.client_id}\n"
    ScriptedUser().follow(wizard.link)
    wizard.wait_for("Signed in as Ada")
    assert Session.current().status.flow == "pkce"
    assert wizard.button("Log out")


def test_a_secret_leads_to_the_code_flow_and_a_file_of_ones_own(wizard: Seen, project: Path, sandbox: Sandbox) -> None:
    fill_in(wizard, sandbox.client_id, sandbox.client_secret)
    wizard.wait_for("Log in to Spotify")
    assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600
    ScriptedUser().follow(wizard.link)
    wizard.wait_for("Signed in as Ada")
    assert Session.current().status.flow == "code"


def test_a_wrong_shape_is_refused_unshown_and_nothing_is_written(wizard: Seen, project: Path) -> None:
    fill_in(wizard, "PLANTED-id", "PLANTED-secret")
    wizard.wait_for("That is not a client id: it should be 32 characters")
    assert "PLANTED" not in wizard.text
    assert {box.value for box in wizard.secret_boxes} == {""}
    assert not (project / ".env").exists()


def test_a_file_that_cannot_be_read_is_said_in_the_panel(wizard: Seen, project: Path, sandbox: Sandbox) -> None:
    (project / ".env").write_bytes(b"NAME=\xff\n")
    fill_in(wizard, sandbox.client_id)
    wizard.wait_for("Save it as UTF-8 text.")


class TestOfAnotherPlace:
    """What is registered for a kernel that the browser does not reach by 127.0.0.1."""

    @pytest.fixture(autouse=True)
    def _nothing_is_chosen(self, empty_project: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
        monkeypatch.delenv("SPOTANTIC_AUTH_REDIRECT_URI")
        monkeypatch.setattr(_registration, "_PORT", port)

    def test_what_its_proxy_forwards_is_shown_and_written(
        self, show: Show, project: Path, sandbox: Sandbox, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VSCODE_PROXY_URI", "https://code.example/proxy/{{port}}/")
        wizard, redirect_uri = show(Panel), f"https://code.example/proxy/{port}/callback"
        assert redirect_uri in wizard.text
        assert "code-server forwards" in wizard.text
        register(sandbox, redirect_uri)
        fill_in(wizard, sandbox.client_id)
        wizard.wait_for("Log in to Spotify")
        written = dotenv_values(project / ".env")
        assert written["SPOTANTIC_AUTH_REDIRECT_URI"] == redirect_uri
        assert written["SPOTANTIC_AUTH_FORWARDED_TO"] == str(port)
        assert not is_free(port)

    def test_of_a_hub_whose_address_only_the_browser_knows_the_registered_line_is_asked_for(
        self, show: Show, project: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
        monkeypatch.setattr(_registration, "jupyter_server", lambda _: JupyterServer(has_landing_page=True))
        wizard = show(Panel)
        assert f"{THIS_HUB}/user/ada{LANDING_PAGE}" in wizard.text
        fill_in(wizard, sandbox.client_id)
        wizard.wait_for("is not a plain http or https address")
        assert not (project / ".env").exists()
        redirect_uri = f"https://hub.example/user/ada{LANDING_PAGE}"
        register(sandbox, redirect_uri)
        [box] = [widget for widget in wizard.all if getattr(widget, "description", "") == "Redirect"]
        box.value = redirect_uri
        fill_in(wizard, sandbox.client_id)
        wizard.wait_for("Log in to Spotify")
        assert dotenv_values(project / ".env")["SPOTANTIC_AUTH_REDIRECT_URI"] == redirect_uri


def register(sandbox: Sandbox, redirect_uri: str) -> None:
    sandbox.register_app(client_id=sandbox.client_id, client_secret=sandbox.client_secret, redirect_uris=[redirect_uri])


class TestTheWarningAboutGit:
    @pytest.fixture
    def warning(self, project: Path) -> str:
        subprocess.run(["git", "init", "-q"], check=True)
        return f"git would add {project / '.env'} to the repository"

    def test_is_there_while_the_login_waits_and_after_it_was_cancelled(
        self, wizard: Seen, sandbox: Sandbox, warning: str
    ) -> None:
        fill_in(wizard, sandbox.client_id, sandbox.client_secret)
        wizard.wait_for("Log in to Spotify")
        wizard.wait_for(warning)
        wizard.click("Cancel")
        wizard.wait_for("The login was cancelled.")
        assert warning in wizard.text

    def test_is_there_where_no_login_can_begin(
        self, wizard: Seen, sandbox: Sandbox, warning: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SPOTANTIC_AUTH_REDIRECT_URI", "http://localhost:8765/callback")
        fill_in(wizard, sandbox.client_id, sandbox.client_secret)
        wizard.wait_for("names localhost, which Spotify refuses")
        wizard.wait_for(warning)


def test_the_sandbox_needs_nothing_of_all_this(wizard: Seen, project: Path) -> None:
    wizard.click("Try the sandbox")
    try:
        wizard.wait_for("Log in to Spotify")
        ScriptedUser().follow(wizard.link)
        wizard.wait_for("Signed in as Ada")
    finally:
        portal.run(_sandbox_switch.switch_off)
    assert not (project / ".env").exists()
    wizard.wait_for("No app is set up for this project")


def test_an_app_that_appears_by_another_hand_is_noticed(wizard: Seen, project: Path, sandbox: Sandbox) -> None:
    (project / ".env").write_text(f"SPOTANTIC_AUTH_CLIENT_ID={sandbox.client_id}\n")
    look_again()
    assert wizard.button("Log in")
