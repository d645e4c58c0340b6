"""Seeded faults, each found by its name, and healthy projects in which nothing is found."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
from faults import FAULTS, on_a_hub
from worlds import CLIENT_ID, CLIENT_SECRET, NOBODY, World, not_green

from spotantic_nb.doctor import _CHECKS, Shell

TROUBLESHOOTING = Path(__file__).parents[2] / "docs" / "troubleshooting.md"

HEALTHY: list[Callable[[World], None]] = []


@pytest.mark.parametrize("seed", FAULTS)
def test_a_fault_is_found_by_its_name_with_what_to_do(world: World, seed: str) -> None:
    fault = FAULTS[seed]
    mentioned = fault.seed(world) or ""
    report = world.report()
    assert set(not_green(report)) == {fault.name, *fault.also}, str(report)
    [found, *_] = [found for found in report.findings if found.name == fault.name]
    assert found.level == fault.level
    assert fault.mentions in found.fix
    assert mentioned in f"{found.text} {found.fix}"


@pytest.mark.parametrize("name", sorted({fault.name for fault in FAULTS.values()} | {"check-failed"}))
def test_a_finding_has_its_place_in_the_documentation(name: str) -> None:
    assert f"({name})=" in TROUBLESHOOTING.read_text(encoding="utf-8")


def healthy(project: Callable[[World], None]) -> Callable[[World], None]:
    HEALTHY.append(project)
    return project


@healthy
def a_project_on_ones_own_machine(world: World) -> None:
    world.write(CLIENT_SECRET=CLIENT_SECRET)
    world.log_in()
    world.set(DISPLAY=":0")


@healthy
def a_project_on_a_hub(world: World) -> None:
    on_a_hub(world, world.folder / "hub")
    world.write(REDIRECT_URI="https://hub.example/user/ada/lab/extensions/spotantic_nb/callback.html")


@healthy
def a_project_on_a_hub_where_the_answer_is_pasted(world: World) -> None:
    """Nothing is installed beside the server, so there is nothing better to register."""
    world.set(JUPYTERHUB_USER="ada", JUPYTERHUB_SERVICE_PREFIX="/user/ada/")


@healthy
def a_project_on_colab(world: World) -> None:
    """Imitated: its secrets are asked for as Colab's are, and the answer is pasted, as is usual there."""
    secrets = {"SPOTANTIC_AUTH_CLIENT_ID": CLIENT_ID, "SPOTANTIC_AUTH_CLIENT_SECRET": CLIENT_SECRET}
    userdata = ModuleType("google.colab.userdata")
    no = type("SecretNotFoundError", (Exception,), {})

    def get(name: str) -> str:
        if name not in secrets:
            raise no(name)
        return secrets[name]

    userdata.get = get  # type: ignore[attr-defined]
    for name in ("google", "google.colab"):
        world.monkeypatch.setitem(sys.modules, name, ModuleType(name))
    world.monkeypatch.setitem(sys.modules, "google.colab.userdata", userdata)
    world.set(COLAB_RELEASE_TAG="release-colab_20261101")
    world.env_file.unlink()


@healthy
def a_project_in_a_container(world: World) -> None:
    """Started with ``--network=host``, which nobody can see from inside, so it is said."""
    world.set(container="docker")
    world.write(BROWSER="here")


@healthy
def a_project_in_ci(world: World) -> None:
    """Nobody is there: the app and a grant are variables, and the token stays in memory."""
    world.env_file.unlink()
    world.set(
        SPOTANTIC_AUTH_CLIENT_ID=CLIENT_ID,
        SPOTANTIC_AUTH_REFRESH_TOKEN="AQDx",
        SPOTANTIC_AUTH_AUTHORIZED_AT=(datetime.now(UTC) - timedelta(days=2)).isoformat(),
        SPOTANTIC_AUTH_STORE_ACCESS_TOKEN="false",
        container="docker",
        CI="true",
    )
    world.shell = NOBODY


@pytest.mark.parametrize("make", HEALTHY, ids=lambda make: make.__name__)
def test_nothing_is_found_in_a_healthy_project(world: World, make: Callable[[World], None]) -> None:
    make(world)
    report = world.report()
    assert not_green(report) == {}, str(report)
    assert report.exit_status == 0


def test_whether_a_client_secret_is_set_is_told(world: World) -> None:
    assert "a client secret is not set: the pkce flow needs none" in str(world.report())
    world.write(CLIENT_SECRET=CLIENT_SECRET)
    assert "a client secret is set." in str(world.report())


