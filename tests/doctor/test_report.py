"""How a report looks as text, HTML and JSON, what ``fix`` does, and that no secret is in any of it."""

import json
from pathlib import Path

import pytest
from faults import FAULTS
from worlds import CLIENT_ID, CLIENT_SECRET, World, not_green

from spotantic_nb import ConfigurationError, TokenStoreError
from spotantic_nb.doctor import Finding, Report
from spotantic_nb.doctor._report import report_of

RED = Finding("a-red", "red", "It is <b>broken</b>.", fix="Mend it.")
YELLOW = Finding("a-yellow", "yellow", "It is odd.", fix="Look.")
GREEN = Finding("a-green", "green", "It is well.")


def words_of(report: Report) -> list[str]:
    """Return the report in every form in which anybody may see it."""
    return [str(report), repr(report), report._repr_html_(), report.to_json(), repr(report.findings)]


def test_the_worst_comes_first_and_every_level_is_said_in_words() -> None:
    report = report_of([GREEN, YELLOW, RED], {})
    assert str(report).splitlines() == [
        "Spotify login: 1 broken, 1 to look at, 1 ok.",
        "BROKEN        a-red",
        "              It is <b>broken</b>.",
        "              Fix: Mend it.",
        "LOOK AT THIS  a-yellow",
        "              It is odd.",
        "              Fix: Look.",
        "ok            a-green: It is well.",
    ]
    assert repr(report) == "<Report 1 broken, 1 to look at, 1 ok.>"


def test_as_html_the_levels_are_words_too_and_nothing_foreign_is_markup() -> None:
    shown = report_of([GREEN, YELLOW, RED], {})._repr_html_()
    assert [shown.index(word) for word in (">broken<", ">look at this<", ">ok<")] == sorted(
        shown.index(word) for word in (">broken<", ">look at this<", ">ok<")
    )
    assert "It is &lt;b&gt;broken&lt;/b&gt;." in shown
    assert "color:#fff" in shown  # on a background of its own, in light and in dark


@pytest.mark.parametrize(("findings", "status"), [([GREEN], 0), ([GREEN, YELLOW], 0), ([RED, GREEN], 1)])
def test_the_exit_status_tells_whether_anything_is_broken(findings: list[Finding], status: int) -> None:
    assert report_of(findings, {}).exit_status == status


def test_the_json_names_versions_and_the_front_end_and_writes_the_home_folder_as_a_tilde(world: World) -> None:
    document = json.loads(world.report().to_json())
    assert {"spotantic-nb", "ipython", "ipywidgets"} <= document["packages"].keys()
    assert document["front_end"] == {"name": "A notebook", "prompts": True, "widgets": True}
    [settings] = [found for found in document["findings"] if found["name"] == "settings"]
    assert settings["text"] == "client_id, redirect_uri from ~/project/.env."
    assert str(Path.home()) not in world.report().to_json()


def test_neither_the_name_of_an_account_nor_a_client_id_is_shown_whole(world: World) -> None:
    world.log_in(account="Ada Fjordmark")
    for words in words_of(world.report()):
        assert "Ada" not in words
        assert CLIENT_ID not in words
    assert "Signed in as A...," in str(world.report())


@pytest.mark.parametrize("seed", FAULTS)
def test_no_secret_is_in_any_form_of_a_report(world: World, seed: str) -> None:
    """Whatever else is wrong: in the file, in variables, in the token file, and in the redirect URI's query."""
    world.write(CLIENT_SECRET=CLIENT_SECRET)
    FAULTS[seed].seed(world)
    if world.env_file.is_file() and not world.env_file.is_symlink():
        for name in ("CLIENT_SECRET", "REFRESH_TOKEN", "CALLBACK_TIMEOUT", "CLIENT_SECRETS"):
            world.add_line(f"SPOTANTIC_AUTH_{name}=PLANTED{name}")
        world.add_line("a line of 'PLANTED")
    world.set(
        SPOTANTIC_AUTH_CLIENT_SECRET="PLANTED#1",
        SPOTANTIC_AUTH_REFRESH_TOKEN="PLANTED-2",
        SPOTANTIC_AUTH_REDIRECT_URI=f"http://localhost:{world.port}/callback?key=PLANTED",
        SPOTIPY_CLIENT_SECRET="PLANTED-3",
        SPOTANTIC_AUTH_TOKEN="PLANTED-4",
    )
    for file in world.tokens.glob("*.json") if world.tokens.is_dir() else ():
        if file.is_file():
            file.write_text(file.read_text().replace("AQDx", "PLANTED").replace("BQDx", "PLANTED"))
    for words in words_of(world.report()):
        assert "PLANTED" not in words
        assert CLIENT_SECRET not in words
        assert CLIENT_ID not in words


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:{}/callback?key=PLANTED",
        "http://127.0.0.1:{}/call-back/?key=PLANTED",
        "https://me:PLANTED@app.example/callback",
        "http://me:PLANTED@localhost:{}/callback",
        "http://app.example/callback?key=PLANTED#PLANTED",
    ],
)
def test_neither_the_query_of_a_redirect_uri_nor_a_password_in_it_is_shown(world: World, uri: str) -> None:
    world.write(REDIRECT_URI=uri.format(world.port))
    assert not_green(world.report())
    assert not [words for words in words_of(world.report()) if "PLANTED" in words]


class TestFix:
    """What ``fix`` does, which is also what a button does."""

    @pytest.mark.parametrize(
        "seed",
        [
            "no_gitignore",
            "a_secret_that_others_may_read",
            "a_token_folder_that_git_would_add",
            "a_token_that_others_may_read",
            "an_open_token_folder",
            "the_variables_of_spotipy",
            "bare_names_in_the_file",
        ],
    )
    def test_the_finding_is_gone_afterwards_and_nothing_new_has_come(self, world: World, seed: str) -> None:
        FAULTS[seed].seed(world)
        report = world.report()
        assert report.fix(FAULTS[seed].name)
        assert not_green(world.report()) == {}

    def test_other_lines_of_a_gitignore_are_kept(self, world: World) -> None:
        ignore = world.project / ".gitignore"
        ignore.write_text("build")
        world.report().fix("env-file-not-ignored")
        assert ignore.read_text() == "build\n.env\n"

    def test_a_gitignore_of_another_encoding_is_no_obstacle(self, world: World) -> None:
        ignore = world.project / ".gitignore"
        ignore.write_bytes("für mich".encode("latin-1"))
        world.report().fix("env-file-not-ignored")
        assert ignore.read_bytes() == "für mich\n.env\n".encode("latin-1")

    def test_what_a_person_has_to_do_is_refused(self, world: World) -> None:
        FAULTS["localhost"].seed(world)
        with pytest.raises(ConfigurationError, match="Nothing can be done by itself about redirect-uri-localhost"):
            world.report().fix("redirect-uri-localhost")

    def test_a_file_that_is_gone_meanwhile_is_told_of(self, world: World) -> None:
        FAULTS["a_secret_that_others_may_read"].seed(world)
        report = world.report()
        world.env_file.unlink()
        with pytest.raises(TokenStoreError, match=r"\.env cannot be used"):
            report.fix("env-file-mode")
