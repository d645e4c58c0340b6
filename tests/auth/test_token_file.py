"""The token file: which login a token belongs to, and how several logins share one path."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr
from tokens import token

from spotantic_nb import AccessTokenInfo, AuthSettings
from spotantic_nb._choices import Flow
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.auth._token_file import LoginKey, NoTokenFileError, read_tokens, write_tokens

SPOTIFY, SANDBOX = "https://accounts.spotify.com", "http://127.0.0.1:9000"
ADAS = LoginKey(SPOTIFY, "pkce", "app-1")


@pytest.fixture
def path(project: Path) -> Path:
    """A file that other programs may write to as well."""
    return project / "token.json"


@pytest.mark.parametrize(
    "other",
    [LoginKey(SANDBOX, "pkce", "app-1"), LoginKey(SPOTIFY, "code", "app-1"), LoginKey(SPOTIFY, "pkce", "app-2")],
    ids=["service", "flow", "app"],
)
def test_a_token_belongs_to_one_service_flow_and_app(other: LoginKey) -> None:
    mine = ADAS.signed(token())
    assert (ADAS.fits(mine), other.fits(mine)) == (True, False)


@pytest.mark.parametrize(
    ("content", "flows"),
    [
        ({"refresh_token": "AQ"}, {"pkce", "code"}),
        ({"scope": "user-top-read"}, {"pkce", "code"}),
        ({}, {"client"}),
    ],
    ids=["with a refresh token", "with scopes", "with neither"],
)
def test_a_token_of_another_program_fits_the_flows_that_it_may_be_of(content: dict[str, str], flows: set[Flow]) -> None:
    found = token(**content)
    assert {flow for flow in ("pkce", "code", "client") if LoginKey(SPOTIFY, flow, "app-1").fits(found)} == flows


def test_the_client_id_itself_is_not_in_the_key() -> None:
    settings = AuthSettings(_env_file=None, client_id=SecretStr("PLANTED-app-id"))
    assert "PLANTED" not in repr(LoginKey.of(settings, "pkce"))


def test_one_token_is_written_as_the_reference_has_it(path: Path) -> None:
    write_tokens(path, [token(refresh_token="AQ")])
    assert AccessTokenInfo.load_token(path) == token(refresh_token="AQ")
    assert "others" not in json.loads(path.read_text())


def test_several_tokens_are_read_as_they_were_written_and_the_first_by_every_program(path: Path) -> None:
    tokens = [token(1), token(2), token(3)]
    write_tokens(path, tokens)
    assert (read_tokens(path), AccessTokenInfo.load_token(path)) == (tokens, tokens[0])


@pytest.mark.parametrize("text", ["", "{}", "[]", "PLANTED", '{"others": 1}'])
def test_a_file_that_holds_something_else_is_named_and_not_quoted(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(NoTokenFileError, match=r"token\.json holds no readable token") as caught:
        read_tokens(path)
    assert "PLANTED" not in str(caught.value)


@pytest.mark.parametrize("others", ["1", "null", "[1]", '{"a": 1}', "9" * 5000])
def test_a_file_whose_further_tokens_are_something_else_is_named(path: Path, others: str) -> None:
    write_tokens(path, [token(1)])
    path.write_text(path.read_text().replace("{", f'{{"others": {others},', 1))
    with pytest.raises(NoTokenFileError, match=r"token\.json holds no readable token"):
        read_tokens(path)


class TestSharedPath:
    """Two logins whose settings name one and the same token file."""

    @pytest.fixture
    def stores(self, path: Path) -> tuple[FileTokenStore, FileTokenStore]:
        return FileTokenStore(path, key=ADAS), FileTokenStore(path, key=LoginKey(SPOTIFY, "client", "app-1"))

    @pytest.fixture
    def saved(self, stores: tuple[FileTokenStore, FileTokenStore]) -> list[AccessTokenInfo]:
        tokens = [
            LoginKey(SPOTIFY, flow, "app-1").signed(token(number)) for number, flow in enumerate(("pkce", "client"))
        ]
        for store, its in zip(stores, tokens, strict=True):
            store.save(its)
        return tokens

    def test_each_finds_its_own(
        self, stores: tuple[FileTokenStore, FileTokenStore], saved: list[AccessTokenInfo]
    ) -> None:
        assert [store.load() for store in stores] == saved

    def test_a_new_token_of_one_leaves_the_others_and_their_order(
        self, stores: tuple[FileTokenStore, FileTokenStore], saved: list[AccessTokenInfo], path: Path
    ) -> None:
        newer = ADAS.signed(token(9))
        stores[0].save(newer)
        assert read_tokens(path) == [newer, saved[1]]

    def test_a_log_out_of_one_leaves_the_other(
        self, stores: tuple[FileTokenStore, FileTokenStore], saved: list[AccessTokenInfo], path: Path
    ) -> None:
        stores[0].clear()
        assert ([store.load() for store in stores], read_tokens(path)) == ([None, saved[1]], [saved[1]])

    @pytest.mark.usefixtures("saved")
    def test_the_last_log_out_removes_the_file(self, stores: tuple[FileTokenStore, FileTokenStore], path: Path) -> None:
        for store in stores:
            store.clear()
        assert not path.exists()

    def test_a_token_of_another_program_is_taken_over_and_then_says_whose_it_is(self, path: Path) -> None:
        token(refresh_token="AQ", scope="user-top-read").store_token(path)
        store = FileTokenStore(path, key=ADAS)
        found = store.load()
        assert found is not None
        store.save(ADAS.signed(found))
        [kept] = read_tokens(path)
        assert (kept.issuer, kept.flow, kept.client) == (SPOTIFY, "pkce", "app-1")
