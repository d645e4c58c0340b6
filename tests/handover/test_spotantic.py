"""spotantic, which needs Python 3.12: its scopes, and the Web API that it is set to."""

import pytest
from spotantic.endpoints.users import get_current_user_profile
from spotantic.models import _request_model
from yarl import URL

from spotantic_nb import ConfigurationError, Session


async def test_the_scopes_of_its_own_list_are_not_asked_for(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_request_model, "API_BASE_URL", URL(f"{session.api_url}/"))
    assert "user-read-email" not in session.token().scopes
    assert (await get_current_user_profile(session.spotantic())).data.display_name == "Ada Fjordmark"


async def test_another_web_api_than_that_of_the_login_is_refused_with_what_to_set(session: Session) -> None:
    with pytest.raises(ConfigurationError, match=r"spotantic asks https://api\.spotify\.com/v1/, and .*API_BASE_URL"):
        await get_current_user_profile(session.spotantic())


def test_its_repr_says_which_web_api_it_asks(session: Session) -> None:
    assert repr(session.spotantic()) == f"<spotantic client for {session.api_url}>"
