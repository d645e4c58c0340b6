"""Tab completion of the magics, by itself and through the completer of a real shell."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core import completer
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from spotantic_nb._choices import FLOWS, SCOPES
from spotantic_nb.notebook._completion import completions, install, paths, uninstall
from spotantic_nb.notebook._magics import SpotanticMagics

LOGIN: ArgumentParser = SpotanticMagics.spotantic_login.parser
TOKEN: ArgumentParser = SpotanticMagics.spotantic_token.parser
REFRESH: ArgumentParser = SpotanticMagics.spotantic_refresh.parser
SANDBOX: ArgumentParser = SpotanticMagics.spotantic_sandbox.parser
ASYNCIO: ArgumentParser = SpotanticMagics.spotantic_asyncio.parser

LOGIN_OPTIONS = ["--scope", "--paste", "--no-browser", "--force", "--switch-user", "--timeout", "--bring"]
USER_SCOPES = [scope for scope in SCOPES if scope.startswith("user-")]


class TestCompletions:
    @pytest.mark.parametrize(
        ("before", "fragment", "offer"),
        [
            ("", "", list(FLOWS)),
            ("", "p", ["pkce"]),
            ("", "c", ["code", "client"]),
            ("", "x", []),
            ("", "-", LOGIN_OPTIONS),
            ("", "--s", ["--scope", "--switch-user"]),
            ("pkce", "", LOGIN_OPTIONS),
            ("pkce", "--f", ["--force"]),
            ("--paste", "p", ["pkce"]),
            ("pkce --force", "--", [name for name in LOGIN_OPTIONS if name != "--force"]),
            ("pkce --scope", "", list(SCOPES)),
            ("pkce --scope", "user-", USER_SCOPES),
            ("pkce --scope user-top-read", "user-t", []),
            ("pkce --scope streaming", "user-", USER_SCOPES),
            ("pkce --scope streaming --force", "user-", []),
        ],
    )
    def test_a_login_is_offered_what_fits(self, before: str, fragment: str, offer: list[str]) -> None:
        assert completions(LOGIN, before.split(), fragment) == offer

    @pytest.mark.parametrize(
        ("parser", "fragment", "offer"),
        [
            (TOKEN, "--r", ["--refresh", "--reveal"]),
            (TOKEN, "", ["--refresh", "--header", "--reveal"]),
            (SANDBOX, "", ["on", "off"]),
            (SANDBOX, "of", ["off"]),
            (REFRESH, "", []),
            (ASYNCIO, "", []),
        ],
    )
    def test_each_magic_is_offered_its_own(self, parser: ArgumentParser, fragment: str, offer: list[str]) -> None:
        assert completions(parser, [], fragment) == offer

    def test_an_option_that_was_given_is_not_offered_again(self) -> None:
        assert "--paste" not in completions(LOGIN, ["pkce", "--paste"], "")


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """A shell of the test's own, without a history."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config)
    shell.Completer.use_jedi = False
    yield shell
    shell.restore_sys_module_state()


WAYS = ["matcher", "hook"] if hasattr(completer, "context_matcher") else ["hook"]
"""How this IPython can be told; the later ones know both ways."""


