"""The panel in a real kernel, as a front-end sees it: what it costs, and what it keeps."""

import html
import re
from collections.abc import Callable

import pytest
from kernels import Kernel

from spotantic_nb.sandbox import ScriptedUser

MOST_MODELS = 24
"""How many models a panel may open in a front-end."""


def cell(name: str) -> dict[str, str]:
    """Return what a notebook says with the request of one of its cells."""
    return {"cellId": name}


@pytest.fixture
def panel(kernel: Kernel) -> str:
    return kernel.run("%spotantic_panel", metadata=cell("A")).box


def link_in(kernel: Kernel, box: str) -> str:
    """Return the link that a box shows."""
    [link] = re.findall('class="spotantic-link" href="([^"]+)"', kernel.models.text_of(box))
    return html.unescape(link)


def log_in(kernel: Kernel, box: str) -> None:
    kernel.click(box, "Log in")
    kernel.wait_until(lambda: "Log in to Spotify" in kernel.models.text_of(box))
    ScriptedUser().follow(link_in(kernel, box))
    kernel.wait_until(lambda: "Signed in as Ada" in kernel.models.text_of(box))


def test_a_panel_opens_few_models(kernel: Kernel, panel: str) -> None:
    opened = [kind for kind, _ in kernel.models.messages if kind == "comm_open"]
    assert 0 < len(opened) <= MOST_MODELS
    assert set(kernel.models.below(panel)) <= set(kernel.models.open)


def test_a_change_of_the_status_is_one_message(kernel: Kernel, panel: str) -> None:
    kernel.models.messages.clear()
    kernel.click(panel, "Log in")
    kernel.wait_until(lambda: "Log in to Spotify" in kernel.models.text_of(panel))
    assert messages(kernel) == ["comm_msg"]
    ScriptedUser().follow(link_in(kernel, panel))
    kernel.wait_until(lambda: "Signed in as Ada" in kernel.models.text_of(panel))
    assert messages(kernel) == ["comm_msg"]
    kernel.click(panel, "Log out")
    kernel.wait_until(lambda: "Signed out." in kernel.models.text_of(panel))
    assert messages(kernel) == ["comm_msg"]


def messages(kernel: Kernel) -> list[str]:
    """Return the messages about widgets so far, and begin to count anew."""
    kernel.value("1")  # whatever was on its way has come before this
    found, kernel.models.messages = kernel.models.messages, []
    return [kind for kind, _ in found]


MINUTES_PASS = """
import itertools, threading
from spotantic_nb import Session, status
from spotantic_nb.session import _observers
_observers._LOOK_AGAIN = 0.01
minutes, have_passed = itertools.count(), threading.Event()
status._in_words = lambda moment: f"{next(minutes)} min"
def look(status):
    status.rows()
    next(minutes) > 40 and have_passed.set()
Session.current().observe(look)
assert have_passed.wait(30)
"""


def test_the_link_that_waits_is_not_shown_anew_while_minutes_pass(kernel: Kernel, panel: str) -> None:
    log_in(kernel, panel)
    kernel.click(panel, "Log in")
    kernel.wait_until(lambda: "Log in to Spotify" in kernel.models.text_of(panel))
    messages(kernel)
    assert kernel.run(MINUTES_PASS).ok
    assert messages(kernel) == []


def test_what_is_typed_into_a_secret_box_is_not_sent_back(kernel: Kernel, panel: str) -> None:
    kernel.click(panel, "Log in")
    kernel.wait_until(lambda: "Log in to Spotify" in kernel.models.text_of(panel))
    kernel.type(panel, "PLANTED-code")
    kernel.click(panel, "Submit")
    kernel.wait_until(lambda: "That is not a whole address." in kernel.models.text_of(panel))
    assert "PLANTED" not in str(kernel.models.messages)


def test_a_cell_that_is_run_again_keeps_no_model(kernel: Kernel, panel: str) -> None:
    before = len(kernel.models.open)
    for _ in range(5):
        again = kernel.run("%spotantic_panel", metadata=cell("A")).box
    assert again != panel
    assert len(kernel.models.open) == before


def test_two_panels_in_two_cells_show_the_same(kernel: Kernel, panel: str) -> None:
    other = kernel.run("%spotantic_panel", metadata=cell("B")).box
    log_in(kernel, panel)
    kernel.wait_until(lambda: "Signed in as Ada" in kernel.models.text_of(other))
    kernel.click(other, "Log out")
    kernel.wait_until(lambda: "Signed out." in kernel.models.text_of(panel))


def test_unloading_the_extension_closes_every_box(kernel: Kernel, panel: str) -> None:
    assert kernel.run("%unload_ext spotantic_nb").ok
    assert kernel.models.open == {}


def test_a_panel_notices_what_another_kernel_does(kernel: Kernel, new_kernel: Callable[..., Kernel]) -> None:
    assert kernel.run("from spotantic_nb.session import _observers; _observers._LOOK_AGAIN = 0.05").ok
    panel = kernel.run("%spotantic_panel", metadata=cell("A")).box
    assert new_kernel().run("%spotantic_login client").ok
    kernel.wait_until(lambda: "Signed in, valid until" in kernel.models.text_of(panel))
