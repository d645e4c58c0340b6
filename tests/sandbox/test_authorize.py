"""``/authorize``: what ends on an error page, what is asked, what is remembered, and how the answer travels."""

from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest

from spotantic_nb.sandbox import ScriptedUser
from spotantic_nb.sandbox._knobs import Consent, Iss, RedirectState, Wording
from tests.sandbox.conftest import VERIFIER, DemoApp

ERRORS = [
    ({"client_id": None}, "client_id: Not present", "INVALID_CLIENT: Invalid client"),
    ({"client_id": ""}, "client_id: Not present", "INVALID_CLIENT: Invalid client"),
    ({"client_id": "0" * 32}, "client_id: Invalid", "INVALID_CLIENT: Invalid client"),
    (
        {"redirect_uri": "http://127.0.0.1:8765/other"},
        "redirect_uri: Not matching configuration",
        "INVALID_CLIENT: Invalid redirect URI",
    ),
    ({"redirect_uri": None}, "redirect_uri: Not matching configuration", "INVALID_CLIENT: Invalid redirect URI"),
    (
        {"redirect_uri": "http://localhost:8765/callback"},
        "redirect_uri: Insecure",
        "INVALID_CLIENT: Insecure redirect URI",
    ),
    ({"response_type": None}, "response_type must be code", "response_type must be code or token"),
    ({"response_type": "token"}, "response_type must be code", "response_type must be code or token"),
    ({"scope": "user-top-read playlist-read"}, "scope: Invalid scope", "Illegal scope"),
    ({"scope": "user-top-read,user-library-read"}, "scope: Invalid scope", "Illegal scope"),
]

BAD_PKCE = [
    ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "code_challenge_method must be S256"),
    ({"code_challenge": VERIFIER}, "code_challenge_method must be S256"),
    ({"code_challenge_method": "S256"}, "code_challenge: Invalid"),
    ({"code_challenge": VERIFIER[:-1], "code_challenge_method": "S256"}, "code_challenge: Invalid"),
    ({"code_challenge": VERIFIER + "=", "code_challenge_method": "S256"}, "code_challenge: Invalid"),
]


@pytest.mark.parametrize(("changes", "new", "old"), ERRORS)
@pytest.mark.parametrize("wording", ["new", "old"])
def test_a_wrong_request_ends_on_a_page_with_one_line(
    app: DemoApp, changes: dict[str, str | None], new: str, old: str, wording: Wording
) -> None:
    app.sandbox.knobs.error_texts = wording
    response = app.open(**changes)
    assert response.status_code == 400
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text == {"new": new, "old": old}[wording]


@pytest.mark.parametrize(("changes", "text"), BAD_PKCE)
def test_only_s256_with_43_characters_is_a_challenge(app: DemoApp, changes: dict[str, str], text: str) -> None:
    response = app.open(**changes)
    assert (response.status_code, response.text) == (400, text)


def test_errors_are_found_in_spotifys_order(app: DemoApp) -> None:
    wrong = {"scope": "nonsense", "response_type": "token", "redirect_uri": "http://localhost/", "client_id": "x"}
    found = []
    for name in ("client_id", "redirect_uri", "response_type", "scope"):
        found.append(app.open(**wrong).text.partition(" ")[0].rstrip(":"))
        del wrong[name]
    assert found == ["client_id", "redirect_uri", "response_type", "scope"]


def test_lenient_scopes_drop_the_unknown_and_take_commas(app: DemoApp) -> None:
    app.sandbox.knobs.strict_scopes = False
    assert app.log_in(scope="user-top-read,user-library-read,nonsense")["scope"] == "user-library-read user-top-read"


def test_agreeing_returns_a_code_and_the_state(app: DemoApp) -> None:
    callback = app.callback()
    assert callback["code"].startswith("AQ")
    assert callback == {"code": callback["code"], "state": "state-of-this-attempt"}


def test_cancelling_returns_access_denied_and_the_state(app: DemoApp) -> None:
    assert app.cancelled_callback() == {"error": "access_denied", "state": "state-of-this-attempt"}


@pytest.mark.rule(25)
@pytest.mark.parametrize("consent", ["accept", "deny"])
def test_an_answer_is_a_303(app: DemoApp, consent: Consent) -> None:
    app.sandbox.knobs.consent = consent
    assert app.open().status_code == 303  # RFC 9700, 4.12


def test_a_state_that_was_not_sent_does_not_come_back(app: DemoApp) -> None:
    assert app.cancelled_callback(state=None) == {"error": "access_denied"}


def test_a_query_in_the_redirect_uri_is_kept(app: DemoApp) -> None:
    uri = "https://app.example/back?tab=1"
    app.sandbox.register_app(client_id="a" * 32, client_secret="b" * 32, redirect_uris=[uri])
    url = ScriptedUser().answer(app.authorize_url(client_id="a" * 32, redirect_uri=uri), decision="cancel")
    assert url == f"{uri}&error=access_denied&state=state-of-this-attempt"


def test_an_approval_is_remembered_in_that_persons_browser(app: DemoApp) -> None:
    ada = ScriptedUser("ada")
    app.callback(ada)
    assert ada.answer(app.authorize_url()).startswith("http://127.0.0.1:8765/callback?code=")
    assert [request.method for request in app.sandbox.requests] == ["GET", "POST", "GET"]


