"""Wherever in a cell the magics stand: functions, loops, `exec`, threads, `await` cells, captured and verbose ones."""

import re

import pytest
from kernels import NOTEBOOK, Kernel

from spotantic_nb.sandbox import ScriptedUser

MAGIC = "get_ipython().run_line_magic('spotantic_{}', '{}')"
LOG_IN = MAGIC.format("login", "")

CELLS = {
    "a function": f"def log_in():\n    {LOG_IN}\nlog_in()",
    "an indented line": "for _ in range(1):\n    %spotantic_login",
    "exec": f"exec({LOG_IN!r})",
    "an await cell": "import asyncio\nawait asyncio.sleep(0)\n%spotantic_login\nawait asyncio.sleep(0)",
    "a coroutine": f"async def log_in():\n    {LOG_IN}\nawait log_in()",
    "a thread": f"import threading\nthread = threading.Thread(target=lambda: {LOG_IN})\nthread.start(); thread.join()",
    "verbose tracebacks": "%xmode Verbose\n%spotantic_login",
    "no await": "%autoawait off\n%spotantic_login",
    "a captured cell": "%%capture output\n%spotantic_login",
    "a timed cell": "%%time\n%spotantic_login",
}


@pytest.mark.parametrize("code", CELLS.values(), ids=CELLS)
def test_a_login_is_shown_followed_and_waited_for(kernel: Kernel, code: str) -> None:
    login = kernel.run(code)
    assert login.ok, login.error
    if code.startswith("%%capture"):
        login = kernel.run("output.show()")
    link = kernel.link(login)
    wait = kernel.send("token = %spotantic_token")
    kernel.wait_until(lambda: "Waiting for the login" in wait.text)
    ScriptedUser().follow(link)
    kernel.wait_until(lambda: wait.is_done)
    assert wait.ok, wait.error


OUT_OF_SIGHT = {
    "captured": "%%capture\n%spotantic_login",
    "cleared": "%spotantic_login\nfrom IPython.display import clear_output\nclear_output()",
    "begun in Python": "from spotantic_nb import Session; _ = Session.current().login(wait=False)",
}


@pytest.mark.parametrize("magic", ["token", "refresh"])
@pytest.mark.parametrize("code", OUT_OF_SIGHT.values(), ids=OUT_OF_SIGHT)
def test_a_cell_that_waits_shows_the_link_of_a_login_out_of_sight_and_takes_it_away(
    kernel: Kernel, code: str, magic: str
) -> None:
    assert kernel.run(code, metadata=NOTEBOOK).ok
    wait = kernel.send(f"result = %spotantic_{magic}", metadata={"cellId": "another"})
    kernel.wait_until(
        lambda: "authorize?" in wait.text and "paste the address you were sent to" in str(kernel.models.open)
    )
    ScriptedUser().follow(kernel.link(wait))
    kernel.wait_until(lambda: wait.is_done and "authorize?" not in str(wait.outputs))
    assert "authorize?" not in str(kernel.models.open)


def test_a_cell_that_waits_for_its_own_login_shows_it_once(kernel: Kernel) -> None:
    cell = kernel.send("%spotantic_login\ntoken = %spotantic_token", metadata=NOTEBOOK)
    kernel.wait_until(lambda: "Waiting for the login above." in cell.text)
    assert cell.text.count("authorize?") == 1  # that which stands for the box where none is shown
    ScriptedUser().follow(re.findall(r"href='?\"?([^'\"]+authorize[^'\"]+)", kernel.models.text_of(cell.box))[0])
    kernel.wait_until(lambda: cell.is_done)
    assert cell.ok, cell.error


CAPTURED = {
    "a captured cell that waits": ("%spotantic_login", "%%capture\n%spotantic_token"),
    "a captured cell that waits for a captured login": ("%%capture\n%spotantic_login", "%%capture\n%spotantic_token"),
    "a captured cell that waits for its own login": ("", "%%capture\n%spotantic_login\n%spotantic_token"),
}


@pytest.mark.parametrize("metadata", [{}, NOTEBOOK], ids=["console", "notebook"])
@pytest.mark.parametrize("cells", CAPTURED.values(), ids=CAPTURED)
def test_a_captured_cell_that_waits_shows_the_link_all_the_same_and_leaves_none_anywhere(
    kernel: Kernel, cells: tuple[str, str], metadata: dict[str, str]
) -> None:
    login = kernel.run(cells[0], metadata=metadata)
    wait = kernel.send(cells[1], metadata={"cellId": "another"} if metadata else {})
    kernel.wait_until(lambda: "authorize?" in wait.text)
    ScriptedUser().follow(kernel.link(wait))
    kernel.wait_until(lambda: wait.is_done and "authorize?" not in str([login.outputs, wait.outputs]))
    assert wait.ok, wait.error
    if cells[0].startswith("%spotantic_login"):
        kernel.wait_until(lambda: "igned in as" in login.text)


def test_a_captured_cell_that_asks_for_the_address_shows_the_link(kernel: Kernel) -> None:
    login = kernel.send("%%capture\n%spotantic_login --paste", metadata=NOTEBOOK)
    kernel.on_prompt = lambda: kernel.answers.append(ScriptedUser().answer(kernel.link(login)))
    kernel.wait_until(lambda: login.is_done and "authorize?" not in str(login.outputs))
    assert login.ok, login.error


