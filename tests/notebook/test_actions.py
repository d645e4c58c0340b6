"""Ten quick clicks on a button are one act: one login, one renewal, one answer."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from boxes import Seen, Show, flush
from kernels import is_free

from spotantic_nb import Session
from spotantic_nb._portal import portal
from spotantic_nb.notebook import _actions, _sandbox_switch, _widgets
from spotantic_nb.notebook._panel import Panel
from spotantic_nb.sandbox import Sandbox, ScriptedUser


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (_actions, _widgets):
        monkeypatch.setattr(module, "_monotonic", clock)
    return clock


@pytest.fixture
def panel(session: Session, show: Show, clock: Clock) -> Seen:
    return show(Panel)


class Watcher:
    """Count the logins that a person is shown in a box, by their links."""

    def __init__(self, box: Seen) -> None:
        self.links: set[str] = set()
        self._box = box
        for widget in box.all:
            widget.observe(self._look)

    def _look(self, _: object) -> None:
        self.links.update(re.findall('class="spotantic-link" href="([^"]+)"', self._box.text))


def click(panel: Seen, name: str, times: int = 10) -> None:
    """Click a button again and again: at first faster than anything is done, then each time when all is done."""
    button = panel.button(name)
    for number in range(times):
        button.click()
        if number >= times // 2:
            come_to_rest()


def come_to_rest() -> None:
    """Wait until no act is on its way."""

    async def rest() -> None:
        while tasks := list(_actions._running.values()):
            await asyncio.wait(tasks)
            await asyncio.sleep(0)

    flush()
    portal.run(rest)


def posts(sandbox: Sandbox) -> list[str]:
    return [request.form["grant_type"] for request in sandbox.requests if request.path == "/api/token"]


def log_in(panel: Seen) -> None:
    panel.click("Log in")
    panel.wait_for("Log in to Spotify")
    ScriptedUser().follow(panel.link)
    panel.wait_for("Signed in as Ada")
    come_to_rest()


class TestLogIn:
    def test_begins_one_login(self, panel: Seen, sandbox: Sandbox) -> None:
        watcher = Watcher(panel)
        click(panel, "Log in")
        assert len(watcher.links) == 1
        ScriptedUser().follow(panel.link)
        panel.wait_for("Signed in as Ada")
        assert posts(sandbox) == ["authorization_code"]

    def test_in_two_panels_begins_one_login(self, panel: Seen, show: Show) -> None:
        other, watcher = show(Panel), Watcher(panel)
        for _ in range(5):
            panel.button("Log in").click()
            other.button("Log in").click()
        come_to_rest()
        assert len(watcher.links) == 1

    def test_of_an_app_asks_for_one_token(self, panel: Seen, sandbox: Sandbox) -> None:
        [flow] = [widget for widget in panel.all if list(getattr(widget, "options", ())) == ["pkce", "code", "client"]]
        flow.value = "client"
        click(panel, "Log in")
        assert posts(sandbox) == ["client_credentials"]

    def test_with_another_flow_takes_the_place_of_the_login(self, panel: Seen) -> None:
        watcher = Watcher(panel)
        click(panel, "Log in")
        [flow] = [widget for widget in panel.all if list(getattr(widget, "options", ())) == ["pkce", "code", "client"]]
        flow.value = "pkce"
        click(panel, "Log in")
        assert len(watcher.links) == 2

    def test_after_a_cancel_begins_a_new_one(self, panel: Seen) -> None:
        watcher = Watcher(panel)
        click(panel, "Log in")
        click(panel, "Cancel")
        click(panel, "Log in")
        assert len(watcher.links) == 2


class TestRefresh:
    def test_renews_once(self, panel: Seen, sandbox: Sandbox) -> None:
        log_in(panel)
        click(panel, "Refresh")
        assert posts(sandbox).count("refresh_token") == 1

    def test_shortly_after_a_renewal_says_so_and_asks_nobody(self, panel: Seen, sandbox: Sandbox, clock: Clock) -> None:
        log_in(panel)
        click(panel, "Refresh")
        clock.now += 4
        click(panel, "Refresh")
        panel.wait_for("The token was renewed just now, at ")
        assert posts(sandbox).count("refresh_token") == 1
        clock.now += 2
        click(panel, "Refresh", 1)
        assert posts(sandbox).count("refresh_token") == 2
        panel.wait_for("Signed in as Ada")

    def test_after_one_that_failed_asks_again(self, panel: Seen, sandbox: Sandbox) -> None:
        log_in(panel)
        sandbox.knobs.token_fault = "429"
        panel.click("Refresh")
        panel.wait_for("rate limit was reached (429)")
        come_to_rest()
        sandbox.knobs.token_fault = None
        panel.click("Refresh")
        panel.wait_for("Signed in as Ada")

    def test_after_another_login_asks_for_its_own(self, panel: Seen, sandbox: Sandbox) -> None:
        log_in(panel)
        click(panel, "Refresh")
        click(panel, "Log out")
        log_in(panel)
        click(panel, "Refresh")
        assert posts(sandbox).count("refresh_token") == 2

    def test_of_the_magic_and_of_a_program_always_asks(self, panel: Seen, sandbox: Sandbox) -> None:
        log_in(panel)
        click(panel, "Refresh")
        Session.current().refresh()
        Session.current().refresh()
        assert posts(sandbox).count("refresh_token") == 3


class TestLogOutAndCancel:
    def test_log_out_signs_out_and_sends_nothing(self, panel: Seen, sandbox: Sandbox) -> None:
        log_in(panel)
        before = len(sandbox.requests)
        click(panel, "Log out")
        panel.wait_for("Signed out. To withdraw")
        assert len(sandbox.requests) == before
        log_in(panel)

    def test_cancel_ends_the_login_and_the_next_one_is_left_alone(self, panel: Seen, port: int) -> None:
        click(panel, "Log in")
        click(panel, "Cancel")
        panel.wait_for("The login was cancelled.")
        assert is_free(port)
        log_in(panel)


class TestSubmit:
    def test_takes_the_address_once(self, panel: Seen, sandbox: Sandbox) -> None:
        click(panel, "Log in")
        [box] = panel.secret_boxes
        box.value = ScriptedUser().answer(panel.link)
        said = words_of(panel)
        click(panel, "Submit")
        panel.wait_for("Signed in as Ada")
        assert not [words for words in said if "The box is empty" in words]
        assert posts(sandbox) == ["authorization_code"]

    def test_of_rubbish_leaves_the_reason_in_sight(self, panel: Seen, clock: Clock) -> None:
        click(panel, "Log in")
        [box] = panel.secret_boxes
        box.value = "rubbish"
        click(panel, "Submit")
        panel.wait_for("That is not a whole address.")
        clock.now += 2
        click(panel, "Submit", 1)
        panel.wait_for("The box is empty")


def words_of(panel: Seen) -> list[str]:
    """Return a list to which all is added that the panel shows from now on."""
    said: list[str] = []
    for widget in panel.all:
        widget.observe(lambda _: said.append(panel.text))
    return said


class TestTheSetUp:
    @pytest.fixture
    def panel(self, empty_project: Path, show: Show, clock: Clock) -> Seen:
        return show(Panel)

    def fill_in(self, panel: Seen, client_id: str, secret: str) -> None:
        self.box(panel, "Client id").value = client_id
        self.box(panel, "Secret").value = secret

    def box(self, panel: Seen, name: str) -> Any:
        [found] = [widget for widget in panel.all if getattr(widget, "description", "") == name]
        return found

    def test_saves_once_and_begins_one_login_with_the_secret(self, panel: Seen, sandbox: Sandbox) -> None:
        watcher = Watcher(panel)
        self.fill_in(panel, sandbox.client_id, sandbox.client_secret)
        click(panel, "Save and log in")
        assert len(watcher.links) == 1
        ScriptedUser().follow(panel.link)
        panel.wait_for("Signed in as Ada")
        assert Session.current().status.flow == "code"

    def test_with_a_secret_that_is_refused_does_not_go_on_without_it(
        self, panel: Seen, sandbox: Sandbox, project: Path
    ) -> None:
        self.fill_in(panel, sandbox.client_id, "no secret")
        click(panel, "Save and log in")
        panel.wait_for("That is not a client secret")
        assert not (project / ".env").exists()

    def test_of_the_sandbox_begins_one_login_in_one_sandbox(self, project: Path, show: Show) -> None:
        panel = show(Panel)
        watcher = Watcher(panel)
        click(panel, "Try the sandbox")
        try:
            panel.wait_for("Log in to Spotify")
            assert len(watcher.links) == 1
        finally:
            portal.run(_sandbox_switch.switch_off)
