"""Whole logins where the ground is bad: what every dependency at its lowest version must stand as well."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kernels import Kernel, link_in

from spotantic_nb.sandbox import ScriptedUser

NO_LOCKS = """
import errno, fcntl, os
def flock(*_):
    raise OSError(errno.{0}, os.strerror(errno.{0}))
fcntl.flock = flock
"""


def log_in_and_out(kernel: Kernel) -> str:
    """Log in, renew the token, and log out; return what the status says while the login lasts."""
    login = kernel.run("%spotantic_login")
    assert login.ok, login.error
    ScriptedUser().follow(link_in(login.text))
    for magic in ("token = %spotantic_token", "%spotantic_refresh"):
        cell = kernel.run(magic)
        assert cell.ok, cell.error
    status = kernel.run("print(get_ipython().run_line_magic('spotantic_status', ''))").text
    assert "Signed in as Ada" in status
    assert kernel.run("%spotantic_logout").ok
    return status


@pytest.mark.skipif(sys.platform == "win32", reason="Windows locks files in another way")
@pytest.mark.parametrize("name", ["ENOSYS", "ENOLCK"])
def test_on_a_disk_without_locks_a_login_works_and_one_note_says_so(
    new_kernel: Callable[..., Kernel], name: str
) -> None:
    status = log_in_and_out(new_kernel(first=NO_LOCKS.format(name)))
    assert status.count("knows no file locks") == 1
    assert f"({name})" in status


def test_an_env_file_of_windows_with_its_mark_at_the_beginning_is_read(
    new_kernel: Callable[..., Kernel], spotify_project: Path
) -> None:
    env_file = spotify_project / ".env"
    env_file.write_text(env_file.read_text().replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    log_in_and_out(new_kernel())