def test_the_front_end_and_its_versions_are_told(world: World) -> None:
    versions = ", ".join(f"{name} {version(name)}" for name in ("ipython", "ipykernel", "ipywidgets"))
    assert f"notebook: A notebook with prompts and widgets; {versions}." in str(world.report())


def test_whose_login_it_is_is_told_without_the_whole_name(world: World) -> None:
    world.log_in()
    assert "login: Signed in as A..., by the flow pkce, with 5 scopes." in str(world.report())


def test_where_the_settings_come_from_is_told(world: World) -> None:
    world.set(SPOTANTIC_AUTH_SCOPE="user-top-read")
    told = f"settings: client_id, redirect_uri from {world.env_file}; scope from the environment."
    assert told in str(world.report())
    world.monkeypatch.delenv("SPOTANTIC_AUTH_SCOPE")
    world.env_file.unlink()
    assert f"settings: None is set, neither in the environment nor in {world.env_file}." in str(world.report())


def test_which_files_were_looked_at_is_told(world: World) -> None:
    assert "files: No secret in .env is exposed." in str(world.report())
    file = world.log_in()
    assert f"files: No secret in .env or {file.name} is exposed." in str(world.report())
    world.env_file.unlink()
    assert "files: None yet." in str(world.report())


def test_whoever_is_logged_in_already_need_not_paste_in_a_container(world: World) -> None:
    world.set(container="docker")
    world.log_in()
    report = world.report()
    assert not_green(report) == {}
    assert "Nobody has to be asked: there is a login, or a portable grant." in str(report)


def test_every_subject_of_a_healthy_project_is_told_of_in_one_line(world: World) -> None:
    names = [found.name for found in world.report().findings]
    assert names == [
        *("settings", "app", "services", "scopes", "redirect-uri", "port", "place"),
        *("files", "disk", "login", "notebook", "network"),
    ]


def test_a_check_that_fails_is_a_finding_itself_and_the_others_are_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("PLANTED")

    monkeypatch.setitem(_CHECKS, "app", fail)  # type: ignore[arg-type]
    report = world.report()
    assert not_green(report) == {"check-failed": "yellow"}
    assert "The check of the app could not be made (ZeroDivisionError)." in str(report)
    assert "PLANTED" not in str(report)
    assert "network" in [found.name for found in report.findings]


def test_nothing_is_sent_unless_it_is_asked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr("spotantic_nb.auth._http.httpx.AsyncClient.stream", lambda *_, **__: sent.append("request"))
    monkeypatch.setattr("socket.socket.connect", lambda *_: sent.append("connection"))
    world.write(CLIENT_SECRET=CLIENT_SECRET)
    assert not_green(world.report()) == {}
    assert sent == []


def test_nothing_is_written(world: World) -> None:
    world.log_in()
    before = {path: (path.stat().st_mtime_ns, path.stat().st_mode) for path in _files(world)}
    world.report()
    assert {path: (path.stat().st_mtime_ns, path.stat().st_mode) for path in _files(world)} == before


def _files(world: World) -> list[object]:
    return sorted(path for path in world.project.rglob("*") if ".git/" not in str(path))


def test_settings_of_the_program_count_in_place_of_the_file(world: World) -> None:
    from pydantic import SecretStr

    from spotantic_nb import AuthSettings, Session
    from spotantic_nb.doctor import examine

    world.write(CLIENT_ID="your-client-id")
    Session.use(Session(AuthSettings(_env_file=None, client_id=SecretStr(CLIENT_ID), store_access_token=False)))
    report = examine(shell=Shell(can_ask=True))
    assert not_green(report) == {}
    assert "The program gave them; no .env is read." in str(report)


def test_the_waiting_login_of_this_kernel_may_have_the_port(world: World) -> None:
    from spotantic_nb import Session
    from spotantic_nb.doctor import examine

    Session.use(None)
    Session.current().login("pkce", wait=False)
    report = examine(shell=world.shell)
    assert not_green(report) == {}
    assert f"listens on port {world.port}" in str(report)


def test_without_a_home_or_a_git_or_a_folder_it_still_reports(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "PATH"):
        monkeypatch.delenv(name)
    world.env_file.unlink()
    (world.project / "gone").mkdir()
    monkeypatch.chdir(world.project / "gone")
    (world.project / "gone").rmdir()
    assert "check-failed" not in not_green(world.report())
