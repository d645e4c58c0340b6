"""A kernel whose front-end shows no widgets, or that has none to show: everything is text, and nothing hangs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from kernels import NOTEBOOK, Kernel

from spotantic_nb.sandbox import ScriptedUser

WIDGET = "application/vnd.jupyter.widget-view+json"
WAITING = "Waiting for the login. Stop this cell to paste the address instead."


def has_widgets(kernel: Kernel) -> bool:
    return WIDGET in json.dumps([cell.outputs for cell in kernel.cells.values()])


@pytest.fixture(params=["no cell id", "no ipywidgets"])
def metadata(request: pytest.FixtureRequest, kernel: Kernel) -> dict[str, str]:
    """What the front-end says of a cell: a console says nothing; a notebook does, in a kernel without ipywidgets."""
    if request.param == "no cell id":
        return {}
    assert kernel.run("import sys; sys.modules['ipywidgets'] = None").ok
    return NOTEBOOK


def test_without_widgets_the_link_is_text_until_the_login_is_over(kernel: Kernel, metadata: dict[str, str]) -> None:
    login = kernel.run("%spotantic_login", metadata=metadata)
    assert login.ok, login.error
    assert "%spotantic_login --paste" in login.text
    ScriptedUser().follow(kernel.link(login))
    kernel.wait_until(lambda: "Signed in as Ada" in login.text)
    assert "authorize?" not in str(login.outputs)
    assert not has_widgets(kernel)


def test_without_widgets_a_pasted_address_is_taken(kernel: Kernel, metadata: dict[str, str]) -> None:
    login = kernel.send("%spotantic_login --paste", metadata=metadata)
    kernel.on_prompt = lambda: kernel.answers.append(ScriptedUser().answer(kernel.link(login)))
    kernel.wait_until(lambda: login.is_done and "no longer needed" in login.text)
    assert "Signed in as Ada" in login.text
    assert "authorize?" not in str(login.outputs)


@pytest.mark.parametrize("magic", ["status", "panel", "logout"])
def test_without_widgets_the_other_magics_are_text(kernel: Kernel, metadata: dict[str, str], magic: str) -> None:
    cell = kernel.run(f"%spotantic_{magic}", metadata=metadata)
    assert cell.ok, cell.error
    assert "igned " in cell.text
    assert not has_widgets(kernel)


@pytest.mark.parametrize("magic", ["token", "refresh"])
def test_a_magic_that_waits_for_the_login_says_so_once(kernel: Kernel, magic: str) -> None:
    login = kernel.run("%spotantic_login")
    wait = kernel.send(f"result = %spotantic_{magic}")
    kernel.wait_until(lambda: WAITING in wait.text)
    ScriptedUser().follow(kernel.link(login))
    kernel.wait_until(lambda: wait.is_done)
    assert wait.ok, wait.error
    assert wait.text.count("Waiting") == 1


def test_a_token_that_is_there_is_returned_without_a_word(kernel: Kernel) -> None:
    login = kernel.run("%spotantic_login")
    ScriptedUser().follow(kernel.link(login))
    kernel.wait_until(lambda: "Signed in as Ada" in login.text)
    for _ in range(2):
        assert kernel.run("token = %spotantic_token").outputs == []


def test_stop_at_the_prompt_leaves_the_login_to_its_listener(kernel: Kernel) -> None:
    login = kernel.send("%spotantic_login --paste")
    kernel.on_prompt = lambda: (kernel.interrupt(), kernel.answers.append("late"))
    kernel.wait_until(lambda: login.is_done)
    assert login.reply is not None
    assert login.reply["ename"] == "KeyboardInterrupt"
    ScriptedUser().follow(kernel.link(login))
    assert kernel.run("%spotantic_token").ok


def test_stop_at_the_prompt_ends_a_login_that_nothing_else_can_answer(kernel: Kernel, port: int) -> None:
    kernel.run(f"import socket; taken = socket.create_server(('127.0.0.1', {port}))")
    login = kernel.send("%spotantic_login")
    kernel.on_prompt = lambda: (kernel.interrupt(), kernel.answers.append("late"))
    kernel.wait_until(lambda: login.is_done)
    assert "AuthorizationError: The login was cancelled." in kernel.run("%spotantic_token").error


def test_a_session_in_a_cell_that_nobody_attends_is_refused_before_the_link(kernel: Kernel, port: int) -> None:
    kernel.run(f"import socket; taken = socket.create_server(('127.0.0.1', {port}))")
    cell = kernel.run("__import__('spotantic_nb').Session.current().login('pkce')", allow_stdin=False)
    assert f"LoopbackUnavailableError: 127.0.0.1:{port} cannot be listened on" in cell.error
    assert len(cell.error.splitlines()) == 1
    assert "authorize?" not in cell.text


def test_a_package_that_is_imported_before_the_first_cell_asks_in_the_notebook_all_the_same(
    new_kernel: Callable[[], Kernel], environ: dict[str, str]
) -> None:
    """A kernel lends Python its own prompt only while a cell runs."""
    startup = Path(environ["IPYTHONDIR"]) / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-spotify.py").write_text("import spotantic_nb.auth._prompt")
    kernel = new_kernel()
    assert kernel.value("'spotantic_nb.auth._prompt' in __import__('sys').modules") == "True"
    login = kernel.send("%spotantic_login --paste")
    kernel.on_prompt = lambda: kernel.answers.append(ScriptedUser().answer(kernel.link(login)))
    kernel.wait_until(lambda: login.is_done)
    assert login.ok, login.error