@pytest.fixture(params=WAYS)
def completing(
    request: pytest.FixtureRequest, shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> InteractiveShell:
    """A shell that completes in the way of IPython 8.6 and later, and one in the way before it."""
    if request.param == "hook":
        monkeypatch.delattr(completer, "context_matcher", raising=False)
    install(shell, {"spotantic_login": LOGIN, "spotantic_token": TOKEN})
    return shell


def _offered(shell: InteractiveShell, line: str, rest: str = "") -> list[str]:
    """Return what the line up to the cursor can become, less what stands before its last word."""
    with completer.provisionalcompleter():
        found = list(shell.Completer.completions(line + rest, len(line)))
    kept = line.rfind(" ") + 1
    return [(line[: completion.start] + completion.text)[kept:] for completion in found]


class TestInAShell:
    @pytest.mark.parametrize("magic", ["%spotantic_login", "spotantic_login"])
    @pytest.mark.parametrize(
        ("arguments", "offer"),
        [
            ("p", ["pkce"]),
            ("--sw", ["--switch-user"]),
            ("pkce --scope user-top", ["user-top-read"]),
            ("--scope streaming playlist-modify-pu", ["playlist-modify-public"]),
        ],
    )
    def test_arguments_are_completed(
        self, completing: InteractiveShell, magic: str, arguments: str, offer: list[str]
    ) -> None:
        assert _offered(completing, f"{magic} {arguments}") == offer

    @pytest.mark.parametrize(
        ("line", "offer"),
        [
            ("x = %spotantic_token --r", ["--refresh", "--reveal"]),
            ("x=%spotantic_token --he", ["--header"]),
            ("first, second = %spotantic_token --he", ["--header"]),
            ("token: dict[str, str] = %spotantic_token --he", ["--header"]),
            ("    x = %spotantic_token --he", ["--header"]),
            ("%spotantic_login\tpk", ["pkce"]),
            ("%spotantic_login   pk", ["pkce"]),
            ("%spotantic_login pkce  --sw", ["--switch-user"]),
        ],
    )
    def test_however_the_line_is_written(self, completing: InteractiveShell, line: str, offer: list[str]) -> None:
        assert [text.split()[-1] for text in _offered(completing, line)] == offer

    @pytest.mark.parametrize("before", ["streaming,", "streaming, ", "--scope=", "--scope '", 'streaming, "'])
    def test_scopes_are_completed_whatever_stands_between_them(self, completing: InteractiveShell, before: str) -> None:
        before = before if before.startswith("--") else f"--scope {before}"
        offered = _offered(completing, f"%spotantic_login {before}user-top")
        assert [text.replace('"', "").replace("'", "").split(",")[-1].split("=")[-1] for text in offered] == [
            "user-top-read"
        ]

    @pytest.mark.parametrize("line", ["%spotantic_login", "%spotantic_token", "x = %spotantic_token", "%spotantic_lo"])
    def test_before_the_first_blank_no_argument_is_offered(self, completing: InteractiveShell, line: str) -> None:
        assert not {"pkce", "--refresh"} & {text.lstrip("%") for text in _offered(completing, line)}
        assert not [text for text in _offered(completing, line) if "pkce" in text or "--" in text]

    @pytest.mark.parametrize("line", ["%spotantic_login # p", "x = spotantic_token --r", "%time %spotantic_login p"])
    def test_where_there_is_no_argument_of_a_magic_none_is_offered(
        self, completing: InteractiveShell, line: str
    ) -> None:
        assert not {"pkce", "--refresh"} & set(_offered(completing, line))

    @pytest.mark.parametrize(
        ("typed", "offer"),
        [
            ("", [".cache", ".cache-ada", '"my files/', "notes.txt", ".git/"]),
            (".c", [".cache", ".cache-ada"]),
            ("no", ["notes.txt"]),
            ("./no", ["./notes.txt"]),
            ("../project/.cache-", ["../project/.cache-ada"]),
            ("~/project/.cache-", ["~/project/.cache-ada"]),
            ("'my", ["'my files/"]),
            ('"my files/', ['"my files/.cache']),
            ("my", ['"my files/']),
            ("gone/", []),
        ],
    )
    def test_a_path_is_completed_with_token_files_first(self, typed: str, offer: list[str], project: Path) -> None:
        (project / "my files").mkdir()
        for name in (".cache", ".cache-ada", "notes.txt", "my files/.cache"):
            (project / name).touch()
        assert paths(typed) == offer

    @pytest.mark.parametrize("option", ["--bring ", "--bring=", "pkce --bring ", "pkce --bring  "])
    def test_a_path_is_completed_behind_its_option(
        self, completing: InteractiveShell, option: str, project: Path
    ) -> None:
        (project / ".cache-ada").touch()
        assert [text.split("=")[-1] for text in _offered(completing, f"%spotantic_login {option}.cac")] == [
            ".cache-ada"
        ]
        assert "--force" in _offered(completing, f"%spotantic_login {option}.cache-ada --fo")

    def test_an_empty_word_is_completed(self, completing: InteractiveShell) -> None:
        assert set(FLOWS) <= set(_offered(completing, "%spotantic_login "))

    def test_another_magic_is_offered_its_own(self, completing: InteractiveShell) -> None:
        assert _offered(completing, "%spotantic_token --he") == ["--header"]

    def test_other_lines_are_left_alone(self, completing: InteractiveShell) -> None:
        assert "pkce" not in _offered(completing, "%time p")
        assert "print" in _offered(completing, "prin")

    def test_the_rest_of_the_line_does_not_matter(self, completing: InteractiveShell) -> None:
        assert _offered(completing, "%spotantic_login pk", rest=" --force") == ["pkce"]

    def test_what_was_installed_can_be_taken_away(self, completing: InteractiveShell) -> None:
        uninstall(completing)
        assert _offered(completing, "%spotantic_login pk") == []

    def test_what_others_installed_stays(self, completing: InteractiveShell) -> None:
        completing.set_hook("complete_command", lambda _, event: ["mine"], str_key="%spotantic_login")
        uninstall(completing)
        assert _offered(completing, "%spotantic_login mi") == ["mine"]

    def test_the_extension_brings_it_along(self, shell: InteractiveShell) -> None:
        shell.run_line_magic("load_ext", "spotantic_nb")
        assert _offered(shell, "%spotantic_sandbox of") == ["off"]
        shell.run_line_magic("unload_ext", "spotantic_nb")
        assert _offered(shell, "%spotantic_sandbox of") == []
