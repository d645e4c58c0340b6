"""What the operating system refuses: every act goes on with the token in memory, and one note says so."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spotantic_nb import Session
from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.settings._project import project_root

SOMEBODY = 12345
"""A user id that nobody has."""


@contextlib.contextmanager
def _as_somebody_else() -> Iterator[None]:
    """Be another user than root, for whom no folder is closed."""
    if os.geteuid():
        yield
        return
    os.seteuid(SOMEBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def ground(sandbox: Sandbox, port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project that every user of this machine may look into."""
    settings = {
        "CLIENT_ID": sandbox.client_id,
        "REDIRECT_URI": f"http://127.0.0.1:{port}/callback",
        "ACCOUNTS_URL": sandbox.accounts_url,
        "API_URL": sandbox.api_url,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"SPOTANTIC_AUTH_{name}", value)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        (project / ".git").mkdir(parents=True)
        Path(folder).chmod(0o755)
        monkeypatch.chdir(project)
        _log_in(Session())  # imports what a login needs, while this user may read it
        yield project
        for closed in (project, project / ".spotantic"):
            with contextlib.suppress(OSError):
                closed.chmod(0o755)


def _log_in(session: Session) -> None:
    login = session.login("pkce", force=True, wait=False)
    assert login is not None
    ScriptedUser().follow(login.url)
    session.wait_for(login)


def _remove(project: Path) -> None:
    for file in (project / ".spotantic").iterdir():
        file.unlink()
    (project / ".spotantic").rmdir()


def _close_the_folder(project: Path) -> None:
    (project / ".spotantic").chmod(0)


def _put_a_file_in_its_place(project: Path) -> None:
    _remove(project)
    (project / ".spotantic").write_text("")


def _put_a_link_to_itself_in_its_place(project: Path) -> None:
    _remove(project)
    (project / ".spotantic").symlink_to(".spotantic")


def _close_the_project(project: Path) -> None:
    project.chmod(0)


def _delete_the_project(project: Path) -> None:
    _remove(project)
    (project / ".git").rmdir()
    project.rmdir()


REFUSALS = [
    _close_the_folder,
    _put_a_file_in_its_place,
    _put_a_link_to_itself_in_its_place,
    _close_the_project,
    _delete_the_project,
]


@pytest.mark.parametrize("refuse", REFUSALS, ids=lambda refuse: refuse.__name__.strip("_"))
def test_every_act_goes_on_in_memory_with_one_note(ground: Path, refuse: Callable[[Path], None]) -> None:
    refuse(ground)
    with _as_somebody_else():
        session = Session()
        assert session.status.state == "signed out"
        _log_in(session)
        assert not session.token(refresh=True).is_expired()
        status = session.status
        assert (status.state, status.kept_in) == ("signed in", "this kernel's memory")
        assert [notice for notice in status.notices if "memory only" in notice] == list(status.notices)
        assert session.logout().state == "signed out"


def test_a_root_is_looked_for_where_nobody_may_look(ground: Path) -> None:
    inner = ground / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0)
    with _as_somebody_else():
        assert project_root(inner) in {inner, ground}
    inner.parent.chmod(0o755)


def test_a_user_without_a_home_has_projects_all_the_same(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    with _as_somebody_else():
        assert project_root(ground) == ground
