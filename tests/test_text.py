"""
Text that is not ours turns no sentence of ours round, ends no line, and paints no terminal; and times and durations.

Whatever of others' text a sentence of this package quotes, it stays one line and keeps its direction.
"""

import asyncio
import html
import re
import subprocess
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from IPython.lib.pretty import pretty
from pydantic import SecretStr

from spotantic_nb import AccessTokenInfo, AuthSettings, Session, SpotanticNbError, Status
from spotantic_nb._choices import warning_about_scopes
from spotantic_nb._exposure import exposures_of, warning_about_git
from spotantic_nb._files import make_private_folder, read_private
from spotantic_nb._text import duration, in_html, in_utc, isolated, local
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import placement
from spotantic_nb.auth._redirect_uri import refuse_bad_redirect_uri, warning_about
from spotantic_nb.auth._token_file import read_tokens
from spotantic_nb.errors import CallbackTimeoutError
from spotantic_nb.notebook._link_note import note
from spotantic_nb.notebook._show import _in_words
from spotantic_nb.notebook._status_html import status_html
from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.sandbox._people import PEOPLE
from spotantic_nb.settings._env_file import write_app

RLO, LRI, FSI, PDI = "\u202e", "\u2066", "\u2068", "\u2069"


@pytest.mark.parametrize(
    "text", ["Ada", "/home/ada/my project/.env", "José", "山田\u3000太郎", "Ада", "👩\u200d💻", "<b>&", r"C:\new", ""]
)
def test_text_from_left_to_right_stays_as_it_is(text: str) -> None:
    assert isolated(text) == text


@pytest.mark.parametrize("text", ["עדה", "سلمى", "می\u200cشود", "Ada ٤", f"{RLO}evil\u202dAda", "Ada\u200f!"])
def test_text_that_can_turn_its_surroundings_is_isolated_and_unchanged(text: str) -> None:
    assert isolated(text) == f"{FSI}{text}{PDI}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
        ("\x1b[31mred\x9b0m", r"\x1b[31mred\x9b0m"),
        ("a\0b", r"a\x00b"),
        ("\u200b", r"\u200b"),
        ("\ufeffAda", r"\ufeffAda"),
        ("caf\udce9", r"caf\udce9"),
    ],
)
def test_what_cannot_be_shown_is_written_out(text: str, shown: str) -> None:
    assert isolated(text) == shown


@pytest.mark.parametrize(
    "marks", [PDI, LRI, FSI, "\u2067", PDI * 3, f"{PDI}{RLO}", f"{LRI}{PDI}", "\u202b\u202b", "\u202c"]
)
def test_no_marks_within_reach_beyond_their_text(marks: str) -> None:
    shown = isolated(f"א{marks}b")
    assert (shown[0], shown[-1]) == (FSI, PDI)
    assert not {"LRI", "RLI", "FSI", "PDI"} & {unicodedata.bidirectional(letter) for letter in shown[1:-1]}


def test_in_html_it_is_isolated_by_an_element_and_nothing_is_markup() -> None:
    sentence = f"Signed in as {isolated('<b>עדה')}, valid until 10:07."
    assert in_html(sentence) == "Signed in as <bdi>&lt;b&gt;עדה</bdi>, valid until 10:07."


ODD = "\u202eodd\x1b[31m\n\u2069עדה"
"""An override of the direction, an escape for terminals, a line break, the end of somebody's isolate, and Hebrew."""

ID = "0123456789abcdef" * 2


def faults_of(sentence: str) -> list[str]:
    """Return the names of what a sentence may not hold: controls anywhere, and outside of an isolate what turns it."""
    faults, depth = [], 0
    for letter in sentence:
        depth += {"FSI": 1, "PDI": -1}.get(unicodedata.bidirectional(letter), 0)
        turns = unicodedata.bidirectional(letter) in {"R", "AL", "RLO", "LRO", "RLE", "LRE"}
        if unicodedata.category(letter) == "Cc" or depth not in {0, 1} or (turns and not depth):
            faults.append(ascii(letter))
    return faults + ["open"] * depth


def text_of(shown: str) -> str:
    """Return HTML as a front-end reads it: an element that isolates does as a pair of marks."""
    isolating = shown.replace("<bdi>", "\u2068").replace("</bdi>", "\u2069")
    return html.unescape(re.sub(r"<[^<>]*>", "", isolating))


