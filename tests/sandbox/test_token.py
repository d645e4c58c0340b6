"""``/api/token``: who may ask, for what, and in which words the others are turned away (RFC 6749, 5.2)."""

import base64

import httpx
import pytest

from spotantic_nb.sandbox._knobs import ReplyRefreshToken, ReplyScope, Wording
from tests.sandbox.conftest import BASIC, REDIRECT_URI, VERIFIER, DemoApp

COMPLETE = {"grant_type": "authorization_code", "code": "AQx", "redirect_uri": REDIRECT_URI}


def error(response: httpx.Response) -> tuple[int, str, str | None]:
    body = response.json()
    return response.status_code, body["error"], body.get("error_description")


def grant_error(description: str) -> tuple[int, str, str]:
    return 400, "invalid_grant", description


def test_a_code_earns_both_tokens(app: DemoApp) -> None:
    tokens = app.log_in(scope="user-top-read streaming")
    assert tokens["access_token"].startswith("BQ")
    assert tokens["refresh_token"].startswith("AQ")
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert tokens["scope"] == "streaming user-top-read"


def test_a_secret_may_come_in_the_body(app: DemoApp) -> None:
    secret = {"client_id": BASIC[0], "client_secret": BASIC[1]}
    assert app.redeem(app.code(), auth=None, **secret).status_code == 200


@pytest.mark.rule(25)
def test_a_public_client_proves_itself_with_its_verifier(app: DemoApp) -> None:
    assert app.redeem_publicly(app.code(**app.pkce())).status_code == 200


def test_a_client_may_use_secret_and_verifier_together(app: DemoApp) -> None:
    assert app.redeem(app.code(**app.pkce()), code_verifier=VERIFIER).status_code == 200


def test_an_app_by_itself_gets_no_scope_and_no_refresh_token(app: DemoApp) -> None:
    reply = app.post(grant_type="client_credentials", auth=BASIC).json()
    assert reply.keys() == {"access_token", "token_type", "expires_in"}


def test_a_public_client_has_no_credentials_to_get_a_token_for(app: DemoApp) -> None:
    response = app.post(grant_type="client_credentials", client_id=app.sandbox.client_id)
    assert error(response) == (400, "invalid_client", "Invalid client")


def test_no_credentials_at_all_get_no_description(app: DemoApp) -> None:
    assert error(app.post(grant_type="client_credentials")) == (400, "invalid_client", None)


@pytest.mark.parametrize(
    ("client_id", "description"), [("nobody", "Invalid client"), ("0" * 32, "Failed to get client")]
)
def test_an_unknown_client_is_refused(app: DemoApp, client_id: str, description: str) -> None:
    response = app.post(grant_type="client_credentials", auth=(client_id, "x"))
    assert error(response) == (400, "invalid_client", description)


@pytest.mark.parametrize(("wording", "text"), [("new", "Invalid client"), ("old", "Invalid client secret")])
def test_a_bad_secret_is_refused(app: DemoApp, wording: Wording, text: str) -> None:
    app.sandbox.knobs.error_texts = wording
    response = app.post(grant_type="client_credentials", auth=(app.sandbox.client_id, "x"))
    assert error(response) == (400, "invalid_client", text)


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic bm9jb2xvbg==", "Bearer abc", "Basic /w=="])
def test_a_broken_basic_header_is_a_server_error(app: DemoApp, header: str) -> None:
    app.http.headers["Authorization"] = header
    assert error(app.post(grant_type="client_credentials")) == (400, "server_error", "Unexpected status: 400")


def test_both_halves_of_a_basic_header_are_form_decoded(app: DemoApp) -> None:
    app.sandbox.register_app(client_id="a:b", client_secret="c d", redirect_uris=[])
    app.http.headers["Authorization"] = "Basic " + base64.b64encode(b"a%3Ab:c+d").decode()
    assert app.post(grant_type="client_credentials").status_code == 200


def test_the_grant_type_must_be_there_and_known(app: DemoApp) -> None:
    missing, unknown = app.post(auth=BASIC, x="y"), app.post(auth=BASIC, grant_type="password")
    assert error(missing) == (400, "unsupported_grant_type", "grant_type parameter is missing")
    assert error(unknown)[2] == "grant_type must be client_credentials, authorization_code or refresh_token"


@pytest.mark.parametrize("name", ["code", "redirect_uri"])
def test_a_code_request_needs_its_fields(app: DemoApp, name: str) -> None:
    response = app.post(auth=BASIC, **COMPLETE | {name: None})
    assert error(response) == (400, "invalid_request", f"{name} must be supplied")


def test_a_refresh_request_needs_its_token(app: DemoApp) -> None:
    assert error(app.refresh(None)) == (400, "invalid_request", "refresh_token must be supplied")


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", (400, "unsupported_grant_type", "grant_type parameter is missing")),
        ("text/plain", (415, "server_error", "Unexpected status: 415")),
        ("", (500, "server_error", None)),
    ],
)
def test_a_body_of_another_type_is_refused(app: DemoApp, content_type: str, expected: tuple[int, str, str]) -> None:
    response = app.http.post(
        f"{app.sandbox.url}/api/token", content=b"{}", auth=BASIC, headers={"Content-Type": content_type}
    )
    assert error(response) == expected


def test_an_unknown_code_is_refused_before_its_verifier_is_looked_at(app: DemoApp) -> None:
    assert error(app.redeem_publicly("AQx", code_verifier="short")) == grant_error("Invalid authorization code")


@pytest.mark.rule(25)
def test_a_code_of_another_client_is_refused(app: DemoApp) -> None:
    app.sandbox.register_app(client_id="a" * 32, client_secret="b" * 32, redirect_uris=[])
    response = app.redeem(app.code(), auth=("a" * 32, "b" * 32))
    assert error(response) == grant_error("Invalid authorization code")


