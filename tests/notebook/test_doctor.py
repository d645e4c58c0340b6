"""What the doctor is told of a front-end, and the buttons that it shows there."""

from dataclasses import replace

import pytest

from spotantic_nb.auth._placement import Placement
from spotantic_nb.notebook._doctor import _abilities
from spotantic_nb.notebook._front_end import Execution, FrontEnd

LAB = FrontEnd(
    is_terminal=False,
    can_ask=True,
    is_voila=False,
    shows_widgets=True,
    execution=Execution(message="message", cell="cell"),
    placement=Placement("here", "It is here."),
)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (LAB, "A notebook"),
        (replace(LAB, is_terminal=True, shows_widgets=False), "IPython in a terminal"),
        (replace(LAB, is_voila=True), "Voila"),
        (replace(LAB, execution=Execution(cell="vscode-notebook-cell:/a")), "VS Code"),
        (replace(LAB, shows_widgets=False), "A console, or a notebook that nobody sees"),
    ],
)
def test_a_front_end_is_called_by_its_name(place: FrontEnd, name: str) -> None:
    assert _abilities(place).name == name


def test_what_it_can_do_is_handed_on() -> None:
    able = _abilities(LAB)
    assert (able.can_ask, able.shows_widgets, able.has_kernel) == (True, True, True)
    able = _abilities(replace(LAB, is_terminal=True, can_ask=False, shows_widgets=False))
    assert (able.can_ask, able.shows_widgets, able.has_kernel) == (False, False, False)
