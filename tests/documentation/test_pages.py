"""The built pages hold what the package says of itself, and nothing secret; building them leaves nothing behind."""

import html
import json
import re
from functools import cache
from pathlib import Path

import pytest
from from_the_source import commands_in, help_of
from site_pages import PAGES, SITE, read

import spotantic_nb
from spotantic_nb import AuthSettings, doctor, sandbox
from spotantic_nb.notebook._magics import SpotanticMagics
from spotantic_nb.settings._sources import variable

ROOT = Path(spotantic_nb.__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MAGICS = {name: value for name, value in vars(SpotanticMagics).items() if name.startswith("spotantic_")}

LEFT = {".spotantic", ".token_info_cache", "_build", "jupyter_execute"}
"""What notebooks or a build would leave behind."""

SECRETS = re.compile(r"\b[BA]Q[\w-]{40,}|[?&;](?:code|state)=[\w-]{16,}|code_challenge=")
"""Tokens and codes as Spotify and the sandbox have them, and what a link of a login holds."""


@cache
def words_of(page: str) -> str:
    """Return what can be read on a page, with single blanks."""
    text = re.sub(r"<(script|style)\b.*?</\1>", "", (SITE / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


@pytest.mark.parametrize("page", PAGES)
def test_no_token_code_or_link_of_a_login_is_on_a_page(page: str) -> None:
    assert SECRETS.findall((SITE / page).read_text(encoding="utf-8")) == []


def test_a_token_is_found() -> None:
    assert SECRETS.findall(f"BQ{'x' * 60} http://127.0.0.1/callback?code={'y' * 20}&amp;state={'z' * 43}")


@pytest.mark.parametrize("name", MAGICS)
def test_the_page_of_the_magics_says_what_their_help_says(name: str) -> None:
    words = words_of("reference/magics.html")
    for action in MAGICS[name].parser._actions:
        assert " ".join((action.help or "").split()) in words
        assert all(option in words for option in action.option_strings)
    description = MAGICS[name].parser.description.partition("Example:")[0]
    assert " ".join(description.split()) in words


def test_every_setting_is_on_the_page_of_the_settings() -> None:
    words = words_of("reference/settings.html")
    assert [name for name in AuthSettings.model_fields if variable(name) not in words] == []


def test_every_command_is_on_the_page_of_the_command_line() -> None:
    words, said = words_of("reference/commands.html"), help_of("spotantic_nb")
    assert commands_in(said)
    for command in ["", *commands_in(said)]:
        assert " ".join(help_of("spotantic_nb", *command.split()).split()) in words


def test_every_public_name_is_in_the_reference() -> None:
    places = {place for page in PAGES if page.startswith("reference/") for place in read(page).places}
    homes = [f"spotantic_nb{home}" for home in ("", ".errors", ".models", ".doctor", ".sandbox")]
    names = [*spotantic_nb.__all__, *doctor.__all__, *sandbox.__all__]
    missing = [name for name in names if not places & {f"{home}.{name}" for home in homes}]
    assert missing == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_in_the_gallery_with_its_outputs(path: Path) -> None:
    page = (SITE / "gallery" / path.with_suffix(".html").name).read_text(encoding="utf-8")
    assert "cell_output" in page
    draws = any("plt." in "".join(cell["source"]) for cell in json.loads(path.read_text())["cells"])
    assert not draws or re.search(r'<img alt="[^"/]+" [^>]*src="[^"]+\.png"', page)


def test_the_build_leaves_no_login_and_no_page_in_the_source() -> None:
    folders = [ROOT / "docs", ROOT / "notebooks"]
    left = [path for folder in folders for path in folder.rglob("*") if path.name in LEFT or path.suffix == ".html"]
    assert [*left, *(ROOT / name for name in LEFT if (ROOT / name).exists())] == []