@pytest.mark.rule(25)
def test_a_second_use_of_a_code_is_refused_and_kills_its_tokens(app: DemoApp) -> None:
    code = app.code()
    tokens = app.redeem(code).json()
    assert error(app.redeem(code)) == grant_error("Invalid authorization code")
    assert app.get("/me", tokens["access_token"]).status_code == 401
    assert error(app.refresh(tokens["refresh_token"])) == grant_error("Refresh token revoked")


@pytest.mark.rule(25)
def test_a_code_ages(app: DemoApp) -> None:
    app.sandbox.knobs.code_lifetime = 60
    code = app.code()
    app.sandbox.advance(61)
    assert error(app.redeem(code)) == grant_error("Authorization code expired")


@pytest.mark.rule(25)
@pytest.mark.parametrize(("wait", "status"), [(599, 200), (601, 400)])
def test_a_code_lives_ten_minutes(app: DemoApp, wait: int, status: int) -> None:
    """RFC 6749, 4.1.2."""
    code = app.code()
    app.sandbox.advance(wait)
    assert app.redeem(code).status_code == status


def test_an_open_code_dies_when_the_person_removes_the_app(app: DemoApp) -> None:
    code = app.code()
    app.sandbox.revoke_consent("ada")
    assert error(app.redeem(code)) == grant_error("Invalid authorization code")


@pytest.mark.rule(25)
def test_the_redirect_uri_must_be_the_same_one(app: DemoApp) -> None:
    response = app.redeem(app.code(), redirect_uri="http://127.0.0.1:9999/callback")
    assert error(response) == grant_error("Invalid redirect URI")


@pytest.mark.rule(25)
def test_a_wrong_verifier_is_refused(app: DemoApp) -> None:
    response = app.redeem_publicly(app.code(**app.pkce()), code_verifier="x" * 43)
    assert error(response) == grant_error("code_verifier was incorrect")


@pytest.mark.rule(25)
@pytest.mark.parametrize("verifier", [None, "x" * 42, "x" * 129, "ä" * 43])
def test_a_missing_or_malformed_verifier_is_refused(app: DemoApp, verifier: str | None) -> None:
    response = app.redeem(app.code(**app.pkce()), code_verifier=verifier)
    assert error(response)[:2] == (400, "invalid_grant")  # RFC 7636, 4.6


@pytest.mark.rule(25)
def test_a_verifier_without_a_challenge_is_refused(app: DemoApp) -> None:
    response = app.redeem(app.code(), code_verifier=VERIFIER)
    assert error(response) == grant_error("code_verifier was incorrect")  # RFC 9700, 4.8.2


def test_a_public_client_without_pkce_is_refused(app: DemoApp) -> None:
    response = app.redeem_publicly(app.code(), code_verifier=None)
    assert error(response) == (400, "invalid_client", "Invalid client")


@pytest.mark.rule(25)
def test_replies_are_never_cached_and_readable_from_a_page(app: DemoApp) -> None:
    own = {"grant_type": "client_credentials"}
    wrong = (BASIC[0], "wrong")
    for response in (
        app.redeem(app.code()),
        app.redeem("AQx"),
        app.post(**own, auth=BASIC),
        app.post(**own, auth=wrong),
    ):
        assert response.headers["cache-control"] == "no-store"  # RFC 6749, 5.1
        assert response.headers["pragma"] == "no-cache"
        assert response.headers["access-control-allow-origin"] == "*"


def test_a_browser_may_ask_first(app: DemoApp) -> None:
    headers = app.http.options(f"{app.sandbox.url}/api/token").headers
    assert headers["access-control-allow-methods"] == "POST, OPTIONS"
    assert headers["access-control-allow-headers"] == "Content-Type, Authorization"


def test_the_authorize_endpoint_has_no_cors(app: DemoApp) -> None:
    assert "access-control-allow-origin" not in app.open().headers  # RFC 9700, 2.6


@pytest.mark.parametrize(
    ("knob", "expected"),
    [("granted", "streaming user-top-read"), ("absent", None), ("empty", ""), ("less", "streaming")],
)
def test_the_scope_of_a_reply_can_be_bent(app: DemoApp, knob: ReplyScope, expected: str | None) -> None:
    app.sandbox.knobs.reply_scope = knob
    assert app.log_in(scope="user-top-read streaming").get("scope") == expected


@pytest.mark.parametrize(("knob", "expected"), [("absent", "left out"), ("null", None), ("empty", "")])
def test_the_refresh_token_of_a_reply_can_be_bent(app: DemoApp, knob: ReplyRefreshToken, expected: str | None) -> None:
    app.sandbox.knobs.reply_refresh_token = knob
    assert app.log_in().get("refresh_token", "left out") == expected


def test_the_other_fields_of_a_reply_can_be_bent(app: DemoApp) -> None:
    knobs = app.sandbox.knobs
    knobs.reply_token_type, knobs.expires_in_as_text, knobs.extra_fields = "bearer", True, True
    knobs.access_lifetime = 5
    reply = app.log_in()
    assert (reply["token_type"], reply["expires_in"]) == ("bearer", "5")
    assert "x_sandbox" in reply


@pytest.mark.rule(25)
def test_secrets_and_verifiers_are_compared_in_constant_time(app: DemoApp, compared: list[bytes]) -> None:
    """RFC 6749, 10.10."""
    assert app.redeem(app.code(**app.pkce()), code_verifier=VERIFIER).status_code == 200
    assert {BASIC[1].encode(), app.pkce()["code_challenge"].encode()} <= set(compared)
