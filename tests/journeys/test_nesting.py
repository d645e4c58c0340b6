"""
Whole stories in real kernels whose event loop was made to nest, by the person or by ``%spotantic_asyncio``.

A cell is lost when it has no reply though one that was sent after it is done: kernels take cells in their order. Which
kernels lose cells under which patch is measured here, and compared with what the package says of them.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from kernels import NOTEBOOK, Cell, Kernel, link_in

from spotantic_nb.sandbox import ScriptedUser

APPLY = {name: f"import {name}; {name}.apply()" for name in ("nest_asyncio", "nest_asyncio2")}
"""What a person runs to patch asyncio."""

TUTORIAL = """
import asyncio
from spotantic_nb import AuthCodePKCEFlowManager, AuthSettings
manager = AuthCodePKCEFlowManager(AuthSettings(scope='user-top-read'))
asyncio.run(manager.authorize())
print(type(manager.access_token_info).__name__)
"""

NewKernel = Callable[..., Kernel]


@pytest.fixture(params=APPLY)
def package(request: pytest.FixtureRequest) -> str:
    """The package that the person patches asyncio with."""
    return str(request.param)


@pytest.fixture(params=["before", "after"])
def patched(new_kernel: NewKernel, package: str, request: pytest.FixtureRequest) -> Kernel:
    """A kernel that was patched before or after the extension was loaded."""
    if request.param == "before":
        return new_kernel(first=APPLY[package])
    kernel = new_kernel()
    assert kernel.run(APPLY[package]).ok
    return kernel


class TestAfterThePersonsOwnPatch:
    def test_run_all_loses_no_cell_and_completes_once_the_link_is_followed(self, patched: Kernel) -> None:
        assert lost_behind_a_login(patched) == 0

    def test_refresh_status_and_logout_do_what_they_say(self, patched: Kernel) -> None:
        log_in(patched)
        expiry = "__import__('spotantic_nb').Session.current().status.expires_at"
        before = patched.value(expiry)
        assert patched.run("%spotantic_refresh").ok
        assert patched.value(expiry) > before
        assert "Ada" in patched.run("%spotantic_status").text
        assert "Signed out." in patched.run("%spotantic_logout").text

    def test_a_cell_that_awaits_gets_the_token(self, patched: Kernel) -> None:
        login = patched.run("%spotantic_login")
        cell = patched.send("from spotantic_nb import Session\nprint(type(await Session.current().atoken()).__name__)")
        ScriptedUser().follow(link_in(login.text))
        patched.wait_until(lambda: cell.is_done)
        assert "AccessTokenInfo" in cell.text

    def test_stop_during_the_wait_ends_it_and_leaves_kernel_and_login_as_they_were(self, patched: Kernel) -> None:
        login = patched.run("%spotantic_login")
        before = int(patched.value(TASKS_OF_THE_PORTAL))
        code = "print('waiting'); token = get_ipython().run_line_magic('spotantic_token', '')"
        wait = patched.send(code)
        patched.wait_until(lambda: "waiting" in wait.text)
        patched.interrupt()
        patched.wait_until(lambda: wait.is_done)
        assert wait.reply is not None
        assert wait.reply["ename"] == "KeyboardInterrupt"
        assert int(patched.value(TASKS_OF_THE_PORTAL)) <= before  # what was loaded for the login is loaded by now
        ScriptedUser().follow(link_in(login.text))
        assert patched.run("%spotantic_token").ok


class TestQueuedCells:
    def test_none_is_lost_without_a_patch(self, kernel: Kernel) -> None:
        assert lost_behind_a_login(kernel) == 0

    def test_none_is_lost_by_our_magics_where_the_persons_own_nesting_loses_them(
        self, kernel: Kernel, package: str, tmp_path: Path
    ) -> None:
        assert kernel.run(APPLY[package]).ok
        assert lost_behind_a_login(kernel) == 0
        loses = is_said_to_lose_cells(kernel)
        assert (lost_behind_nesting(kernel, tmp_path / "gate", loses=loses) > 0) == loses

    def test_none_is_lost_after_the_magic_that_nests(self, kernel: Kernel, tmp_path: Path) -> None:
        assert "works here from now on" in kernel.run("%spotantic_asyncio").text
        assert lost_behind_nesting(kernel, tmp_path / "gate", loses=False) == 0
        assert lost_behind_a_login(kernel) == 0


class TestTheMagicThatNests:
    def test_the_asyncio_run_of_a_tutorial_works_in_a_cell(self, kernel: Kernel) -> None:
        assert kernel.run("%spotantic_asyncio").ok
        cell = kernel.send(TUTORIAL)
        kernel.wait_until(lambda: "authorize?" in cell.text)
        ScriptedUser().follow(link_in(cell.text))
        kernel.wait_until(lambda: cell.is_done)
        assert cell.ok, cell.error
        assert "AccessTokenInfo" in cell.text

    def test_without_it_that_fails_and_awaiting_works(self, kernel: Kernel) -> None:
        assert "cannot be called from a running event loop" in kernel.run(TUTORIAL).text
        cell = kernel.send(TUTORIAL.replace("asyncio.run(manager.authorize())", "await manager.authorize()"))
        kernel.wait_until(lambda: "authorize?" in cell.text)
        ScriptedUser().follow(link_in(cell.text))
        kernel.wait_until(lambda: cell.is_done)
        assert "AccessTokenInfo" in cell.text

    def test_running_it_again_changes_nothing_and_says_so(self, kernel: Kernel) -> None:
        assert kernel.run("%spotantic_asyncio").ok
        assert "works here already" in kernel.run("%spotantic_asyncio").text

    def test_it_stays_when_the_person_applies_another_patch_later(self, kernel: Kernel, tmp_path: Path) -> None:
        assert kernel.run("%spotantic_asyncio").ok
        kernel.run(APPLY["nest_asyncio"])
        assert lost_behind_nesting(kernel, tmp_path / "gate", loses=False) == 0

    def test_after_the_persons_own_patch_it_does_nothing_or_refuses_in_one_line(
        self, kernel: Kernel, package: str
    ) -> None:
        kernel.run(APPLY[package])
        cell = kernel.run("%spotantic_asyncio")
        if is_said_to_lose_cells(kernel):
            assert len(cell.error.splitlines()) == 1
            assert cell.error.startswith(
                f"ConfigurationError: {package} is applied here already, which loses every cell"
            )
            assert "Restart the kernel and run %spotantic_asyncio first" in cell.error
        else:
            assert cell.text.strip() == f"asyncio.run(...) works here already, by {package}; nothing was changed."

    def test_its_help_says_what_it_does(self, kernel: Kernel) -> None:
        reply = kernel.run("%spotantic_asyncio?").reply
        assert reply is not None
        assert "Let script-style asyncio.run(...) work" in str(reply["payload"])


class TestTheWarning:
    def test_it_comes_with_the_extension_once_where_the_patch_loses_cells(
        self, new_kernel: NewKernel, package: str
    ) -> None:
        kernel = new_kernel(first=APPLY[package])
        assert warnings_in(kernel) == is_said_to_lose_cells(kernel)
        kernel.run("%spotantic_login")
        kernel.run("%spotantic_panel", metadata=NOTEBOOK)
        kernel.run("%reload_ext spotantic_nb")
        assert warnings_in(kernel) == is_said_to_lose_cells(kernel)

    @pytest.mark.parametrize("magic", ["%spotantic_login", "%spotantic_panel"])
    def test_it_comes_with_a_login_where_the_patch_came_later(self, kernel: Kernel, package: str, magic: str) -> None:
        kernel.run(APPLY[package])
        assert warnings_in(kernel) == 0
        cell = kernel.run(magic, metadata=NOTEBOOK)
        assert ("Restart the kernel, and use %spotantic_asyncio or await" in cell.text) == is_said_to_lose_cells(kernel)
        kernel.run("%spotantic_login")
        assert warnings_in(kernel) == is_said_to_lose_cells(kernel)


TASKS_OF_THE_PORTAL = (
    "len(__import__('asyncio').all_tasks(__import__('spotantic_nb._portal', fromlist=['_']).portal._loop.running()))"
)


def is_said_to_lose_cells(kernel: Kernel) -> bool:
    """Return what the package says of the kernel as it is patched now."""
    said = kernel.run(
        "import asyncio\nfrom spotantic_nb._nested_asyncio import _ipykernel, _kind, loses_cells\n"
        "print(loses_cells(_kind(asyncio.get_running_loop()), ipykernel=_ipykernel()))"
    )
    return "True" in said.text


def warnings_in(kernel: Kernel) -> int:
    """Return how many of all cells so far show the warning."""
    return sum("loses every cell queued behind one" in cell.text for cell in kernel.cells.values())


def lost_behind_nesting(kernel: Kernel, gate: Path, *, loses: bool) -> int:
    """Return how many of three plain cells are lost that were queued while a cell was inside its own loop."""
    first = kernel.send(
        "import asyncio, pathlib\n"
        "async def main():\n"
        f"    while not pathlib.Path({str(gate)!r}).exists():\n"
        "        await asyncio.sleep(0.01)\n"
        "print('inside'); asyncio.run(main()); print('outside')"
    )
    kernel.wait_until(lambda: "inside" in first.text)
    queued = [kernel.send(f"print({number})") for number in range(3)]
    if loses:
        kernel.wait_until(lambda: "is already entered" in first.text)
    else:
        kernel.ask_control()  # by then the kernel, which listens all the time, has what was sent before
    gate.touch()
    kernel.wait_until(lambda: first.is_done)
    assert "outside" in first.text
    return lost_of(kernel, queued, loses=loses)


def lost_behind_a_login(kernel: Kernel) -> int:
    """Return how many of three plain cells are lost that were queued behind a login and the wait for its token."""
    login, token = kernel.send("%spotantic_login --force"), kernel.send("token = %spotantic_token")
    queued = [kernel.send(f"print({number})") for number in range(3)]
    kernel.wait_until(lambda: login.is_done)
    assert token.reply is None
    ScriptedUser().follow(link_in(login.text))
    kernel.wait_until(lambda: token.is_done)
    assert token.ok, token.error
    return lost_of(kernel, queued, loses=False)


def lost_of(kernel: Kernel, queued: list[Cell], *, loses: bool) -> int:
    """
    Return how many got no reply, by the time that they all would have it.

    Where none should be lost, they are waited for: a cell that arrives while ipykernel 7.0 to 7.3 sends off the reply
    to another may hang it, patched or not (ipython/ipykernel, issue 1554), so nothing is sent meanwhile.
    """
    if loses:
        assert kernel.run("print('later')").ok
    else:
        kernel.wait_until(lambda: all(cell.is_done for cell in queued))
    return sum(cell.reply is None for cell in queued)


def log_in(kernel: Kernel) -> None:
    """Log in by following the link, to the end."""
    ScriptedUser().follow(link_in(kernel.run("%spotantic_login").text))
    assert kernel.run("_token = get_ipython().run_line_magic('spotantic_token', '')").ok