def test_the_odd_text_has_all_these_faults() -> None:
    assert len(faults_of(ODD)) >= 5


@pytest.fixture
def odd_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose folder has an odd name, with settings for an odd token file."""
    folder = project / ODD
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def _token(**fields: object) -> AccessTokenInfo:
    reply = {"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "authorized_at": datetime.now(UTC)}
    return AccessTokenInfo.model_validate({**reply, "account": {"id": "1", "name": ODD}, "scope": ODD, **fields})


def _status() -> Status:
    settings = AuthSettings(_env_file=None, client_id=SecretStr(ID), scope="x" + ODD)
    settings._origins["scope"] = f"/{ODD}/.env"
    status = Status.of(settings, _token(), flow="pkce", kept_in=f"/{ODD}/token.json")
    return status.now(waiting=False, message="", notices=())


class TestAStatus:
    @pytest.mark.parametrize("show", [str, pretty])
    def test_as_text(self, show: Callable[[object], str]) -> None:
        lines = show(_status()).split("\n")
        assert len(lines) == len(_status().rows())
        assert [fault for line in lines for fault in faults_of(line)] == []

    def test_as_a_table(self) -> None:
        assert faults_of(text_of(_status()._repr_html_())) == []

    @pytest.mark.parametrize("expires_in", [3600, 0])
    def test_in_one_line(self, expires_in: int) -> None:
        status = Status.of(AuthSettings(), _token(expires_in=expires_in, refresh_token="r"), flow="pkce", kept_in="")
        assert "odd" in status.message
        assert faults_of(status.message) == []

    def test_in_a_box(self) -> None:
        assert faults_of(text_of(status_html(_status(), with_facts=True))) == []

    def test_in_the_output_of_a_cell(self) -> None:
        shown = note(_status().message)
        assert (faults_of(shown["text/plain"]), faults_of(text_of(shown["text/html"]))) == ([], [])

    def test_for_programs_the_name_is_as_spotify_sent_it(self) -> None:
        assert _status().account == ODD


class TestANotice:
    def test_of_whose_login_it_was_before(self, spotify_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(PEOPLE, "ada", replace(PEOPLE["ada"], name=ODD))
        session = Session()
        for name in ("ada", "grace"):
            login = session.login("pkce", scope=["streaming"], switch_user=True, wait=False)
            assert login is not None
            ScriptedUser(name).follow(login.url)
            session.wait_for(login)
        [notice] = [text for text in session.status.notices if "used as" in text]
        assert "odd" in notice
        assert faults_of(notice) == []

    def test_of_scopes_that_are_not_in_the_list(self) -> None:
        assert faults_of(warning_about_scopes(frozenset({ODD, f"streaming{ODD}"}))) == []

    def test_of_scopes_that_are_asked_for_as_well_or_not_granted(self, spotify_project: Path, sandbox: Sandbox) -> None:
        sandbox.knobs.strict_scopes = False  # an unknown scope is ignored
        session = Session()
        for scope in ("streaming", "עדה"):
            login = session.login("pkce", scope=[scope], wait=False)
            assert login is not None
            ScriptedUser().follow(login.url)
            session.wait_for(login)
        said = " ".join(session.status.notices)
        assert "lacks" in said
        assert "did not grant" in said
        assert faults_of(said) == []

    def test_of_what_git_would_take(self, odd_project: Path) -> None:
        subprocess.run(["git", "init", "-q"], check=True)
        token = odd_project / f"{ODD}.json"
        token.touch(mode=0o644)
        token.chmod(0o644)
        assert len(exposures_of(token)) == 2
        assert faults_of(" ".join(exposures_of(token))) == []
        subprocess.run(["git", "add", "."], check=True)
        assert "git tracks" in warning_about_git(token)
        assert faults_of(warning_about_git(token)) == []

    def test_of_a_hyphen_in_the_redirect_uri(self) -> None:
        assert faults_of(warning_about("http://127.0.0.1:8765/call-עדה")) == []

    def test_of_a_setting_that_says_where_the_browser_is(self, odd_project: Path) -> None:
        (odd_project / ".env").write_text("SPOTANTIC_AUTH_BROWSER=elsewhere\n")
        reason = placement(AuthSettings(), {}, ()).reason
        assert "odd" in reason
        assert faults_of(reason) == []


class TestAnError:
    """Each is one line, also with its hint."""

    def test_about_a_setting_that_is_missing(self, odd_project: Path) -> None:
        for env_file in (odd_project / ".env", odd_project):
            self._check(lambda env_file=env_file: AuthSettings(_env_file=env_file).require("client_id"))  # type: ignore[misc]

    @pytest.mark.parametrize("content", [b"SPOTANTIC_AUTH_BROWSER=no\n", b"NAME=\xff\n"])
    def test_about_settings_that_are_malformed(self, odd_project: Path, content: bytes) -> None:
        (odd_project / ".env").write_bytes(content)
        self._check(lambda: AuthSettings(_env_file=odd_project / ".env"))

    def test_about_settings_that_cannot_be_written(self, odd_project: Path) -> None:
        (odd_project / ".env").mkdir()
        self._check(lambda: write_app(odd_project, {"client_id": ID}))
        (odd_project / ".env").rmdir()
        (odd_project / ".env").symlink_to("elsewhere")
        self._check(lambda: write_app(odd_project, {"client_id": ID}))

    def test_about_a_token_file(self, odd_project: Path) -> None:
        link, empty = odd_project / f"{ODD}.json", odd_project / "empty.json"
        self._check(lambda: AccessTokenInfo.load_token(link))
        link.symlink_to("elsewhere")
        empty.touch()
        self._check(lambda: read_private(link))
        self._check(lambda: read_tokens(empty))
        self._check(lambda: AccessTokenInfo.load_token(empty))
        self._check(lambda: make_private_folder(empty, parents=False))

    @pytest.mark.parametrize("uri", ["http://localhost/עדה", "http://example.com/call\nback\u202e"])
    def test_about_a_redirect_uri_that_spotify_would_refuse(self, uri: str) -> None:
        self._check(lambda: refuse_bad_redirect_uri(uri))

    def test_about_an_answer_that_does_not_come_or_leads_elsewhere(self) -> None:
        attempt = AuthorizationAttempt.begin(
            authorize_url="https://a/authorize", client_id=ID, redirect_uri="http://127.0.0.1:8765/עדה", scope="s"
        )

        async def wait() -> None:
            await Login(attempt, timeout=0).result()

        self._check(lambda: attempt.answer("http://127.0.0.1:8765/callback?code=1"))
        with pytest.raises(CallbackTimeoutError) as caught:
            asyncio.run(wait())
        assert faults_of(str(caught.value)) == []

    def _check(self, act: Callable[[], object]) -> None:
        with pytest.raises(SpotanticNbError) as caught:
            act()
        assert faults_of(str(caught.value)) == []


def test_a_panel_in_words(odd_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTANTIC_AUTH_REDIRECT_URI", "http://127.0.0.1:8765/call\u202eback")
    lines = _in_words(Session()).split("\n")
    assert [fault for line in lines for fault in faults_of(line)] == []
    assert any("odd" in line for line in lines)


MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)
ABSURD = ["XXX+25", "AAA24", "AAA-24:59:59", "<+99>-99", "AAA+1000", "absurd", "", ":/etc/passwd", "Berlin,Paris"]
"""As typing errors make them; for the first five, Python has no local time."""


@pytest.fixture(params=ABSURD)
def absurd_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (1, "1 second"),
        (2.9, "2 seconds"),
        (90, "90 seconds"),
        (120, "2 minutes"),
        (5400, "90 minutes"),
        (7200, "2 hours"),
        (86_400, "24 hours"),
        (172_800, "2 days"),
        (15_552_000, "180 days"),
    ],
)
def test_a_duration_has_two_units_at_least(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.usefixtures("absurd_zone")
def test_in_a_zone_that_is_none_a_moment_stays_the_same() -> None:
    assert local(MOMENT) == MOMENT
    assert in_utc(MOMENT) == MOMENT
    assert in_utc(datetime(2026, 11, 24, 12)).tzinfo == UTC  # noqa: DTZ001 - as old token files have it


@pytest.mark.usefixtures("absurd_zone", "spotify_project")
def test_a_login_works_in_a_zone_that_is_none() -> None:
    session = Session()
    login = session.login(wait=False)
    assert login is not None
    ScriptedUser().follow(login.url)
    session.wait_for(login)
    assert session.status.message.startswith("Signed in as Ada")
    assert "Consent ends" in str(session.status)
    assert session.refresh().state == "signed in"
