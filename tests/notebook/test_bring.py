"""``%spotantic_login --bring``: its arguments, what it prints, and where a file is offered."""

import shutil
from pathlib import Path

import pytest
from caches import write_cache
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from spotantic_nb import ConfigurationError, Session, TokenStoreError
from spotantic_nb._portal import portal
from spotantic_nb.notebook import _sandbox_switch
from spotantic_nb.notebook._bring import bring, offers_in_words
from spotantic_nb.notebook._magics import SpotanticMagics, _arguments
from spotantic_nb.notebook._show import show_panel
from spotantic_nb.sandbox import Sandbox


@pytest.fixture
def cache(spotify_project: Path, sandbox: Sandbox) -> Path:
    """Ada's login in a file of spotipy, in the project's folder."""
    file = spotify_project / ".cache"
    write_cache(sandbox, file)
    return file


def run(line: str) -> None:
    bring(_arguments(SpotanticMagics.spotantic_login, line))


def magic(line: str) -> None:
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config)
    shell.register_magics(SpotanticMagics)
    shell.run_line_magic("spotantic_login", line)
    shell.restore_sys_module_state()


def test_a_cell_says_what_was_brought_along_and_the_notes_before(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.chmod(0o644)
    magic("--bring .cache  # of my script")
    *notes, last = capsys.readouterr().out.splitlines()
    assert last == "Brought along from .cache of spotipy: signed in as Ada Fjordmark."
    assert any("(mode 644)" in note for note in notes)
    assert all(note.startswith("Note: ") for note in notes)


@pytest.mark.parametrize("form", ['--bring "{}"', "--bring '{}'"])
def test_a_path_with_a_blank_stands_in_quotes(form: str, cache: Path) -> None:
    (cache.parent / "my files").mkdir()
    shutil.copy(cache, cache.parent / "my files" / ".cache")
    run(form.format("my files/.cache"))
    assert Session.current().status.state == "signed in"


@pytest.mark.usefixtures("cache")
def test_a_flow_beside_it_is_the_one_that_renews() -> None:
    run("pkce --bring .cache")
    assert Session.current().status.flow == "pkce"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("--scope user-top-read", "--scope"),
        ("--paste", "--paste"),
        ("--no-browser", "--no-browser"),
        ("--force", "--force"),
        ("--switch-user", "--switch-user"),
        ("--timeout 5", "--timeout"),
        ("--force --paste", "--paste and --force"),
    ],
)
def test_what_is_about_a_person_cannot_stand_beside_it(options: str, named: str, cache: Path, sandbox: Sandbox) -> None:
    asked = len(sandbox.requests)
    with pytest.raises(ConfigurationError, match=f"{named} cannot stand beside it"):
        run(f"--bring {cache} {options}")
    assert len(sandbox.requests) == asked


def test_an_empty_path_is_a_folder(spotify_project: Path) -> None:
    with pytest.raises(TokenStoreError, match=f"{spotify_project} is a folder"):
        run("--bring ''")


@pytest.mark.rule(14)
def test_what_spotify_gave_never_reaches_the_sandbox_that_was_switched_on(project: Path) -> None:
    (project / ".cache").write_text('{"access_token": "a", "refresh_token": "b", "expires_at": 1}')
    portal.run(_sandbox_switch.switch_on)
    try:
        assert offers_in_words(Session.current().status) == []
        with pytest.raises(ConfigurationError, match="The sandbox is on"):
            run("--bring .cache")
    finally:
        portal.run(_sandbox_switch.switch_off)


def test_a_panel_in_words_offers_the_file_while_nobody_is_logged_in(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_panel(None)
    offer = f'%spotantic_login --bring "{cache}"'
    assert f"{offer}: the login of spotipy, as it is" in capsys.readouterr().out
    run(offer.removeprefix("%spotantic_login "))
    show_panel(None)
    assert offer not in capsys.readouterr().out
