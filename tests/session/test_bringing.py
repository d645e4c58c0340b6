"""Logins brought along from spotipy, spotantic and tekore: their files, as they write them, and the sandbox."""

import json
import logging
import os
import re
from itertools import product
from pathlib import Path

import pytest
from other_programs import FILES, LOG_IN, SCOPE, At, refresh_of_theirs
from sessions import begin, log_in
from spotipy.cache_handler import CacheFileHandler
from spotipy.oauth2 import SpotifyClientCredentials

from spotantic_nb import (
    AccountsUnreachableError,
    ConfigurationError,
    InvalidClientError,
    InvalidGrantError,
    Session,
    TokenStoreError,
)
from spotantic_nb.sandbox import Sandbox
from spotantic_nb.sandbox._people import PEOPLE


def token_requests(sandbox: Sandbox) -> list[str]:
    return [request.form.get("grant_type", "") for request in sandbox.requests if request.path == "/api/token"]


def refresh_token_in(file: Path) -> str:
    found = re.search(r'"refresh_token": ?"([^"]+)"|SPOTIFY_USER_REFRESH = (\S+)', file.read_text())
    assert found is not None
    return found[1] or found[2]


def state_of(file: Path) -> tuple[bytes, int, int]:
    status = file.stat()
    return file.read_bytes(), status.st_mtime_ns, status.st_mode


def without_secret(env_file: Path) -> None:
    lines = env_file.read_text().splitlines(keepends=True)
    env_file.write_text("".join(line for line in lines if "CLIENT_SECRET" not in line))


@pytest.fixture
def cache(sandbox: Sandbox, project: Path) -> Path:
    """Ada's login in a file of spotipy, by PKCE."""
    file = project / ".cache"
    LOG_IN["spotipy"](At(sandbox, "pkce"), file)
    return file


@pytest.fixture(params=product(LOG_IN, ["pkce", "code"], ["keep", "rotate"]), ids="-".join)
def at_each(request: pytest.FixtureRequest, sandbox: Sandbox, env_file: Path) -> tuple[str, At]:
    """A program, and where it logs in: each flow, with refresh tokens that stay or rotate."""
    program, flow, sandbox.knobs.refresh_policy = request.param
    if flow == "pkce":
        without_secret(env_file)
    return program, At(sandbox, flow)


def test_a_login_of_another_program_is_brought_along_by_one_refresh(
    at_each: tuple[str, At], session: Session, project: Path
) -> None:
    program, at = at_each
    rotates = at.sandbox.knobs.refresh_policy == "rotate"
    file = project / FILES[program]
    LOG_IN[program](at, file)
    before, theirs, asked = state_of(file), refresh_token_in(file), len(token_requests(at.sandbox))

    status = session.bring(file)

    assert token_requests(at.sandbox)[asked:] == ["refresh_token"]
    assert state_of(file) == before
    assert status.message == f"Brought along from {file.name} of {program}: signed in as Ada Fjordmark."
    assert (status.state, status.flow, " ".join(status.granted)) == ("signed in", at.flow, SCOPE)
    assert any("has to log in again" in notice for notice in status.notices) == rotates
    assert refresh_of_theirs(at, theirs) == ("invalid_grant" if rotates else "fine")

    later = Session()  # as another kernel of the project
    assert later.status.account == "Ada Fjordmark"
    assert later.token() == session.token()
    assert later.refresh().state == "signed in"
    assert (Path(status.kept_in).stat().st_mode & 0o777) == 0o600


