"""What a kernel does when a page says that it has drawn the link of a login, or lacks its address: no page is there."""

import pytest
from kernels import NOTEBOOK, Cell, Kernel

from spotantic_nb.sandbox import ScriptedUser

DRAWN, WANTED = "spotantic_nb: link drawn", "spotantic_nb: link wanted"
TRACES = ("authorize?", "state=", "code_challenge")


@pytest.fixture
def login(kernel: Kernel) -> Cell:
    return kernel.run("%spotantic_login", metadata=NOTEBOOK)


def raw(kernel: Kernel, box: str) -> str:
    return "".join(str(kernel.models.open[model]) for model in kernel.models.below(box))


def is_in_nothing(kernel: Kernel, cell: Cell, box: str) -> bool:
    """Tell whether nothing that could be saved holds anything of the address."""
    return not any(trace in raw(kernel, box) + str(cell.outputs) for trace in TRACES)


def say(kernel: Kernel, box: str, word: str) -> None:
    """Do what drawn.js does."""
    kernel.type(box, word)
    kernel.type(box, "")


def test_until_a_page_says_so_the_link_stays(kernel: Kernel, login: Cell) -> None:
    kernel.type(login.box, "half an address")
    kernel.value("1")
    assert "authorize?" in login.text
    assert "authorize?" in raw(kernel, login.box)


def test_once_it_is_drawn_nothing_holds_it(kernel: Kernel, login: Cell) -> None:
    box = login.box
    say(kernel, box, DRAWN)
    kernel.wait_until(lambda: is_in_nothing(kernel, login, box))
    assert "Log in to Spotify" in kernel.models.text_of(box)
    assert "Spotify: waiting." in login.text
    kernel.type(box, "rubbish")
    kernel.click(box, "Submit")
    kernel.wait_until(lambda: "That is not" in kernel.models.text_of(box))
    assert is_in_nothing(kernel, login, box)
    assert login.updates == 1


def test_a_page_that_wants_it_is_given_it_and_it_goes_again(kernel: Kernel, login: Cell) -> None:
    box, address = login.box, kernel.link(login)
    say(kernel, box, DRAWN)
    kernel.wait_until(lambda: is_in_nothing(kernel, login, box))
    for _ in range(3):
        say(kernel, box, WANTED)
        kernel.wait_until(lambda: "authorize?" in raw(kernel, box))
        assert address.replace("&", "&amp;") in str(kernel.models.open)
        for _ in range(2):  # by two views
            say(kernel, box, DRAWN)
        kernel.wait_until(lambda: is_in_nothing(kernel, login, box))
    assert login.updates == 1
    ScriptedUser().follow(address)
    kernel.wait_until(lambda: "Signed in as Ada" in kernel.models.text_of(box) and "signed in as Ada" in login.text)


def test_a_panel_s_next_link_is_shown_until_it_is_drawn_too(kernel: Kernel) -> None:
    cell = kernel.run("%spotantic_panel", metadata=NOTEBOOK)
    box = cell.box
    for _ in range(2):
        kernel.click(box, "Log in")
        kernel.wait_until(lambda: "authorize?" in raw(kernel, box))
        say(kernel, box, DRAWN)
        kernel.wait_until(lambda: is_in_nothing(kernel, cell, box))
        kernel.click(box, "Cancel")
        kernel.wait_until(lambda: "cancelled" in kernel.models.text_of(box))


def test_a_word_that_comes_when_no_login_waits_does_nothing(kernel: Kernel, login: Cell) -> None:
    box = login.box
    kernel.click(box, "Cancel")
    kernel.wait_until(lambda: "cancelled" in kernel.models.text_of(box) and "signed out" in login.text)
    shown = kernel.models.text_of(box), login.updates
    for word in (DRAWN, WANTED):
        say(kernel, box, word)
    kernel.value("1")
    assert (kernel.models.text_of(box), login.updates) == shown