WAITING_CELLS = {
    "a function": "def use():\n    return {}\nuse()",
    "a comprehension": "[{} for _ in range(1)]",
    "an await cell": "import asyncio\nawait asyncio.sleep(0)\n{}",
    "a coroutine": "async def use():\n    return {}\nawait use()",
}


@pytest.mark.parametrize("code", WAITING_CELLS.values(), ids=WAITING_CELLS)
def test_stop_ends_a_wait_anywhere_and_leaves_kernel_and_login_as_they_were(kernel: Kernel, code: str) -> None:
    login = kernel.run("%spotantic_login")
    wait = kernel.send(code.format(MAGIC.format("token", "")))
    kernel.wait_until(lambda: "Waiting for the login" in wait.text)
    kernel.interrupt()
    kernel.wait_until(lambda: wait.is_done)
    assert wait.reply is not None
    assert wait.reply["ename"] == ("CancelledError" if "await" in code else "KeyboardInterrupt")
    ScriptedUser().follow(kernel.link(login))
    assert kernel.run("%spotantic_token").ok


@pytest.mark.parametrize(
    "code", ["%spotantic_login --paste", "import asyncio\nawait asyncio.sleep(0)\n%spotantic_login --paste"]
)
def test_stop_ends_a_prompt_anywhere(kernel: Kernel, code: str) -> None:
    login = kernel.send(code)
    kernel.on_prompt = kernel.interrupt
    kernel.answers = [""] * 100
    kernel.wait_until(lambda: login.is_done)
    assert login.reply is not None
    assert login.reply["ename"] in {"CancelledError", "KeyboardInterrupt"}
    assert kernel.value("6 * 7") == "42"


ON_A_HUB = "import os; os.environ['JUPYTERHUB_USER'] = 'ada'"


def test_a_cell_that_waits_where_no_browser_comes_asks_for_the_address(kernel: Kernel) -> None:
    kernel.run(ON_A_HUB)
    login = kernel.run("%spotantic_login", metadata=NOTEBOOK)
    kernel.answers = [ScriptedUser().answer(kernel.link(login))]
    wait = kernel.run("token = %spotantic_token", metadata={"cellId": "another"})
    assert wait.ok, wait.error
    assert "Copy its whole address and paste it here." in wait.text
    assert "Stop this cell" not in wait.text


def test_stop_at_its_prompt_leaves_the_login_to_the_box(kernel: Kernel) -> None:
    kernel.run(ON_A_HUB)
    login = kernel.run("%spotantic_login", metadata=NOTEBOOK)
    wait = kernel.send("token = %spotantic_token", metadata={"cellId": "another"})
    kernel.on_prompt = kernel.interrupt
    kernel.answers = [""] * 100
    kernel.wait_until(lambda: wait.is_done)
    assert wait.reply is not None
    assert wait.reply["ename"] == "KeyboardInterrupt"
    kernel.on_prompt = lambda: None
    kernel.type(login.box, ScriptedUser().answer(kernel.link(login)))
    assert kernel.run("%spotantic_token").ok


def test_a_thread_asks_as_long_as_its_cell_runs(kernel: Kernel) -> None:
    paste = MAGIC.format("login", "--paste")
    login = kernel.send(f"import threading\nt = threading.Thread(target=lambda: {paste})\nt.start(); t.join()")
    kernel.on_prompt = lambda: kernel.answers.append(ScriptedUser().answer(kernel.link(login)))
    kernel.wait_until(lambda: login.is_done)
    assert "Signed in as Ada" in login.text


def test_a_thread_whose_cell_is_over_is_refused_and_holds_nothing_up(kernel: Kernel) -> None:
    """Its prompt would stand at the terminal of whoever started Jupyter, or wait for ever."""
    cell = kernel.run(
        "import getpass, threading\n"
        "def ask_later():\n"
        "    while getpass.getpass.__module__ != 'getpass': pass\n"
        f"    try: {MAGIC.format('login', '--paste')}\n"
        "    except Exception as error: print(error)\n"
        "threading.Thread(target=ask_later, daemon=True).start()"
    )
    kernel.wait_until(lambda: "Nobody can type an address here." in cell.text)
    assert kernel.prompts == []
    assert kernel.value("6 * 7") == "42"


def test_verbose_tracebacks_of_our_own_errors_are_one_line(kernel: Kernel) -> None:
    kernel.run("%xmode Verbose")
    assert len(kernel.run("%spotantic_token").error.splitlines()) == 1


POOL = """
import multiprocessing, warnings
from spotantic_nb import Session

def fingerprint():
    return Session.current().token().fingerprint

warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 advises against a fork in a process with threads
pool = multiprocessing.get_context("fork").Pool(2)
"""


def test_a_pool_that_is_forked_while_a_login_waits_is_told_so_and_finds_the_token_later(kernel: Kernel) -> None:
    login = kernel.run("%spotantic_login")
    assert kernel.run(POOL).ok
    assert kernel.run("pool.apply_async(fingerprint).get(20)").error.startswith("NotLoggedInError")
    ScriptedUser().follow(kernel.link(login))
    assert kernel.run("mine = fingerprint()").ok
    assert kernel.value("pool.apply_async(fingerprint).get(20) == mine") == "True"
    assert kernel.run("pool.terminate()").ok
