"""All items of a list where a person looks: with a bar, a word for each pause, and Stop at any moment."""

import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernels import Kernel
from terminals import Terminal
from web_apis import ScriptedWebApi

from spotantic_nb.sandbox import Sandbox, ScriptedUser

BEGIN = "from spotantic_nb import Session\nsession = Session.current()"
SAVED = "list(session.items('/me/tracks'))"

IPYTHON = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "--simple-prompt"]


@pytest.fixture
def signed_in(kernel: Kernel) -> Kernel:
    """A kernel with a login and a session."""
    ScriptedUser().follow(kernel.link(kernel.run("%spotantic_login")))
    cell = kernel.run(f"{BEGIN}\n_ = session.token()")
    assert cell.ok, cell.error
    return kernel


def bars(kernel: Kernel) -> list[tuple[str, float, float]]:
    """Return the style, the value and the end of each bar that is shown."""
    shown = [state for state in kernel.models.open.values() if state.get("_model_name") == "FloatProgressModel"]
    return [(state["bar_style"], state["value"], state["max"]) for state in shown]


def test_a_notebook_shows_a_bar_for_more_than_one_page(signed_in: Kernel) -> None:
    cell = signed_in.run(f"len({SAVED})")
    assert "80" in cell.text
    assert "/me/tracks: " in cell.text
    assert bars(signed_in) == [("success", 80, 80)]


@pytest.mark.parametrize("options", ["limit=50", "progress=False"])
def test_a_notebook_shows_no_bar_for_one_page_or_where_none_is_wanted(signed_in: Kernel, options: str) -> None:
    cell = signed_in.run(f"len(list(session.items('/me/tracks', {options})))")
    assert cell.ok, cell.error
    assert bars(signed_in) == []


def test_a_list_of_unknown_length_ends_in_a_full_bar(signed_in: Kernel) -> None:
    cell = signed_in.run("len(list(session.items('/me/player/recently-played', limit=120)))")
    assert cell.ok, cell.error
    [(style, value, end)] = bars(signed_in)
    assert (style, value >= end) == ("success", True)


def test_a_bar_is_not_red_where_somebody_has_seen_enough(signed_in: Kernel) -> None:
    cell = signed_in.run("for item in session.items('/me/tracks?limit=10'):\n    break")
    assert cell.ok, cell.error
    assert bars(signed_in) == [("success", 10, 80)]


def test_an_error_is_one_line_and_says_the_way_out(signed_in: Kernel, sandbox: Sandbox) -> None:
    sandbox.knobs.owner_premium = False
    error = signed_in.run(SAVED).error
    assert error.startswith("WebApiError: The owner of the app has no Premium")
    assert len(error.splitlines()) == 1


class TestAPause:
    @pytest.fixture
    def api(self) -> Iterator[ScriptedWebApi]:
        """A Web API that asks to wait before the second page."""
        with ScriptedWebApi() as api:
            items = [{"id": str(number)} for number in range(50)]
            page = {"items": items, "next": f"{api.url}/me/tracks?page=2", "total": 51}
            api.replies["/me/tracks?limit=50"] = (200, {}, page)
            api.replies["/me/tracks?page=2"] = (429, {"Retry-After": "30"}, "Too many requests")
            yield api

    @pytest.fixture
    def spotify_project(self, spotify_project: Path, api: ScriptedWebApi) -> Path:
        with (spotify_project / ".env").open("a") as file:
            file.write(f"SPOTANTIC_AUTH_API_URL={api.url}\n")
        return spotify_project

    @pytest.mark.parametrize("first", ["", "import asyncio\nawait asyncio.sleep(0)\n"], ids=["a cell", "an await cell"])
    def test_is_told_in_the_bar_and_ended_by_stop(self, signed_in: Kernel, api: ScriptedWebApi, first: str) -> None:
        cell = signed_in.send(f"{first}{SAVED}")
        signed_in.wait_until(lambda: "Going on in 30 seconds." in shown_in(signed_in))
        signed_in.interrupt()
        signed_in.wait_until(lambda: cell.is_done)
        assert not cell.ok
        assert bars(signed_in) == [("danger", 50, 51)]
        api.replies["/me/tracks?page=2"] = (200, {}, {"items": [{"id": "50"}], "next": None, "total": 51})
        assert signed_in.value(f"len({SAVED})") == "51"


def shown_in(kernel: Kernel) -> str:
    """Return what all widgets show as text, as it is read."""
    values = (state.get("value") for state in kernel.models.open.values() if state.get("_model_name") == "HTMLModel")
    return " ".join(map(str, values)).replace("\u2007", " ")


@pytest.fixture
def terminal(spotify_project: Path, environ: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal(IPYTHON, spotify_project, environ)
    termios.tcsetwinsize(terminal._ours, (24, 100))  # as a terminal has one, and without which there is no bar
    terminal.wait_for("In [1]:")
    terminal.type("%load_ext spotantic_nb\n%spotantic_login --no-browser\n")
    ScriptedUser().follow(terminal.wait_for_link())
    terminal.wait_for("Signed in as Ada")
    yield terminal
    terminal.close()


def test_a_terminal_shows_a_bar_and_each_pause_in_a_line(terminal: Terminal, sandbox: Sandbox) -> None:
    sandbox.knobs.api_fault, sandbox.knobs.api_fault_count = "429", 1
    terminal.type("from spotantic_nb import Session\n")
    terminal.type("len(list(Session.current().items('/me/tracks')))\n")
    terminal.wait_for("Spotify's rate limit was reached (429). Going on in 1 second.")
    terminal.wait_for("/me/tracks: 100%")
    terminal.wait_for("80/80")
    terminal.wait_for(": 80")
