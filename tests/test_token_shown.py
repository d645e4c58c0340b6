"""What a notebook shows of a token: enough to know it by, and nothing secret."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from spotantic_nb import AccessTokenInfo, Status
from spotantic_nb.models import Account


def token(**fields: Any) -> AccessTokenInfo:
    given: dict[str, Any] = {"access_token": SecretStr("PLANTED"), "token_type": "Bearer", "expires_in": 3600}
    return AccessTokenInfo(**{**given, "refresh_token": SecretStr("PLANTED-too"), "scope": "a b", **fields})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"account": Account(id="ada", name="Ada")}, "account: Ada, scopes: a b, valid until: "),
        ({"flow": "client", "scope": None}, "account: the app itself, valid until: "),
        ({"expires_at": datetime.now(UTC) - timedelta(days=1)}, "account: unknown, scopes: a b, valid until: 20"),
    ],
)
def test_a_line_says_whose_it_is_its_scopes_and_its_end(fields: dict[str, Any], said: str) -> None:
    shown = repr(token(**fields))
    assert shown.startswith("AccessTokenInfo(access_token=SecretStr('**********'), ")
    assert said in shown
    assert "\n" not in shown


def test_a_token_without_an_end_can_be_shown() -> None:
    endless = token()
    endless.expires_at = None
    assert "valid until" not in repr(endless)
    assert "Valid until" not in endless._repr_html_()


def test_a_table_says_what_the_token_is_for_and_how_long() -> None:
    shown = token(account=Account(id="ada", name="<Ada>"), authorized_at=datetime.now(UTC))._repr_html_()
    assert "&lt;Ada&gt;" in shown
    assert all(label in shown for label in ("Access token", "Account", "Scopes", "Valid until", "Consent ends"))


@pytest.mark.parametrize("show", [repr, str, AccessTokenInfo._repr_html_])
def test_no_form_shows_a_secret(show: Any) -> None:
    assert "PLANTED" not in show(token())


def test_a_status_is_a_line_too() -> None:
    status = Status(state="signed in", message="Signed in as Ada.", service="https://accounts.spotify.com")
    assert repr(status) == "<Status signed in: Signed in as Ada.>"
