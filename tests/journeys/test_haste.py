"""A thousand acts of a person in a great hurry, and what is left of them in kernel and front-end: nothing."""

import contextlib
import html
import random
import re
from collections.abc import Callable
from pathlib import Path

import httpx
from kernels import Cell, Kernel, is_free

from spotantic_nb.sandbox import ScriptedUser

SEED = 20_261_124
ACTS = 1000

QUEUE = 3
"""How many cells wait in the kernel at most; with more, there would be nothing to click for most of the time."""

CELLS = ("A", "B", "C")
BUTTONS = ("Log in", "Refresh", "Log out", "Cancel", "Submit")
RUBBISH = ("", "AQ-only-a-code", "http://127.0.0.1:1/callback?code=1&state=2")

STOPPED = 0.3
"""How many of the magics are stopped on their way."""

# Stop, at a moment inside the magic: a signal that comes a moment later can take ipykernel itself down, and one that
# comes as ipykernel asks whether its output thread is alive makes that look dead up to Python 3.12.
RUN_AND_STOP = """
import signal
def stop(number, frame):
    if frame.f_code.co_name == "_wait_for_tstate_lock":
        signal.setitimer(signal.ITIMER_REAL, 0.001)
    else:
        raise KeyboardInterrupt
def run_and_stop(magic, seconds):
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        get_ipython().run_line_magic(*magic.removeprefix('%').partition(' ')[::2])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
"""

LOGINS = """
import gc
from spotantic_nb.auth._login import Login
gc.collect()
print(len([thing for thing in gc.get_objects() if isinstance(thing, Login) and not thing.done]))
"""
LEFT = """
import asyncio, gc, threading
import ipywidgets
from spotantic_nb._portal import portal
async def tasks():
    await asyncio.sleep(0)
    return [str(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()]
gc.collect()
for thread in threading.enumerate():
    if thread.name == "spotantic-nb-blocking":
        thread.join(30)  # one that has just answered may still be ending
widgets = [thing for thing in gc.get_objects() if isinstance(thing, ipywidgets.Widget) and thing.comm]
threads = [thread.name for thread in threading.enumerate() if "spotantic" in thread.name]
print([portal.run(tasks), widgets, threads])
"""


class Haste:
    """
    Clicks, cells that are run again, Stop, answers and rubbish, drawn by dice, and hardly anything is waited for.

    Args:
        kernel: Whose boxes are played with.
        project: Whose token file somebody else removes now and then.
    """

    def __init__(self, kernel: Kernel, project: Path) -> None:
        self._kernel = kernel
        self._project = project
        self._dice = random.Random(SEED)
        self._cells: list[Cell] = []
        self._acts: dict[Callable[[], None], int] = {
            self._click: 50,
            self._run_a_box_again: 15,
            self._change_the_status: 15,
            self._paste: 8,
            self._follow_a_link: 5,
        }

    def act(self) -> None:
        """Do one thing, and look at what has arrived meanwhile."""
        [act] = self._dice.choices(list(self._acts), list(self._acts.values()))
        act()
        self._kernel.look()
        self._kernel.wait_until(self._has_little_to_do)

    def come_to_rest(self) -> None:
        """Wait for all that was begun."""
        self._kernel.wait_until(lambda: self._has_little_to_do(0))

    def _has_little_to_do(self, most: int = QUEUE) -> bool:
        """Tell whether few cells are left to run."""
        return sum(not cell.is_done for cell in self._cells) <= most

    def _run_a_box_again(self) -> None:
        magic = self._dice.choice(("%spotantic_panel", "%spotantic_login", "%spotantic_login --force"))
        self._run(magic, {"cellId": self._dice.choice(CELLS)})

    def _change_the_status(self) -> None:
        if self._dice.random() < 0.2:
            for file in self._project.glob(".spotantic/*.json"):
                file.unlink(missing_ok=True)
        else:
            self._run(self._dice.choice(("%spotantic_logout", "%spotantic_login client")), {})

    def _run(self, magic: str, metadata: dict[str, str]) -> None:
        if self._dice.random() < STOPPED:
            magic = f"run_and_stop({magic!r}, {self._dice.uniform(0.001, 0.03)})"
        self._cells.append(self._kernel.send(magic, metadata=metadata))

    def _click(self) -> None:
        if box := self._some_box():
            for _ in range(self._dice.choice((1, 1, 2))):
                self._kernel.click(box, self._dice.choice(BUTTONS))

    def _paste(self) -> None:
        if box := self._some_box():
            link = self._link_in(box)
            self._kernel.type(box, self._answer(link) if link else self._dice.choice(RUBBISH))
            self._kernel.click(box, "Submit")

    def _follow_a_link(self) -> None:
        box = self._some_box()
        if box and (link := self._link_in(box)):
            with contextlib.suppress(httpx.HTTPError):  # its login may be over by now
                ScriptedUser().follow(link)

    def _answer(self, link: str) -> str:
        return ScriptedUser().answer(link)

    def _some_box(self) -> str | None:
        boxes = [
            model
            for model, state in self._kernel.models.open.items()
            if "spotantic-box" in state.get("_dom_classes", ())
        ]
        return self._dice.choice(boxes) if boxes else None

    def _link_in(self, box: str) -> str:
        found = re.search('class="spotantic-link" href="([^"]+)"', self._kernel.models.text_of(box))
        return html.unescape(found[1]) if found else ""


def test_a_thousand_hasty_acts_leave_one_login_or_none_and_nothing_else(
    kernel: Kernel, spotify_project: Path, port: int
) -> None:
    kernel.run(RUN_AND_STOP)
    haste = Haste(kernel, spotify_project)
    for _ in range(ACTS):
        haste.act()
    haste.come_to_rest()
    assert "KeyboardInterrupt" in str([cell.reply for cell in kernel.cells.values()])
    assert int(kernel.run(LOGINS).text) <= 1

    assert kernel.run("%unload_ext spotantic_nb").ok
    assert is_free(port)
    assert kernel.run(LEFT).text.strip() == "[[], [], ['spotantic-nb-portal']]"
    assert kernel.models.open == {}
