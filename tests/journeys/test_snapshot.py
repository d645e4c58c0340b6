"""One login reads its settings once, its token file hardly ever, and makes one manager."""

from kernels import Kernel

from spotantic_nb.sandbox import ScriptedUser

COUNT = """
from collections import Counter
from spotantic_nb import _files, AuthManagerBase
from spotantic_nb.auth import _token_file
from spotantic_nb.settings import _sources

counts = Counter()

def counted(home, name, what):
    function = getattr(home, name)
    def wrapper(*args, **kwargs):
        counts[what] += 1
        return function(*args, **kwargs)
    setattr(home, name, wrapper)

counted(_sources, "read_env_file", "parses of .env")
counted(_token_file, "read_tokens", "reads of the token file")
counted(AuthManagerBase, "__init__", "managers")
"""


def log_in(kernel: Kernel) -> None:
    login = kernel.run("%spotantic_login --force")
    ScriptedUser().follow(kernel.link(login))
    assert kernel.run("%spotantic_token").ok


def test_a_login_is_one_snapshot_of_settings_and_token(kernel: Kernel) -> None:
    assert kernel.run("open('.env', 'a').close()").ok
    assert kernel.run(COUNT).ok
    log_in(kernel)
    said = kernel.run("print(counts['parses of .env'], counts['managers'], counts['reads of the token file'])").text
    parses, managers, reads = map(int, said.split())
    assert (parses, managers) == (1, 1)
    assert reads <= 2


LOOK = """
import os, sys
from spotantic_nb import Session

is_watched, changes = False, []
EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.chmod", "os.truncate"}

def watch(event, arguments):
    if is_watched and (event in EVENTS or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))):
        changes.append((event, str(arguments[0])))

sys.addaudithook(watch)
manager = Session.current()._async_session._manager
is_watched = True
manager.access_token_info, Session.current().status, manager.store.load(), manager.fresh_token
is_watched = False
print([change for change in changes if "spotantic" in change[1]])
"""


def test_a_look_at_the_token_changes_no_file(kernel: Kernel) -> None:
    log_in(kernel)
    assert kernel.run(LOOK).text.strip() == "[]"
