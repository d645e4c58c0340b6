"""The recording: all requests, no secrets."""

from spotantic_nb.sandbox import ScriptedUser
from tests.sandbox.conftest import VERIFIER, DemoApp


def test_every_request_is_on_record_in_order(app: DemoApp) -> None:
    app.get("/me", app.log_in()["access_token"])
    assert [(request.method, request.path, request.status) for request in app.sandbox.requests] == [
        ("GET", "/authorize", 200),
        ("POST", "/authorize", 303),
        ("POST", "/api/token", 200),
        ("GET", "/v1/me", 200),
    ]


def test_what_is_no_secret_can_be_asserted_on(app: DemoApp) -> None:
    app.redeem("AQx")
    request = app.sandbox.requests[-1]
    assert request.form["grant_type"] == "authorization_code"
    assert (request.form["code"], request.authorization) == ("***", "Basic ***")


def test_no_secret_is_kept(app: DemoApp) -> None:
    app.sandbox.knobs.login_hop = True
    code = app.code(ScriptedUser("alan"), **app.pkce())
    tokens = app.redeem_publicly(code, client_secret=app.sandbox.client_secret).json()
    app.refresh(tokens["refresh_token"])
    app.get(f"/me?access_token={tokens['access_token']}", tokens["access_token"])
    kept = repr(app.sandbox.requests)
    secrets = [code, VERIFIER, "state-of-this-attempt", app.sandbox.client_secret, app.pkce()["code_challenge"]]
    for secret in [*secrets, tokens["access_token"], tokens["refresh_token"]]:
        assert secret not in kept


def test_a_header_without_a_scheme_is_masked_wholly(app: DemoApp) -> None:
    app.http.get(f"{app.sandbox.api_url}/me", headers={"Authorization": "BQsecret"})
    assert app.sandbox.requests[-1].authorization == "***"


def test_the_list_is_a_snapshot(app: DemoApp) -> None:
    before = app.sandbox.requests
    app.open()
    assert before == []
    assert len(app.sandbox.requests) == 1
