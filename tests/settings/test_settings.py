"""Settings: where they come from, what they refuse, and what they never show."""

import base64
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from IPython.lib.pretty import pretty
from pydantic import SecretStr

from spotantic_nb.errors import ConfigurationError
from spotantic_nb.settings import AuthSettings

URIS = ["http://127.0.0.1:80/x", "http://127.0.0.1:8000", "https://Example.COM/Callback", "https://example.com:443"]
"""Redirect URIs that a URL library would rewrite; Spotify compares exactly (RFC 6749, section 3.1.2.3)."""

DEFAULTS: dict[str, object] = {
    "client_id": None,
    "client_secret": None,
    "redirect_uri": None,
    "scope": None,
    "store_access_token": False,
    "access_token_file_path": Path(".token_info_cache"),
    "accounts_url": "https://accounts.spotify.com",
    "api_url": "https://api.spotify.com/v1",
    "callback_timeout": 300,
    "refresh_token": None,
    "authorized_at": None,
    "forwarded_to": None,
    "browser": None,
}

WRITTEN: list[tuple[str, str, object]] = [
    ("client_id", "PLANTED-id", SecretStr("PLANTED-id")),
    ("client_secret", "PLANTED-secret", SecretStr("PLANTED-secret")),
    ("redirect_uri", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ("scope", "user-top-read streaming", "user-top-read streaming"),
    ("store_access_token", "true", True),
    ("access_token_file_path", "here/token.json", Path("here/token.json")),
    ("accounts_url", "http://127.0.0.1:9000", "http://127.0.0.1:9000"),
    ("api_url", "http://[::1]:9000/v1", "http://[::1]:9000/v1"),
    ("callback_timeout", "12.5", 12.5),
    ("refresh_token", "PLANTED-grant", SecretStr("PLANTED-grant")),
    ("forwarded_to", "8765", 8765),
    ("browser", "elsewhere", "elsewhere"),
]
"""Each setting as text, and what becomes of it."""

STRANGERS = [
    "",
    "accounts.spotify.com",
    "//accounts.spotify.com",
    "http://accounts.spotify.com",
    "ftp://accounts.spotify.com",
    "https://evil.example",
    "https://evil.example/accounts.spotify.com",
    "https://evil.example?accounts.spotify.com",
    "https://evil.example#accounts.spotify.com",
    "https://accounts.spotify.com.evil.example",
    "https://accounts-spotify.com",
    "https://open.spotify.com",
    "https://accounts.spotify.com@evil.example",
    "https://accounts.spotify.com:443@evil.example",
    "https://PLANTED-user:PLANTED-secret@accounts.spotify.com",
    "https://accounts.spotify.com\\@evil.example",
    "https://accounts.spotify.com\\.evil.example",
    "https://evil.example\\@accounts.spotify.com",
    "https:\\\\accounts.spotify.com",
    "https://accounts.spotify.com\n.evil.example",
    "https://accounts.spotify.com%2eevil.example",
    "https://accounts.spotify.com:8443",
    "https://\u0430ccounts.spotify.com",
    "http://localhost:9000",
    "http://0.0.0.0:9000",
    "http://127.0.0.2:9000",
    "http://127.0.0.2",
    "http://2130706433:9000",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1@evil.example",
    "http://evil.example#127.0.0.1",
    "http://evil.example@127.0.0.1:9000",
    "http://evil.example\\@127.0.0.1:9000",
    "http://127.0.0.1\\@evil.example",
    "http://[::1].evil.example",
    "http://evil.example[::1]",
    "http://[::2]:9000",
    "http://127.0.0.1:notaport",
    "ftp://127.0.0.1:9000",
    "file://127.0.0.1/tmp/page.html",
    "javascript://127.0.0.1/%0aalert(1)",
]
"""Addresses in a stranger's ``.env`` that must not be sent a token, nor become a link."""


@pytest.fixture
def env_file(project: Path) -> Path:
    return project / ".env"


@pytest.mark.parametrize(("name", "default"), DEFAULTS.items())
def test_a_setting_that_nobody_gave_has_its_default(name: str, default: object) -> None:
    assert getattr(AuthSettings(), name) == default


def test_there_are_no_other_settings() -> None:
    assert AuthSettings.model_fields.keys() == DEFAULTS.keys()


class TestSources:
    @pytest.mark.parametrize(("name", "text", "value"), WRITTEN)
    def test_every_setting_is_a_variable(
        self, monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
    ) -> None:
        monkeypatch.setenv(f"SPOTANTIC_AUTH_{name.upper()}", text)
        assert getattr(AuthSettings(), name) == value

    @pytest.mark.parametrize(("name", "text", "value"), WRITTEN)
    def test_every_setting_is_a_line_of_the_env_file(self, env_file: Path, name: str, text: str, value: object) -> None:
        env_file.write_text(f"SPOTANTIC_AUTH_{name.upper()}={text}\n")
        assert getattr(AuthSettings(), name) == value

    @pytest.mark.parametrize(("name", "text", "value"), WRITTEN)
    def test_every_setting_is_an_argument(self, name: str, text: str, value: object) -> None:
        assert getattr(AuthSettings(**{name: text}), name) == value

    def test_an_argument_comes_before_the_environment_and_that_before_the_file(
        self, env_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        env_file.write_text(
            "SPOTANTIC_AUTH_SCOPE=file\nSPOTANTIC_AUTH_CLIENT_ID=file\nSPOTANTIC_AUTH_CLIENT_SECRET=file\n"
        )
        monkeypatch.setenv("SPOTANTIC_AUTH_SCOPE", "environment")
        monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_ID", "environment")
        settings = AuthSettings(scope="argument")
        assert settings.require("scope", "client_id", "client_secret") == ["argument", "environment", "file"]

    def test_each_setting_knows_who_gave_it(self, env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        env_file.write_text("SPOTANTIC_AUTH_CLIENT_ID=file\nSPOTANTIC_AUTH_CLIENT_SECRET=file\n")
        monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_ID", "environment")
        assert AuthSettings(scope="argument").provenance == {
            "scope": "argument",
            "client_id": "SPOTANTIC_AUTH_CLIENT_ID",
            "client_secret": str(env_file),
        }

    def test_a_variable_in_lower_case_counts_and_is_named_as_documented(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("spotantic_auth_scope", "environment")
        settings = AuthSettings()
        assert (settings.scope, settings.provenance) == ("environment", {"scope": "SPOTANTIC_AUTH_SCOPE"})

    def test_nobody_outside_can_change_the_provenance(self) -> None:
        settings = AuthSettings(scope="argument")
        settings.provenance.clear()
        assert settings.provenance == {"scope": "argument"}

    def test_the_env_file_is_found_from_a_notebooks_folder_upward(
        self, env_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        env_file.write_text("SPOTANTIC_AUTH_SCOPE=file\n")
        folder = env_file.parent / "notebooks" / "2026"
        folder.mkdir(parents=True)
        monkeypatch.chdir(folder)
        assert AuthSettings().provenance == {"scope": str(env_file)}

    def test_the_home_folders_env_file_is_not_the_projects(self, env_file: Path) -> None:
        (env_file.parent.parent / ".env").write_text("SPOTANTIC_AUTH_SCOPE=home\n")
        assert AuthSettings().scope is None

    def test_another_env_file_may_be_named(self, env_file: Path, tmp_path: Path) -> None:
        env_file.write_text("SPOTANTIC_AUTH_SCOPE=project\n")
        other = tmp_path / "other.env"
        other.write_text("SPOTANTIC_AUTH_SCOPE=other\n")
        assert AuthSettings(_env_file=other).provenance == {"scope": str(other)}
        assert AuthSettings(_env_file=None).scope is None

    def test_what_is_no_setting_is_not_taken_for_one(self) -> None:
        settings = AuthSettings(scope="argument", cliend_id="PLANTED-id")
        assert settings.provenance == {"scope": "argument"}

    def test_other_lines_of_the_env_file_are_no_error(self, env_file: Path) -> None:
        env_file.write_text("DATABASE_URL=postgres://\nSPOTANTIC_AUTH_FUTURE=1\nSPOTANTIC_AUTH_SCOPE=streaming\n")
        assert AuthSettings().scope == "streaming"


ID = "0123456789abcdef0123456789abcdef"

DRESSED = [
    f'"{ID}"',
    f"'{ID}'",
    f" {ID} \n",
    f"\u201c{ID}\u201d",
    f"\u201e{ID}\u201c",
    f"\u2018{ID}\u2019",
    f"`{ID}`",
    f'" {ID} "',
    f"\ufeff{ID}",
    f"{ID[:9]}\u200b{ID[9:]}",
    f"{ID[:9]}\u00ad{ID[9:]}\u2060",
    f"\u202a{ID}\u202c",
    f"\u00a0{ID}\u00a0",
]
"""A client id as shells, editors, pages and phones hand it over."""


class TestMadeRegular:
    @pytest.mark.parametrize("text", DRESSED)
    @pytest.mark.parametrize("name", ["client_id", "client_secret", "refresh_token"])
    def test_what_came_along_with_a_credential_is_let_go(
        self, monkeypatch: pytest.MonkeyPatch, name: str, text: str
    ) -> None:
        monkeypatch.setenv(f"SPOTANTIC_AUTH_{name.upper()}", text)
        assert AuthSettings().require(name) == AuthSettings(**{name: text}).require(name) == [ID]

    @pytest.mark.parametrize(
        "text", ["a b c", "a,b,c", "a, b, c", " a  b\tc ", '"a b c"', "'a','b','c'", '["a", "b", "c"]', "a;b;c"]
    )
    def test_scopes_are_separated_by_one_blank_however_they_were_written(
        self, monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        monkeypatch.setenv("SPOTANTIC_AUTH_SCOPE", text)
        assert AuthSettings().scope == AuthSettings(scope=text).scope == "a b c"

    @pytest.mark.parametrize("text", ["~/tokens/mine.json", "$HOME/tokens/mine.json", '"~/tokens/mine.json"'])
    def test_a_path_may_begin_with_the_home_folder(
        self, project: Path, monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        monkeypatch.setenv("SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH", text)
        at_home = project.parent / "tokens" / "mine.json"
        assert AuthSettings().access_token_file_path == at_home
        assert AuthSettings(access_token_file_path=Path(text)).access_token_file_path == at_home

    def test_a_path_that_no_disk_can_have_is_refused(self) -> None:
        with pytest.raises(
            ConfigurationError, match="FILE_PATH is not usable: there is a character in it that no path"
        ):
            AuthSettings(access_token_file_path="a\0b")

    def test_a_home_folder_of_nobody_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="FILE_PATH is not usable: nobody's home folder is known here"):
            AuthSettings(access_token_file_path="~nobody-of-that-name/token.json")

    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("redirect_uri", '"http://127.0.0.1:8000/x"', "http://127.0.0.1:8000/x"),
            ("accounts_url", " 'http://127.0.0.1:9000/' ", "http://127.0.0.1:9000"),
            ("store_access_token", '"false"', False),
            ("callback_timeout", "'60'", 60),
            ("browser", "Here ", "here"),
        ],
    )
    def test_so_is_every_other_setting(
        self, monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
    ) -> None:
        monkeypatch.setenv(f"SPOTANTIC_AUTH_{name.upper()}", text)
        assert getattr(AuthSettings(), name) == value

    @pytest.mark.parametrize("empty", ["", '""', "''", "  ", "\u200b"])
    def test_a_variable_with_nothing_in_it_leaves_the_setting_to_the_file(
        self, env_file: Path, monkeypatch: pytest.MonkeyPatch, empty: str
    ) -> None:
        env_file.write_text(f"SPOTANTIC_AUTH_CLIENT_ID={ID}\n")
        monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_ID", empty)
        settings = AuthSettings()
        assert (settings.require("client_id"), settings.provenance) == ([ID], {"client_id": str(env_file)})


class TestWhatCannotBeAClientId:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (f'{ID}"', "there is a quotation mark in it"),
            (f"{ID}\u2019", "there is a quotation mark in it"),
            (f"{ID} # my app", "a comment is glued to it"),
            (f"{ID}#mine", "a comment is glued to it"),
            (f"{ID[:16]} {ID[16:]}", "there is a blank in it"),
            (f"{ID};", "there is a comma or a semicolon in it"),
            (f"{ID}\u0435", "there is a character in it that none has"),
            (f"SPOTANTIC_AUTH_CLIENT_ID={ID}", "the name of the variable is in it"),
            ("your-client-id", "it is a placeholder for your app's own"),
            ("<client id>".replace(" ", "_"), "it is a placeholder for your app's own"),
            ("${SPOTIFY_ID}", "it is a placeholder for your app's own"),
            ("xxxxxxxxxxxx", "it is a placeholder for your app's own"),
            ("CHANGE_ME", "it is a placeholder for your app's own"),
            ("...", "it is a placeholder for your app's own"),
        ],
    )
    def test_is_refused_with_the_reason_and_without_being_shown(
        self, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
    ) -> None:
        monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_ID", text)
        with pytest.raises(ConfigurationError) as caught:
            AuthSettings()
        assert str(caught.value) == (
            f"SPOTANTIC_AUTH_CLIENT_ID is not usable: {reason}. Correct it in the environment."
        )

    def test_a_token_may_spell_a_word_by_chance(self) -> None:
        assert AuthSettings(refresh_token="AQyourXXXX-client_Example").require("refresh_token")

    def test_where_it_is_to_be_corrected_is_said(self, env_file: Path) -> None:
        env_file.write_text("SPOTANTIC_AUTH_CLIENT_ID=your-id\n")
        with pytest.raises(ConfigurationError) as of_file:
            AuthSettings()
        with pytest.raises(ConfigurationError) as of_argument:
            AuthSettings(client_id="your-id")
        assert of_file.value.hint == f"Correct it in {env_file}."
        assert of_argument.value.hint == "Correct the argument client_id."


class TestAddresses:
    @pytest.mark.parametrize("uri", URIS)
    def test_the_redirect_uri_is_kept_byte_for_byte(self, uri: str) -> None:
        assert AuthSettings(redirect_uri=uri).redirect_uri == uri

    @pytest.mark.parametrize(
        "uri", ["", "callback", "127.0.0.1:8000", "http://", "ftp://127.0.0.1", "http://127.0.0.1/call back"]
    )
    def test_what_is_no_web_address_is_no_redirect_uri(self, uri: str) -> None:
        with pytest.raises(ConfigurationError, match="redirect_uri"):
            AuthSettings(redirect_uri=uri)

    @pytest.mark.parametrize("name", ["accounts_url", "api_url"])
    @pytest.mark.parametrize(
        "url",
        [
            "https://accounts.spotify.com",
            "https://api.spotify.com/v1",
            "http://127.0.0.1:9000",
            "http://127.0.0.1",
            "https://127.0.0.1:9000/v1",
            "http://[::1]:9000",
        ],
    )
    def test_spotify_and_a_sandbox_on_loopback_are_served(self, name: str, url: str) -> None:
        assert getattr(AuthSettings(**{name: url}), name) == url

    @pytest.mark.rule(15)
    @pytest.mark.parametrize("name", ["accounts_url", "api_url"])
    @pytest.mark.parametrize("url", STRANGERS)
    def test_nobody_else_is(self, name: str, url: str) -> None:
        """RFC 8252, 8.3; RFC 9700, 4.4: plain http goes to loopback alone, and https to Spotify alone."""
        with pytest.raises(ConfigurationError, match=name):
            AuthSettings(**{name: url})

    def test_a_slash_at_the_end_is_let_go(self) -> None:
        assert AuthSettings(accounts_url="http://127.0.0.1:9000/").accounts_url == "http://127.0.0.1:9000"


class TestBasicAuth:
    def test_the_credentials_are_form_encoded_first(self) -> None:
        """RFC 6749, section 2.3.1: a colon or a plus in a credential must survive."""
        auth = AuthSettings(client_id="an+id:1", client_secret="p+q/&").get_basic_auth()
        request = next(auth.auth_flow(httpx.Request("POST", "http://127.0.0.1")))
        decoded = base64.b64decode(request.headers["Authorization"].removeprefix("Basic "))
        assert decoded == b"an%2Bid%3A1:p%2Bq%2F%26"

    @pytest.mark.rule(22)
    def test_it_is_an_httpx_auth_that_shows_no_secret(self) -> None:
        auth = AuthSettings(client_id="id", client_secret="PLANTED-secret").get_basic_auth()
        assert isinstance(auth, httpx.BasicAuth)
        assert "PLANTED" not in f"{auth!r}{auth}"

    @pytest.mark.parametrize("missing", ["client_id", "client_secret"])
    def test_both_halves_must_be_known(self, missing: str) -> None:
        settings = AuthSettings(**{"client_id": "id", "client_secret": "PLANTED-secret", missing: None})
        with pytest.raises(ValueError, match=f"{missing} is not set") as caught:
            settings.get_basic_auth()
        assert "PLANTED" not in str(caught.value)


class TestRequire:
    def test_the_settings_come_as_plain_text(self) -> None:
        settings = AuthSettings(client_id="PLANTED-id", scope="streaming")
        assert settings.require("scope", "client_id") == ["streaming", "PLANTED-id"]

    def test_a_missing_one_is_named_with_its_variable_and_the_file(self, env_file: Path) -> None:
        env_file.touch()
        with pytest.raises(ConfigurationError) as caught:
            AuthSettings().require("client_id")
        assert caught.value.message == "client_id is not set."
        assert caught.value.hint == f"Set SPOTANTIC_AUTH_CLIENT_ID in the environment or in {env_file}."

    def test_a_file_that_is_not_there_yet_is_said_to_be_so(self, env_file: Path) -> None:
        with pytest.raises(ConfigurationError, match="no such file yet") as caught:
            AuthSettings().require("client_id")
        assert str(env_file) in caught.value.hint

    def test_lines_of_the_file_that_are_left_out_are_named_as_well(self, env_file: Path) -> None:
        env_file.write_text("\nSPOTANTIC_AUTH_CLIENT_ID 'mine\nand another\n")
        with pytest.raises(ConfigurationError) as caught:
            AuthSettings().require("client_id")
        assert f" Lines 2, 3 of {env_file} are not NAME=value and are left out: " in caught.value.hint

    def test_several_missing_ones_are_named_at_once(self) -> None:
        with pytest.raises(ConfigurationError) as caught:
            AuthSettings(_env_file=None, scope="streaming").require("client_id", "scope", "redirect_uri")
        assert str(caught.value) == (
            "client_id and redirect_uri are not set. Set SPOTANTIC_AUTH_CLIENT_ID and SPOTANTIC_AUTH_REDIRECT_URI "
            "in the environment or in an .env file."
        )


MALFORMED = [
    ("redirect_uri", "PLANTED-secret"),
    ("redirect_uri", "http://PLANTED-secret:notaport/"),
    ("callback_timeout", "PLANTED-secret"),
    ("store_access_token", "PLANTED-secret"),
    ("browser", "PLANTED-secret"),
    ("accounts_url", "https://PLANTED-secret.example"),
    ("api_url", "https://api.spotify.com@PLANTED-secret.example"),
]


class TestMalformed:
    @pytest.mark.parametrize("timeout", [0, -1, "soon"])
    def test_a_timeout_is_a_positive_number(self, timeout: object) -> None:
        with pytest.raises(ConfigurationError, match="callback_timeout"):
            AuthSettings(callback_timeout=timeout)

    @pytest.mark.parametrize(("name", "text"), MALFORMED)
    def test_the_error_does_not_quote_the_input(self, name: str, text: str) -> None:
        with pytest.raises(ConfigurationError, match=name) as caught:
            AuthSettings(**{name: text})
        assert "PLANTED" not in str(caught.value)

    @pytest.mark.parametrize(("name", "text"), MALFORMED)
    def test_the_projects_settings_say_it_in_one_line(self, env_file: Path, name: str, text: str) -> None:
        env_file.write_text(f"SPOTANTIC_AUTH_{name.upper()}={text}\n")
        with pytest.raises(ConfigurationError) as caught:
            AuthSettings(_env_file=env_file)
        assert str(caught.value).startswith(f"SPOTANTIC_AUTH_{name.upper()} is not usable: ")
        assert caught.value.hint == f"Correct it in {env_file}."
        assert not [words for words in ("PLANTED", "Value error", "\n") if words in str(caught.value)]

    def test_an_env_file_that_is_no_text_is_a_configuration_error(self, env_file: Path) -> None:
        env_file.write_bytes("SPOTANTIC_AUTH_SCOPE=größer\n".encode("latin-1"))
        with pytest.raises(ConfigurationError, match=r"\.env"):
            AuthSettings(_env_file=env_file)


def test_the_projects_settings_are_read_from_its_own_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SPOTANTIC_AUTH_SCOPE=streaming\n")
    assert AuthSettings(_env_file=tmp_path / ".env").provenance == {"scope": str(tmp_path / ".env")}


@pytest.mark.rule(22)
@pytest.mark.parametrize("show", [repr, str, pretty, "{}".format, "{!r}".format])
def test_settings_show_no_secret(show: Callable[[object], str]) -> None:
    """RFC 8252, 8.5."""
    settings = AuthSettings(
        client_id="PLANTED-id", client_secret="PLANTED-secret", refresh_token="PLANTED-grant", scope="streaming"
    )
    text = show(settings)
    assert "streaming" in text
    assert "PLANTED" not in text


def test_a_variable_without_a_value_counts_as_not_set(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".env").write_text("SPOTANTIC_AUTH_CLIENT_ID=\n")
    monkeypatch.setenv("SPOTANTIC_AUTH_SCOPE", "")
    settings = AuthSettings(_env_file=project / ".env")
    assert (settings.client_id, settings.scope, settings.provenance) == (None, None, {})