def test_no_secret_is_logged_or_shown(session: Session, cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    status, theirs = session.bring(cache), json.loads(cache.read_text())
    told = f"{caplog.text}{status}{status!r}{session.sources_nearby()}{session.token()!r}"
    assert caplog.records
    for secret in (theirs["refresh_token"], theirs["access_token"], session.token().access_token.get_secret_value()):
        assert secret not in told


def test_nobody_knows_when_the_consent_was_given(session: Session, cache: Path) -> None:
    status = session.bring(cache)
    assert session.token().authorized_at is None
    assert status.consent_ends_at is None
    assert dict(status.facts())["Consent ends"] == "unknown"
    assert "AUTHORIZED_AT" not in str(session.export_grant())


def test_the_scopes_are_those_of_the_reply_and_what_is_lacking_is_said(session: Session, cache: Path) -> None:
    cache.write_text(json.dumps(json.loads(cache.read_text()) | {"scope": "streaming"}))
    status = session.bring(cache)
    assert " ".join(status.granted) == SCOPE
    lacking = " ".join(status.missing)
    assert f"This login lacks {lacking}: %spotantic_login code asks for that as well." in status.notices


def test_the_settings_decide_about_the_flow_unless_one_is_named(session: Session, cache: Path) -> None:
    assert session.bring(cache).flow == "code"
    session.logout()
    assert session.bring(cache, flow="pkce").flow == "pkce"


def test_a_file_that_is_brought_again_is_not_proved_again(session: Session, cache: Path, sandbox: Sandbox) -> None:
    session.bring(cache)
    asked = len(token_requests(sandbox))
    assert "Brought along" in Session().bring(cache).message
    assert len(token_requests(sandbox)) == asked


def test_a_login_whose_consent_had_ended_is_proved_anew(session: Session, cache: Path, sandbox: Sandbox) -> None:
    session.bring(cache)
    sandbox.revoke_consent("ada")
    with pytest.raises(InvalidGrantError):
        session.refresh()
    asked = len(token_requests(sandbox))
    with pytest.raises(InvalidGrantError, match=r"does not take the refresh token in \.cache"):
        session.bring(cache)
    assert len(token_requests(sandbox)) == asked + 1
    assert session.status.state == "log in again"


def test_a_path_may_be_relative_and_begin_at_home(session: Session, cache: Path) -> None:
    assert session.bring(".cache").state == "signed in"
    assert session.bring("~/project/.cache").state == "signed in"


def test_another_person_than_before_is_named(session: Session, sandbox: Sandbox, project: Path) -> None:
    log_in(session)
    other = next(person for person in PEOPLE if person != "ada")
    LOG_IN["spotipy"](At(sandbox, "pkce", user=other), project / ".cache")
    status = session.bring(project / ".cache", flow="pkce")
    assert any("was used as Ada Fjordmark before" in notice for notice in status.notices)


def test_a_login_that_waits_is_replaced(session: Session, cache: Path) -> None:
    login = begin(session)
    session.bring(cache)
    assert login.done
    assert session.pending_login is None


def test_a_file_that_is_none_leaves_a_login_waiting(session: Session, project: Path) -> None:
    login = begin(session)
    with pytest.raises(TokenStoreError):
        session.bring(project)
    assert session.pending_login is login
    session.cancel()


def test_a_file_that_others_may_read_and_git_would_add_is_told_of(session: Session, cache: Path) -> None:
    os.system(f"git init -q {cache.parent}")
    cache.chmod(0o644)
    before = state_of(cache)
    notices = " ".join(session.bring(cache).notices)
    assert f"may read {cache} (mode 644): close it with chmod 600 {cache}, or remove it." in notices
    assert "git would add" in notices
    assert state_of(cache) == before


class TestRefused:
    def test_another_apps_login_is_said_to_be_perhaps_one(
        self, session: Session, sandbox: Sandbox, env_file: Path, cache: Path
    ) -> None:
        sandbox.register_app(client_id="b" * 32, client_secret="c" * 32, redirect_uris=["http://127.0.0.1/callback"])
        theirs = env_file.read_text().replace(sandbox.client_id, "b" * 32).replace(sandbox.client_secret, "c" * 32)
        env_file.write_text(theirs)
        with pytest.raises(InvalidGrantError, match=r"perhaps of another app\. Compare SPOTANTIC_AUTH_CLIENT_ID"):
            session.bring(cache)
        assert session.status.state == "signed out"

    @pytest.mark.rule(20)
    def test_tekores_file_of_another_app_is_refused_before_anything_is_sent(
        self, session: Session, sandbox: Sandbox, project: Path
    ) -> None:
        file = project / "tekore.cfg"
        LOG_IN["tekore"](At(sandbox, "code"), file)
        file.write_text(file.read_text().replace(sandbox.client_id, "b" * 32))
        asked = len(sandbox.requests)
        with pytest.raises(ConfigurationError, match="belongs to another app: its SPOTIFY_CLIENT_ID differs"):
            session.bring(file)
        assert len(sandbox.requests) == asked

    def test_tekores_own_app_is_not_said_to_be_another_one(
        self, session: Session, sandbox: Sandbox, project: Path
    ) -> None:
        file = project / "tekore.cfg"
        LOG_IN["tekore"](At(sandbox, "code"), file)
        sandbox.revoke_consent("ada")
        with pytest.raises(InvalidGrantError) as caught:
            session.bring(file)
        assert "another app" not in str(caught.value)

    def test_a_refusal_keeps_the_login_that_was_there(self, session: Session, sandbox: Sandbox, project: Path) -> None:
        log_in(session)
        held, file = session.token(), project / ".cache"
        other = next(person for person in PEOPLE if person != "ada")
        LOG_IN["spotipy"](At(sandbox, "pkce", user=other), file)
        sandbox.revoke_consent(other)
        with pytest.raises(InvalidGrantError, match="The login that was here is kept"):
            session.bring(file, flow="pkce")
        assert session.token() == held
        assert Session().token() == held

    def test_a_service_that_is_out_of_order_keeps_it_too(self, session: Session, sandbox: Sandbox, cache: Path) -> None:
        log_in(session)
        held = session.token()
        sandbox.knobs.token_fault = "503_text"
        with pytest.raises(AccountsUnreachableError):
            session.bring(cache, flow="pkce")
        assert session.token() == held

    def test_a_secret_that_is_lacking_is_asked_for(
        self, session: Session, sandbox: Sandbox, env_file: Path, project: Path
    ) -> None:
        without_secret(env_file)
        LOG_IN["spotipy"](At(sandbox, "code"), project / ".cache")
        with pytest.raises(InvalidClientError, match="set SPOTANTIC_AUTH_CLIENT_SECRET"):
            session.bring(project / ".cache")

    @pytest.mark.parametrize("program", LOG_IN)
    def test_a_project_without_an_app_is_told_which_one_it_is(
        self, program: str, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        names = {"spotipy": "SPOTIPY_CLIENT_ID", "tekore": "SPOTIFY_CLIENT_ID", "spotantic": "SPOTANTIC_AUTH_CLIENT_ID"}
        file = tmp_path / "file"
        LOG_IN[program](At(sandbox, "pkce"), file)
        with pytest.raises(ConfigurationError, match=f"No app is set up.* which {program} has as {names[program]}"):
            Session().bring(file)

    def test_the_flow_of_an_app_is_no_persons(self, session: Session, cache: Path) -> None:
        with pytest.raises(ConfigurationError, match="client is the flow without a person"):
            session.bring(cache, flow="client")

    def test_an_apps_own_token_is_no_login(self, session: Session, sandbox: Sandbox, project: Path) -> None:
        file = project / ".cache"
        app = SpotifyClientCredentials(
            sandbox.client_id, sandbox.client_secret, cache_handler=CacheFileHandler(cache_path=str(file))
        )
        app.OAUTH_TOKEN_URL = f"{sandbox.accounts_url}/api/token"
        with app._session:
            app.get_access_token(as_dict=False, check_cache=False)
        with pytest.raises(TokenStoreError, match="not of a person's login"):
            session.bring(file)


def test_the_files_nearby_are_those_of_the_current_and_the_projects_folder(
    cache: Path, sandbox: Sandbox, env_file: Path
) -> None:
    folder = env_file.parent / "notebooks"
    (folder / "deeper").mkdir(parents=True)
    for place in (folder / ".cache-ada", folder / "deeper" / ".cache", env_file.parent.parent / ".cache"):
        place.write_bytes(cache.read_bytes())
    assert [source.path for source in Session(start=folder).sources_nearby()] == [folder / ".cache-ada", cache]
