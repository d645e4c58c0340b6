"""Refreshing: the three policies, the six months, and who may do it."""

import httpx
import pytest

from spotantic_nb.sandbox import ScriptedUser
from spotantic_nb.sandbox._knobs import HALF_A_YEAR
from tests.sandbox.conftest import DemoApp


def refusal(response: httpx.Response) -> str:
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_grant"
    return str(response.json()["error_description"])


def test_by_default_a_refresh_brings_no_new_refresh_token_and_the_old_one_stays_good(app: DemoApp) -> None:
    old = app.log_in()["refresh_token"]
    first, second = app.refresh(old), app.refresh(old)
    assert first.status_code == second.status_code == 200
    assert "refresh_token" not in first.json()
    assert first.json()["scope"] == "user-top-read"


def test_rotation_brings_a_new_one_and_kills_the_old_one(app: DemoApp) -> None:
    app.sandbox.knobs.refresh_policy = "rotate"
    old = app.log_in()["refresh_token"]
    new = app.refresh(old).json()["refresh_token"]
    assert refusal(app.refresh(old)) == "Refresh token revoked"
    assert app.refresh(new).status_code == 200


def test_with_overlap_the_old_one_lives_until_the_new_one_is_used(app: DemoApp) -> None:
    app.sandbox.knobs.refresh_policy = "overlap"
    old = app.log_in()["refresh_token"]
    app.refresh(old)
    new = app.refresh(old).json()["refresh_token"]
    assert app.refresh(new).status_code == 200
    assert refusal(app.refresh(old)) == "Refresh token revoked"


def test_in_a_family_a_dead_token_takes_all_others_with_it(app: DemoApp) -> None:
    app.sandbox.knobs.refresh_policy = "family"
    old = app.log_in()["refresh_token"]
    new = app.refresh(old).json()
    assert refusal(app.refresh(old)) == "Refresh token revoked"
    assert refusal(app.refresh(new["refresh_token"])) == "Refresh token revoked"
    assert app.get("/me", new["access_token"]).status_code == 401


def test_refreshing_does_not_extend_the_six_months(app: DemoApp) -> None:
    app.sandbox.knobs.refresh_policy = "rotate"
    token = app.log_in()["refresh_token"]
    app.sandbox.advance(HALF_A_YEAR - 60)
    token = app.refresh(token).json()["refresh_token"]
    app.sandbox.advance(120)
    assert refusal(app.refresh(token)) == "Refresh token expired"


def test_a_shorter_life_can_be_set(app: DemoApp) -> None:
    app.sandbox.knobs.refresh_lifetime = 10
    token = app.log_in()["refresh_token"]
    app.sandbox.advance(11)
    assert refusal(app.refresh(token)) == "Refresh token expired"


def test_removing_the_app_ends_refreshing_but_not_the_hour(app: DemoApp) -> None:
    tokens = app.log_in()
    app.sandbox.revoke_consent("ada")
    assert refusal(app.refresh(tokens["refresh_token"])) == "Refresh token revoked"
    assert app.get("/me", tokens["access_token"]).status_code == 200


def test_a_removal_by_one_person_is_nothing_to_another(app: DemoApp) -> None:
    code, token = app.code(ScriptedUser("grace")), app.log_in(ScriptedUser("grace"))["refresh_token"]
    app.sandbox.revoke_consent("ada")
    assert app.redeem(code).status_code == app.refresh(token).status_code == 200


def test_a_new_authorization_leaves_older_tokens_alone(app: DemoApp) -> None:
    old = app.log_in()["refresh_token"]
    app.log_in()
    assert app.refresh(old).status_code == 200


@pytest.mark.parametrize("token", ["AQunknown", "nonsense"])
def test_an_unknown_token_is_refused(app: DemoApp, token: str) -> None:
    assert refusal(app.refresh(token)) == "Invalid refresh token"


def test_a_token_of_another_app_is_refused(app: DemoApp) -> None:
    app.sandbox.register_app(client_id="a" * 32, client_secret="b" * 32, redirect_uris=[])
    token = app.log_in()["refresh_token"]
    assert refusal(app.refresh(token, auth=("a" * 32, "b" * 32))) == "Invalid refresh token"


def test_a_public_client_refreshes_with_its_id_alone(app: DemoApp) -> None:
    token = app.redeem_publicly(app.code(**app.pkce())).json()["refresh_token"]
    assert app.refresh(token, auth=None, client_id=app.sandbox.client_id).status_code == 200


def test_what_was_earned_with_a_secret_is_not_renewed_without_it(app: DemoApp) -> None:
    response = app.refresh(app.log_in()["refresh_token"], auth=None, client_id=app.sandbox.client_id)
    assert response.json() == {"error": "invalid_client", "error_description": "Invalid client"}
