"""The page for a project without an app: from an empty folder to the login, and no further than a person may go."""

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from boxes import Seen

from spotantic_nb import Session
from spotantic_nb._portal import portal
from spotantic_nb.notebook import _sandbox_switch
from spotantic_nb.notebook._box import Box
from spotantic_nb.notebook._panel import Panel
from spotantic_nb.notebook._show import show_panel
from spotantic_nb.sandbox import Sandbox, ScriptedUser

Show = Callable[[Callable[[], Box]], Seen]


@pytest.fixture
def panel(empty_project: Path, show: Show) -> Seen:
    return show(Panel)


def fill_in(panel: Seen, client_id: str, secret: str = "") -> None:
    [id_box] = [widget for widget in panel.all if getattr(widget, "description", "") == "Client id"]
    [secret_box] = [widget for widget in panel.all if getattr(widget, "description", "") == "Secret"]
    id_box.value, secret_box.value = client_id, secret
    panel.click("Save and log in")


def test_it_shows_the_dashboard_the_redirect_uri_and_the_file(panel: Seen, project: Path, port: int) -> None:
    for shown in (
        "https://developer.spotify.com/dashboard",
        f"http://127.0.0.1:{port}/callback",
        str(project / ".env"),
    ):
        assert shown in panel.text


def test_a_redirect_uri_that_spotify_refuses_is_never_the_one_to_register(
    empty_project: Path, show: Show, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOTANTIC_AUTH_REDIRECT_URI", "http://localhost:8888/cb")
    panel = show(Panel)
    show_panel(None)
    for text in (panel.text, capsys.readouterr().out):
        assert "http://127.0.0.1:8888/cb" in text
        assert "names localhost, which Spotify refuses: set it to this one as well." in text
        assert "localhost:8888" not in text


def test_a_client_id_leads_to_the_login_and_the_login_to_the_controls(
    panel: Seen, project: Path, sandbox: Sandbox
) -> None:
    fill_in(panel, f" {sandbox.client_id}\n")
    panel.wait_for("Log in to Spotify")
    assert (project / ".env").read_text() == f"SPOTANTIC_AUTH_CLIENT_ID={sandbox.client_id}\n"
    ScriptedUser().follow(panel.link)
    panel.wait_for("Signed in as Ada")
    assert Session.current().status.flow == "pkce"
    assert panel.button("Log out")


def test_a_secret_leads_to_the_code_flow_and_a_file_of_ones_own(panel: Seen, project: Path, sandbox: Sandbox) -> None:
    fill_in(panel, sandbox.client_id, sandbox.client_secret)
    panel.wait_for("Log in to Spotify")
    assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600
    ScriptedUser().follow(panel.link)
    panel.wait_for("Signed in as Ada")
    assert Session.current().status.flow == "code"


def test_a_wrong_shape_is_refused_unshown_and_nothing_is_written(panel: Seen, project: Path) -> None:
    fill_in(panel, "PLANTED-id", "PLANTED-secret")
    panel.wait_for("That is not a client id: it should be 32 characters")
    assert "PLANTED" not in panel.text
    assert {box.value for box in panel.secret_boxes} == {""}
    assert not (project / ".env").exists()


def test_a_file_that_cannot_be_read_is_said_in_the_panel(panel: Seen, project: Path, sandbox: Sandbox) -> None:
    (project / ".env").write_bytes(b"NAME=\xff\n")
    fill_in(panel, sandbox.client_id)
    panel.wait_for("Save it as UTF-8 text.")


class TestTheWarningAboutGit:
    @pytest.fixture
    def warning(self, project: Path) -> str:
        subprocess.run(["git", "init", "-q"], check=True)
        return f"git would add {project / '.env'} to the repository"

    def test_is_there_while_the_login_waits_and_after_it_was_cancelled(
        self, panel: Seen, sandbox: Sandbox, warning: str
    ) -> None:
        fill_in(panel, sandbox.client_id, sandbox.client_secret)
        panel.wait_for("Log in to Spotify")
        panel.wait_for(warning)
        panel.click("Cancel")
        panel.wait_for("The login was cancelled.")
        assert warning in panel.text

    def test_is_there_where_no_login_can_begin(
        self, panel: Seen, sandbox: Sandbox, warning: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SPOTANTIC_AUTH_REDIRECT_URI", "http://localhost:8765/callback")
        fill_in(panel, sandbox.client_id, sandbox.client_secret)
        panel.wait_for("names localhost, which Spotify refuses")
        panel.wait_for(warning)


def test_the_sandbox_needs_nothing_of_all_this(panel: Seen, project: Path) -> None:
    panel.click("Try the sandbox")
    try:
        panel.wait_for("Log in to Spotify")
        ScriptedUser().follow(panel.link)
        panel.wait_for("Signed in as Ada")
    finally:
        portal.run(_sandbox_switch.switch_off)
    assert not (project / ".env").exists()
    panel.wait_for("No app is set up for this project")


def test_an_app_that_appears_by_another_hand_is_noticed(panel: Seen, project: Path, sandbox: Sandbox) -> None:
    (project / ".env").write_text(f"SPOTANTIC_AUTH_CLIENT_ID={sandbox.client_id}\n")
    Session.current()._observers.notify()
    assert panel.button("Log in")
