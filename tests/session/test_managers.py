"""Where the tokens of a project are kept: one place for each accounts service, app and flow."""

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from sessions import log_in

from spotantic_nb import AccessTokenInfo, AuthSettings, NotLoggedInError, Session
from spotantic_nb.sandbox import Sandbox
from spotantic_nb.session._managers import ProjectManagers
from spotantic_nb.settings._project import Project


def test_the_client_flow_is_kept_apart_from_the_persons(session: Session, project: Path) -> None:
    log_in(session)
    session.login("client")
    assert session.status.account is None
    assert len(list(project.glob(".spotantic/*.json"))) == 2


def test_two_apps_of_one_project_share_no_token(session: Session, env_file: Path, sandbox: Sandbox) -> None:
    log_in(session)
    other = "f" * 32
    sandbox.register_app(client_id=other, client_secret="s" * 32, redirect_uris=["http://127.0.0.1/callback"])
    env_file.write_text(env_file.read_text().replace(sandbox.client_id, other))
    with pytest.raises(NotLoggedInError):
        Session().token()


def test_two_projects_share_no_token(session: Session, env_file: Path, tmp_path: Path) -> None:
    log_in(session)
    other = tmp_path / "home" / "other"
    other.mkdir()
    (other / ".env").write_text(env_file.read_text())
    with pytest.raises(NotLoggedInError):
        Session(start=other).token()


def test_store_access_token_false_keeps_the_token_in_memory(env_file: Path, project: Path) -> None:
    with env_file.open("a") as file:
        file.write("SPOTANTIC_AUTH_STORE_ACCESS_TOKEN=false\n")
    session = Session()
    log_in(session)
    assert session.status.kept_in == "this kernel's memory"
    assert not (project / ".spotantic").exists()
    assert session.login("pkce", wait=False) is None


def test_an_explicit_token_file_is_read_from_the_project_root(env_file: Path, project: Path) -> None:
    with env_file.open("a") as file:
        file.write("SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH=private/token.json\n")
    folder = project / "deep"
    folder.mkdir()
    os.chdir(folder)
    log_in(Session())
    assert "access_token" in json.loads((project / "private" / "token.json").read_text())


@pytest.fixture
def shared_path(env_file: Path) -> Path:
    """One token file for every login of the project, as the settings of spotantic's README name it."""
    with env_file.open("a") as file:
        file.write("SPOTANTIC_AUTH_STORE_ACCESS_TOKEN=true\nSPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH=.token_info_cache\n")
    return env_file.with_name(".token_info_cache")


def test_a_new_kernel_knows_the_flow_of_a_token_whatever_its_file_is_called(shared_path: Path) -> None:
    log_in(Session())
    assert shared_path.exists()
    assert Session().status.flow == "pkce"
    assert not Session().token(refresh=True).is_expired()


def test_the_apps_own_token_and_a_persons_live_side_by_side_on_one_path(shared_path: Path) -> None:
    log_in(Session())
    catalogue = Session()
    catalogue.login("client")
    catalogue.refresh()
    assert catalogue.status.account is None
    person = AccessTokenInfo.load_token(shared_path)
    assert (person.account and person.account.name, person.flow) == ("Ada Fjordmark", "pkce")
    assert person.refresh_token is not None


def test_two_apps_live_side_by_side_on_one_path(shared_path: Path, env_file: Path, sandbox: Sandbox) -> None:
    log_in(Session())
    before = AccessTokenInfo.load_token(shared_path)
    other = "f" * 32
    sandbox.register_app(client_id=other, client_secret="s" * 32, redirect_uris=["http://127.0.0.1/callback"])
    env_file.write_text(env_file.read_text().replace(sandbox.client_id, other))
    log_in(Session())
    assert AccessTokenInfo.load_token(shared_path) == before
    Session().logout()
    assert AccessTokenInfo.load_token(shared_path) == before


def test_a_token_file_that_git_would_take_is_said(shared_path: Path, project: Path) -> None:
    (project / ".git").rmdir()
    subprocess.run(["git", "init", "-q"], check=True)
    session = Session()
    log_in(session)
    assert f"git would add {shared_path} to the repository: put .token_info_cache into .gitignore." in (
        session.status.notices
    )


@pytest.fixture
def settings(env_file: Path) -> AuthSettings:
    return AuthSettings(_env_file=env_file)


def token() -> AccessTokenInfo:
    return AccessTokenInfo(
        access_token=SecretStr("PLANTED"),
        token_type="Bearer",
        expires_in=3600,
        expires_at=datetime(2099, 1, 1, tzinfo=UTC),
        scope="user-top-read",
    )


@pytest.mark.rule(14)
async def test_the_token_of_spotify_is_not_taken_for_the_sandboxs(project: Path, settings: AuthSettings) -> None:
    """RFC 9700, 4.4.2: two services, two files."""
    real = settings.model_copy(update={"accounts_url": "https://accounts.spotify.com"})
    places = ProjectManagers(Project(project), None, notify=lambda notice: None)
    places.manager("pkce", real).store.save(token())
    assert places.manager("pkce", settings).access_token_info is None
    assert places.manager("pkce", real).access_token_info == token()


@pytest.mark.rule(18)
def test_each_service_app_and_flow_has_a_file_of_its_own(project: Path, settings: AuthSettings) -> None:
    """RFC 6749, 10.4."""
    spotify = {"accounts_url": "https://accounts.spotify.com"}
    variants = [settings.model_copy(update=change) for change in ({}, spotify, {"client_id": SecretStr("other")})]
    places = ProjectManagers(Project(project), None, notify=lambda notice: None)
    paths = {places.place_of(places.manager(flow, each)) for each in variants for flow in ("pkce", "code", "client")}
    assert len(paths) == 9
    assert not [path for path in paths if Sandbox.client_id in path]