@pytest.mark.parametrize("changes", [{"show_dialog": "true"}, {"scope": "user-library-read"}])
def test_a_forced_dialog_or_another_scope_asks_again(app: DemoApp, changes: dict[str, str]) -> None:
    ada = ScriptedUser("ada")
    app.callback(ada)
    app.callback(ada, **changes)
    assert [request.method for request in app.sandbox.requests] == ["GET", "POST", "GET", "POST"]


def test_another_browser_is_asked_again(app: DemoApp) -> None:
    app.callback()
    assert app.open().status_code == 200


def test_a_person_who_removed_the_app_is_asked_again(app: DemoApp) -> None:
    ada = ScriptedUser("ada")
    app.callback(ada)
    app.sandbox.revoke_consent("ada")
    app.callback(ada)
    assert [request.method for request in app.sandbox.requests] == ["GET", "POST", "GET", "POST"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app: DemoApp) -> None:
    page = app.open().text
    pending = page.partition('name="pending" value="')[2].partition('"')[0]
    form = {"pending": pending, "user": "ada", "decision": "accept"}
    cookie = app.http.post(f"{app.sandbox.url}/authorize", data=form).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()


def test_a_consent_page_can_be_answered_once(app: DemoApp) -> None:
    page = app.open().text
    pending = page.partition('name="pending" value="')[2].partition('"')[0]
    form = {"pending": pending, "user": "ada", "decision": "cancel"}
    answers = [app.http.post(f"{app.sandbox.url}/authorize", data=form).status_code for _ in range(2)]
    assert answers == [303, 400]


def test_consent_can_be_given_at_once(app: DemoApp) -> None:
    app.sandbox.knobs.consent = "accept"
    assert "code=AQ" in app.open().headers["location"]


def test_consent_can_be_silent(app: DemoApp) -> None:
    app.sandbox.knobs.consent = "silent"
    with pytest.raises(RuntimeError, match="Nothing happens here"):
        app.callback()


def test_a_stranger_is_sent_to_log_in_before_anything_is_checked(app: DemoApp) -> None:
    app.sandbox.knobs.login_hop = True
    response = app.open(client_id="nonsense")
    assert response.status_code == 303
    at = urlsplit(urljoin(str(response.url), response.headers["location"]))
    assert at.path == "/en/login"
    assert parse_qs(at.query)["continue"][0].startswith("../authorize?client_id=nonsense&")


def test_the_login_hop_leads_back_to_the_question(app: DemoApp) -> None:
    app.sandbox.knobs.login_hop = True
    assert "code" in app.callback(ScriptedUser("grace"))


@pytest.mark.rule(11, 25)
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "https://evil.example",
        "//evil.example/authorize?",
        "/authorize",
        "../authorize",
        "../authorize@evil.example?",
        "",
    ],
)
def test_the_login_page_leads_nowhere_else(app: DemoApp, target: str) -> None:
    """RFC 9700, 4.11.2."""
    response = app.http.post(f"{app.sandbox.url}/en/login", data={"continue": target, "user": "ada"})
    assert response.status_code == 400


@pytest.mark.parametrize(("knob", "state"), [("altered", "not-state-of-this-attempt"), ("missing", None)])
def test_the_state_can_come_back_wrong(app: DemoApp, knob: RedirectState, state: str | None) -> None:
    app.sandbox.knobs.redirect_state = knob
    assert app.callback().get("state") == state


def test_the_issuer_can_be_right_wrong_or_absent(app: DemoApp) -> None:
    issuers: dict[Iss, str | None] = {
        "absent": None,
        "right": app.sandbox.url,
        "wrong": "https://accounts.example",
    }
    for knob, issuer in issuers.items():
        app.sandbox.knobs.iss = knob
        assert app.callback().get("iss") == issuer


def test_a_plus_and_a_percent_sign_both_separate_scopes(app: DemoApp) -> None:
    base = app.authorize_url(scope=None)
    for encoded in ("user-top-read+streaming", "user-top-read%20streaming"):
        assert app.http.get(f"{base}&scope={encoded}").status_code == 200


def test_nothing_can_be_changed_from_outside_between_question_and_answer(app: DemoApp) -> None:
    page = app.open().text
    assert urlencode({"state": "state-of-this-attempt"}) not in page
    assert "state-of-this-attempt" not in page


@pytest.mark.rule(25)
@pytest.mark.parametrize(
    ("registered", "asked", "status"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", 200),
        ("http://[::1]/cb", "http://[::1]:49152/cb", 200),
        ("http://127.0.0.1:8765/cb", "http://127.0.0.1:8765/cb", 200),
        ("http://127.0.0.1:8765/cb", "http://127.0.0.1:8766/cb", 400),
        ("http://127.0.0.1:8765/cb", "http://127.0.0.1:8765/cb/", 400),
        ("http://127.0.0.1:8765/cb", "http://127.0.0.1:8765/CB", 400),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb", 400),
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb?x=1", 400),
        ("http://127.0.0.1/cb", "http://localhost:49152/cb", 400),
        ("https://a.example/cb", "https://a.example/cb?x", 400),
        ("https://a.example/cb", "https://a.example:443/cb", 400),
    ],
)
def test_redirect_uris_are_compared_exactly(app: DemoApp, registered: str, asked: str, status: int) -> None:
    """RFC 9700, 2.1 and 4.1.3; RFC 8252, 7.3."""
    app.sandbox.register_app(client_id=app.sandbox.client_id, client_secret="s", redirect_uris=[registered])
    assert app.open(redirect_uri=asked).status_code == status
