"""Code in a cell that needs a scope: the person is asked in that cell, which waits."""

import html

import pytest
from kernels import NOTEBOOK, Cell, Kernel

from spotantic_nb.sandbox import Sandbox, ScriptedUser

NEEDED = "playlist-modify-private"

BLOCK = f"""with session.require("{NEEDED}"):
    print("granted:", "{NEEDED}" in session.token().scopes)"""


@pytest.fixture
def signed_in(kernel: Kernel) -> Kernel:
    """A kernel in which Ada has logged in, without the scope."""
    kernel.run("from spotantic_nb import Session\nsession = Session.current()")
    assert kernel.run("login = session.login(wait=False)").ok
    ScriptedUser().follow(kernel.value("login.url"))
    assert kernel.run("session.wait_for(login)").ok
    return kernel


def waiting(kernel: Kernel, cell: Cell) -> str:
    """Return the link in the box of a cell, once the cell waits."""
    kernel.wait_until(lambda: "Waiting for the login above." in cell.text)
    return link_in_box(kernel, cell)


def link_in_box(kernel: Kernel, cell: Cell) -> str:
    """Return the link in the box of a cell, once there is one."""
    kernel.wait_until(lambda: 'class="spotantic-link" href="' in kernel.models.text_of(cell.box))
    return kernel.models.text_of(cell.box).partition('class="spotantic-link" href="')[2].partition('"')[0]


def test_in_a_notebook_the_cell_shows_the_login_box_and_goes_on_after_the_answer(signed_in: Kernel) -> None:
    cell = signed_in.send(BLOCK, metadata=NOTEBOOK)
    link = waiting(signed_in, cell)
    assert NEEDED in link
    ScriptedUser().follow(link)
    signed_in.wait_until(lambda: cell.is_done)
    assert "granted: True" in cell.text
    assert f"This needs {NEEDED}: log in to grant it." in cell.text
    again = signed_in.run(BLOCK, metadata=NOTEBOOK)
    assert again.text.strip() == "granted: True"


def test_stop_leaves_the_login_to_be_answered_and_the_cell_goes_on_when_it_is_run_again(signed_in: Kernel) -> None:
    cell = signed_in.send(BLOCK, metadata=NOTEBOOK)
    link = waiting(signed_in, cell)
    signed_in.interrupt()
    signed_in.wait_until(lambda: cell.is_done)
    assert "granted: True" not in cell.text
    again = signed_in.send(BLOCK, metadata=NOTEBOOK)
    signed_in.wait_until(lambda: "Waiting for the login." in again.text)
    ScriptedUser().follow(link)
    signed_in.wait_until(lambda: again.is_done)
    assert "granted: True" in again.text


def test_a_pasted_address_in_the_box_of_a_stopped_cell_brings_the_scope(signed_in: Kernel) -> None:
    cell = signed_in.send(BLOCK, metadata=NOTEBOOK)
    link = waiting(signed_in, cell)
    signed_in.interrupt()
    signed_in.wait_until(lambda: cell.is_done)
    signed_in.type(cell.box, ScriptedUser().answer(link))
    signed_in.click(cell.box, "Submit")
    assert signed_in.run(BLOCK, metadata=NOTEBOOK).text.strip().endswith("granted: True")


@pytest.mark.parametrize(
    "place",
    [
        "%env SPOTANTIC_AUTH_BROWSER=elsewhere",
        "%env SSH_CONNECTION=there",
        "import socket\ntaken = socket.create_server(('127.0.0.1', int(session.settings.redirect_uri[17:22])))",
    ],
)
def test_where_the_answer_may_not_arrive_by_itself_the_cell_asks_for_the_address(signed_in: Kernel, place: str) -> None:
    assert signed_in.run(place).ok
    cell = signed_in.send(BLOCK, metadata=NOTEBOOK)
    signed_in.on_prompt = lambda: signed_in.answers.append(ScriptedUser().answer(signed_in.link(cell)))
    signed_in.wait_until(lambda: cell.is_done)
    assert "granted: True" in cell.text


BUTTON = f"""
import ipywidgets
def click(_):
    try:
        session.require("{NEEDED}")
    except Exception as error:
        failures.append(type(error).__name__)
failures = []
button = ipywidgets.Button(description="Change")
button.on_click(click)
button
"""


def test_a_button_of_the_persons_own_waits_for_the_answer_of_the_browser(signed_in: Kernel) -> None:
    cell = signed_in.run(BUTTON, metadata=NOTEBOOK)
    signed_in.click(cell.box, "Change")
    link = ""

    def is_there() -> bool:
        nonlocal link
        link = next((text for text in map(str, signed_in.models.open.values()) if "authorize?" in text), "")
        return bool(link)

    signed_in.wait_until(is_there)
    ScriptedUser().follow(html.unescape(link.partition('href="')[2].partition('"')[0]))
    assert signed_in.value(f"'{NEEDED}' in session.token().scopes") == "True"


