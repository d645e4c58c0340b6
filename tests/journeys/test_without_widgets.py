"""What stands in the place of a box that a front-end does not show: the link as long as the login waits, no longer."""

from typing import Any

import pytest
from kernels import NOTEBOOK, Cell, Kernel, link_in

from spotantic_nb.sandbox import ScriptedUser

VIEW = "application/vnd.jupyter.widget-view+json"
TEXTS = ("text/plain", "text/html")
VSCODE = {"cellId": "vscode-notebook-cell:/home/ada/a.ipynb#W0sZmlsZQ%3D%3D"}
ANOTHER = {"cellId": "another cell"}


@pytest.fixture
def login(kernel: Kernel) -> Cell:
    """A cell that shows a login."""
    return kernel.run("%spotantic_login", metadata=NOTEBOOK)


def shown(cell: Cell) -> list[dict[str, Any]]:
    """Return what a cell shows now, by its mime types."""
    return [output["data"] for output in cell.outputs if "data" in output]


def keeps_nothing(cell: Cell) -> bool:
    """Tell whether nothing of a login is left in a cell: its state is in every part of its link."""
    return not any(trace in str(cell.outputs) for trace in ("authorize?", "state=", "code_challenge", "onclick"))


def test_as_text_and_as_html_it_is_the_link_and_what_to_do_with_it(login: Cell) -> None:
    [data] = shown(login)
    assert VIEW in data
    assert [text for text in TEXTS if "%spotantic_login --paste" not in data[text]] == []
    assert f'href="{link_in(data["text/plain"]).replace("&", "&amp;")}"' in data["text/html"]
    assert "onclick" not in data["text/html"]


def test_its_link_finishes_the_login_and_is_gone_afterwards(kernel: Kernel, login: Cell) -> None:
    ScriptedUser().follow(kernel.link(login))
    kernel.wait_until(lambda: "signed in as Ada Fjordmark" in login.text)
    [data] = shown(login)
    assert keeps_nothing(login)
    assert VIEW in data
    assert "signed in as Ada Fjordmark" in data["text/html"]


def test_while_the_login_waits_nothing_is_displayed_anew(kernel: Kernel, login: Cell) -> None:
    kernel.type(login.box, "rubbish")
    kernel.click(login.box, "Submit")
    kernel.wait_until(lambda: "That is not" in kernel.models.text_of(login.box))
    kernel.click(login.box, "Submit")
    assert login.updates == 0


@pytest.mark.parametrize(
    "end",
    [
        "spotantic_nb.Session.current().cancel()",
        "%spotantic_login",
        "%spotantic_logout",
        "%spotantic_sandbox on",
        "spotantic_nb.Session.use(spotantic_nb.Session()).login(wait=False)",
        "%unload_ext spotantic_nb",
    ],
)
def test_however_the_login_ends_nothing_of_it_is_left(kernel: Kernel, login: Cell, end: str) -> None:
    kernel.run("import spotantic_nb; pending = spotantic_nb.Session.current().pending_login")
    kernel.run(end, metadata=ANOTHER)
    kernel.run("pending.cancel()", metadata=ANOTHER)
    kernel.wait_until(lambda: keeps_nothing(login))


def test_nothing_is_left_once_nobody_has_answered_in_time(kernel: Kernel) -> None:
    login = kernel.run("%spotantic_login --timeout 0.1", metadata=NOTEBOOK)
    kernel.wait_until(lambda: keeps_nothing(login))


def test_a_panel_beside_a_login_holds_its_link_too_and_drops_it(kernel: Kernel, login: Cell) -> None:
    panel = kernel.run("%spotantic_panel", metadata=ANOTHER)
    ScriptedUser().follow(link_in(panel.text))
    kernel.wait_until(lambda: keeps_nothing(panel) and keeps_nothing(login))


class TestVSCode:
    """Without its renderers extension, an output that holds a widget stays blank there: the texts in it as well."""

    def test_the_link_has_an_output_of_its_own(self, kernel: Kernel) -> None:
        note, box = shown(kernel.run("%spotantic_login", metadata=VSCODE))
        assert (VIEW in note, VIEW in box) == (False, True)
        assert [text for text in TEXTS if "ms-toolsai.jupyter-renderers" not in note[text]] == []

    def test_that_output_says_how_the_login_ended(self, kernel: Kernel) -> None:
        cell = kernel.run("%spotantic_login", metadata=VSCODE)
        ScriptedUser().follow(link_in(shown(cell)[0]["text/plain"]))
        kernel.wait_until(lambda: "Signed in as Ada" in shown(cell)[0]["text/html"] and keeps_nothing(cell))

    def test_elsewhere_there_is_the_box_alone(self, login: Cell) -> None:
        assert len(shown(login)) == 1
