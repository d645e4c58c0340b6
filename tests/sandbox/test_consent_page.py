"""The pages: what a person is told, and what a page must not do."""

import re
from urllib.parse import urljoin

import pytest

from spotantic_nb.sandbox import ScriptedUser
from tests.sandbox.conftest import DemoApp


def test_the_page_warns_and_has_no_field_for_a_password(app: DemoApp) -> None:
    page = app.open().text
    assert "SANDBOX" in page
    assert "Do not type real passwords" in page
    assert set(re.findall(r'<input type="(\w+)"', page)) == {"hidden", "radio"}


def test_the_page_names_the_app_the_scopes_and_the_people(app: DemoApp) -> None:
    page = app.open(scope="user-top-read streaming").text
    for words in ("Listening Notebook", "favourite artists", "Play music itself", "Ada", "Grace", "Alan"):
        assert words in page


def test_no_scope_is_said_in_words(app: DemoApp) -> None:
    assert "only what is public" in app.open(scope=None).text


def test_everything_from_outside_is_escaped(app: DemoApp) -> None:
    uri = 'https://a.example/"><script>alert(1)</script>'
    app.sandbox.register_app(client_id='<i>"', client_secret="s", redirect_uris=[uri])
    page = app.open(client_id='<i>"', redirect_uri=uri).text
    assert "<script" not in page
    assert "<i>" not in page


def test_the_login_page_escapes_where_it_goes_on_to(app: DemoApp) -> None:
    page = app.http.get(f"{app.sandbox.url}/en/login", params={"continue": '"><script>'}).text
    assert "<script" not in page


def test_the_page_cannot_be_framed_cached_or_load_anything(app: DemoApp) -> None:
    headers = app.open().headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_proxy_may_show_it_below_a_path_of_its_own(app: DemoApp) -> None:
    """As code-server rewrites a link to ``/proxy/PORT/authorize``."""
    app.sandbox.knobs.login_hop = True
    hop, login = app.open(), app.http.get(f"{app.sandbox.url}/en/login").text
    app.sandbox.knobs.login_hop = False
    actions = re.findall(r'action="([^"]*)"', app.open().text + login)
    below = "https://code.example/proxy/8081"
    assert urljoin(f"{below}/authorize?a=b", hop.headers["location"]).startswith(f"{below}/en/login?")
    assert urljoin(f"{below}/authorize?a=b", actions[0]) == f"{below}/authorize"
    assert urljoin(f"{below}/en/login?a=b", actions[1]) == f"{below}/en/login"


def test_the_policy_leaves_the_way_back_to_the_app_open(app: DemoApp) -> None:
    assert "form-action" not in app.open().headers["content-security-policy"]


def test_whoever_is_signed_in_is_chosen_already(app: DemoApp) -> None:
    app.http.cookies = (alan := ScriptedUser("alan"))._cookies
    app.callback(alan)
    app.http.cookies = alan._cookies
    assert 'value="alan" checked' in app.open(show_dialog="true").text


@pytest.mark.rule(25)
@pytest.mark.parametrize("place", ["consent", "login", "silent"])
def test_no_page_can_be_framed_or_mistaken(app: DemoApp, place: str) -> None:
    """RFC 9700, 4.16; no password is ever asked for."""
    app.sandbox.knobs.login_hop = place == "login"
    app.sandbox.knobs.consent = "silent" if place == "silent" else "ask"
    page = app.http.get(app.authorize_url(), follow_redirects=True)
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "SANDBOX" in page.text
    assert "Do not type real passwords" in page.text
    assert 'type="password"' not in page.text
    assert "<script" not in page.text


def test_a_page_can_be_cut_off_from_the_one_that_opened_it(app: DemoApp) -> None:
    assert "Cross-Origin-Opener-Policy" not in app.open().headers
    app.sandbox.knobs.coop = "same-origin"
    login = app.http.get(f"{app.sandbox.url}/en/login")
    assert [page.headers["Cross-Origin-Opener-Policy"] for page in (app.open(), login)] == ["same-origin"] * 2