def test_such_a_button_refuses_at_once_where_the_browser_is_elsewhere(signed_in: Kernel) -> None:
    signed_in.run("%env SPOTANTIC_AUTH_BROWSER=elsewhere")
    cell = signed_in.run(BUTTON, metadata=NOTEBOOK)
    signed_in.click(cell.box, "Change")
    assert signed_in.value("failures") == "['ScopeMissingError']"


def test_another_session_than_the_kernels_own_shows_a_link_of_its_own(signed_in: Kernel) -> None:
    cell = signed_in.send(BLOCK.replace("session", "Session()", 1), metadata=NOTEBOOK)
    ScriptedUser().follow(signed_in.link(cell))
    signed_in.wait_until(lambda: cell.is_done)
    assert cell.ok, cell.error


def test_a_console_shows_the_link_and_waits(signed_in: Kernel) -> None:
    cell = signed_in.send(BLOCK)
    ScriptedUser().follow(signed_in.link(cell))
    signed_in.wait_until(lambda: cell.is_done)
    assert "granted: True" in cell.text


def test_a_kernel_that_never_loaded_the_extension_shows_the_link_and_waits(signed_in: Kernel) -> None:
    signed_in.run("%unload_ext spotantic_nb")
    cell = signed_in.send(BLOCK, metadata=NOTEBOOK)
    ScriptedUser().follow(signed_in.link(cell))
    signed_in.wait_until(lambda: cell.is_done)
    assert "granted: True" in cell.text


@pytest.mark.parametrize("unload", ["", "%unload_ext spotantic_nb"])
def test_a_kernel_that_runs_for_nobody_refuses_at_once_with_the_line_that_helps(
    signed_in: Kernel, sandbox: Sandbox, unload: str
) -> None:
    assert signed_in.run(unload).ok
    before = len(sandbox.requests)
    cell = signed_in.run(BLOCK, allow_stdin=False, metadata=NOTEBOOK)
    assert f"ScopeMissingError: The login lacks {NEEDED}, and nobody is there to be asked." in cell.error
    assert f"%spotantic_login pkce --scope {NEEDED} playlist-read-collaborative" in cell.error
    assert len(sandbox.requests) == before


def test_a_person_who_cancels_sees_a_typed_error_and_keeps_the_token(signed_in: Kernel) -> None:
    cell = signed_in.send(BLOCK, metadata=NOTEBOOK)
    ScriptedUser().follow(waiting(signed_in, cell), decision="cancel")
    signed_in.wait_until(lambda: cell.is_done)
    assert "AuthorizationDeniedError" in cell.error
    assert signed_in.value("session.client().get('me').status_code") == "200"


def test_the_status_names_the_cell_that_asked(signed_in: Kernel) -> None:
    number = signed_in.value("len(In) - 1")
    signed_in.run("def ask():\n    session.require('user-top-read')")
    assert signed_in.run("ask()\nsession.require('user-library-read')").ok
    status = signed_in.run("%spotantic_status").text
    assert f"user-top-read (asked for by In [{int(number) + 1}])" in status
    assert f"user-library-read (asked for by In [{int(number) + 2}])" in status


def test_the_panel_offers_what_is_lacking_and_one_click_grants_it(signed_in: Kernel) -> None:
    panel = signed_in.run("%spotantic_panel", metadata=NOTEBOOK)
    signed_in.run(BLOCK, allow_stdin=False, metadata=NOTEBOOK)
    signed_in.wait_until(lambda: "not granted (asked for by In [" in signed_in.models.text_of(panel.box))
    signed_in.click(panel.box, f"Grant {NEEDED}")
    ScriptedUser().follow(link_in_box(signed_in, panel))
    signed_in.wait_until(lambda: "Signed in as Ada" in signed_in.models.text_of(panel.box))
    assert "granted: True" in signed_in.run(BLOCK).text
    assert "not granted" not in signed_in.models.text_of(panel.box)


def test_another_persons_login_stops_the_clients_of_a_guarded_session(signed_in: Kernel) -> None:
    assert signed_in.run("session.require_account(session.token().account.id)\nclient = session.client()").ok
    assert signed_in.run("%spotantic_login --switch-user", metadata=NOTEBOOK).ok
    ScriptedUser("grace").follow(signed_in.value("session.pending_login.url"))
    error = signed_in.run("client.get('me')").error
    assert "AccountMismatchError: This code must run as the account " in error
    assert "Grace Okonwater" in error
    assert "%spotantic_login --switch-user" in error
