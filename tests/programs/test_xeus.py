"""xeus-python, a kernel that is not ipykernel: it promises the Jupyter protocol, and nothing of ipykernel's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kernels import Kernel, is_free, start_kernel

from spotantic_nb.sandbox import ScriptedUser


@pytest.fixture
def kernel(spotify_project: Path, environ: dict[str, str]) -> Iterator[Kernel]:
    kernel = start_kernel(spotify_project, environ, name="xpython")
    assert kernel.run("%load_ext spotantic_nb").ok
    yield kernel
    kernel.close()


def test_the_link_is_shown_as_text_and_the_token_is_there_once_it_was_followed(kernel: Kernel) -> None:
    shown = kernel.run("%spotantic_login --no-browser")
    assert shown.ok
    ScriptedUser().follow(kernel.link(shown))
    token = kernel.run("token = %spotantic_token\ntoken")
    assert token.ok
    assert "SecretStr('**********')" in token.text
    kernel.wait_until(lambda: "authorize?" not in shown.text)


def test_an_address_is_asked_for_and_not_shown(kernel: Kernel) -> None:
    addresses: list[str] = []

    def paste() -> None:
        addresses.append(ScriptedUser().answer(kernel.link(cell)))
        kernel.answers.append(addresses[0])

    kernel.on_prompt = paste
    cell = kernel.send("%spotantic_login --paste")
    kernel.wait_until(lambda: cell.is_done)
    assert "Signed in as Ada" in cell.text
    assert addresses[0] not in cell.text


def test_the_panel_is_shown_in_words(kernel: Kernel) -> None:
    panel = kernel.run("%spotantic_panel")
    assert panel.ok
    assert "%spotantic_login pkce" in panel.text


def test_where_nobody_can_be_asked_a_prompt_says_so_in_one_line_and_leaves_no_login_behind(
    kernel: Kernel, port: int
) -> None:
    cell = kernel.run("%spotantic_login --paste", allow_stdin=False)
    assert "Nobody can type an address here." in cell.error
    kernel.run("from spotantic_nb import Session\nSession.current().cancel()")
    assert is_free(port)


def test_log_out_and_tab_work(kernel: Kernel) -> None:
    assert "Signed out." in kernel.run("%spotantic_logout").text
    line = "x = %spotantic_token --he"
    matches = kernel.client.complete(line, len(line), reply=True, timeout=60)["content"]["matches"]
    assert matches == ["--header"]


def test_the_doctor_knows_it_for_a_kernel(kernel: Kernel) -> None:
    cell = kernel.run("report = %spotantic_doctor\nprint(report)")
    assert cell.ok, cell.error
    assert "0 broken" in cell.text
    assert "check-failed" not in cell.text
