"""What leaves the process in a pickle, and what a copy holds: no secret that outlives the hour of an access token."""

import copy
import pickle
from collections.abc import Callable

import pytest
from IPython.lib.pretty import pretty
from pydantic import SecretStr
from rich.pretty import pretty_repr

from spotantic_nb import AccessTokenInfo, AuthCodePKCEFlowManager, AuthSettings, Session
from spotantic_nb._bearer import AuthorizationHeader
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.auth._portable_grant import PortableGrant
from spotantic_nb.models import Account

TOKEN = AccessTokenInfo(
    access_token=SecretStr("PLANTED-access"),
    token_type="Bearer",
    expires_in=3600,
    refresh_token=SecretStr("PLANTED-refresh"),
    account=Account(id="ada", name="Ada"),
)
SETTINGS = AuthSettings(
    _env_file=None,
    client_id=SecretStr("app-id"),
    client_secret=SecretStr("PLANTED-app-secret"),
    redirect_uri="http://127.0.0.1:8765/callback",
    scope="user-top-read",
    refresh_token=SecretStr("PLANTED-refresh"),
)
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def pickled(protocol: int) -> Callable[[object], object]:
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle, protocol {protocol}": pickled(protocol) for protocol in PROTOCOLS},
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_of_a_token_is_the_token_without_its_refresh_token(how: str) -> None:
    copied = COPIES[how](TOKEN)
    assert isinstance(copied, AccessTokenInfo)
    assert copied.refresh_token is None
    assert copied.model_copy(update={"refresh_token": TOKEN.refresh_token}) == TOKEN
    assert copied.get_authorization_header() == TOKEN.get_authorization_header()
    assert not copied.is_expired()
    assert TOKEN.refresh_token == SecretStr("PLANTED-refresh")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pickle_of_what_holds_a_login_holds_neither_refresh_token_nor_client_secret(protocol: int) -> None:
    manager = AuthCodePKCEFlowManager(SETTINGS, TOKEN)
    for value in (TOKEN, SETTINGS, manager):
        written = pickle.dumps(value, protocol)
        assert b"PLANTED-refresh" not in written
        assert b"PLANTED-app-secret" not in written


@pytest.mark.parametrize("deep", [False, True])
def test_a_changed_copy_that_the_model_makes_keeps_the_refresh_token(*, deep: bool) -> None:
    copied = TOKEN.model_copy(update={"scope": "user-top-read"}, deep=deep)
    assert copied.refresh_token == TOKEN.refresh_token
    assert copied.scope == "user-top-read"
    assert TOKEN.model_copy(deep=deep) == TOKEN
    assert TOKEN.model_copy(update={"refresh_token": None}, deep=deep).refresh_token is None


def test_settings_come_out_of_a_pickle_without_their_secrets_and_say_so_where_one_is_needed() -> None:
    there = pickle.loads(pickle.dumps(SETTINGS))
    assert there.provenance == SETTINGS.provenance
    assert there.require("client_id", "redirect_uri") == SETTINGS.require("client_id", "redirect_uri")
    with pytest.raises(ValueError, match="client_secret is not set"):
        there.get_basic_auth()


def test_a_copy_of_settings_in_the_same_process_is_complete() -> None:
    for copied in (copy.copy(SETTINGS), copy.deepcopy(SETTINGS), SETTINGS.model_copy()):
        assert copied == SETTINGS


@pytest.mark.parametrize(
    "value",
    [
        AuthorizationAttempt.begin(
            authorize_url="https://accounts.spotify.com/authorize",
            client_id="app-id",
            redirect_uri="http://127.0.0.1:8765/callback",
            scope="user-top-read",
        ),
        PortableGrant.of(SETTINGS, TOKEN, with_secret=True),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("how", COPIES)
def test_what_is_made_of_secrets_is_neither_pickled_nor_copied(how: str, value: object) -> None:
    with pytest.raises(TypeError, match="not pickled or copied"):
        COPIES[how](value)


def test_a_session_with_a_login_on_its_way_is_not_pickled(session: Session) -> None:
    login = session.login("pkce", force=True, wait=False)
    for value in (session, login):
        with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
            pickle.dumps(value)


@pytest.fixture
def session(port: int) -> Session:
    redirect_uri = f"http://127.0.0.1:{port}/callback"
    settings = SETTINGS.model_copy(update={"redirect_uri": redirect_uri, "refresh_token": None})
    session = Session(settings)
    Session.use(session)
    return session


HEADER = TOKEN.get_authorization_header()


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r}".format, pretty, pretty_repr])
@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        HEADER | {"Accept": "application/json"},
        {"Accept": "application/json"} | HEADER,
        HEADER.copy(),
        copy.copy(HEADER),
        copy.deepcopy(HEADER),
        pickle.loads(pickle.dumps(HEADER)),
    ],
    ids=["itself", "header | dict", "dict | header", "its copy", "copy", "deepcopy", "pickle"],
)
def test_a_header_that_was_copied_or_added_to_still_hides_its_token(
    header: dict[str, str], show: Callable[[object], str]
) -> None:
    assert "PLANTED" not in show(header)
    assert ("application/json" in show(header)) == ("Accept" in header)
    assert header["Authorization"] == "Bearer PLANTED-access"
    assert isinstance(header, AuthorizationHeader)


MADE_OF_IT: dict[str, dict[str, str]] = {
    "dict": dict(HEADER),
    "unpacked": {**HEADER, "Accept": "application/json"},
    "its items": dict(HEADER.items()),
    "a deepcopy of such a dict": copy.deepcopy(dict(HEADER)),
    "a copy of its value": {"Authorization": copy.copy(HEADER["Authorization"])},
}


@pytest.mark.parametrize("made", MADE_OF_IT.values(), ids=MADE_OF_IT)
@pytest.mark.parametrize("show", [repr, str, pretty, pretty_repr])
def test_a_plain_dict_of_a_header_hides_the_token_is_sent_as_it_is_and_pickled_without_it(
    made: dict[str, str], show: Callable[[object], str]
) -> None:
    assert "PLANTED" not in show(made)
    assert made["Authorization"].encode() == b"Bearer PLANTED-access"
    assert pickle.loads(pickle.dumps(made))["Authorization"] == "Bearer **********"


def test_adding_to_a_header_goes_as_with_any_dict() -> None:
    assert HEADER | {"Authorization": "none"} == {"Authorization": "none"}
    assert {"Authorization": "none"} | HEADER == HEADER
    with pytest.raises(TypeError):
        HEADER | 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        1 | HEADER  # type: ignore[operator]
