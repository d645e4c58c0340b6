"""Redirect URIs are compared as text; only a loopback literal registered without a port is open in its port."""

import pytest

from spotantic_nb.sandbox.accounts._apps import is_insecure, is_match, with_answer


@pytest.mark.parametrize(
    ("registered", "requested"),
    [
        ("http://127.0.0.1/callback", "http://127.0.0.1/callback"),
        ("http://127.0.0.1/callback", "http://127.0.0.1:1/callback"),
        ("http://127.0.0.1", "http://127.0.0.1:8000"),
        ("http://[::1]/callback", "http://[::1]:65535/callback"),
        ("http://127.0.0.1:8765/callback", "http://127.0.0.1:8765/callback"),
        ("https://app.example/back", "https://app.example/back"),
    ],
)
def test_the_registered_address_matches(registered: str, requested: str) -> None:
    assert is_match(registered, requested)


@pytest.mark.parametrize(
    ("registered", "requested"),
    [
        ("http://127.0.0.1/callback", "http://127.0.0.1:8765/callback/"),
        ("http://127.0.0.1/callback", "http://127.0.0.1:8765/Callback"),
        ("http://127.0.0.1/callback", "http://127.0.0.1:8765/callback?x=1"),
        ("http://127.0.0.1/callback", "http://127.0.0.1:@evil.example/callback"),
        ("http://127.0.0.1/callback", "http://[::1]:8765/callback"),
        ("http://127.0.0.1", "http://127.0.0.1:8000/"),
        ("http://127.0.0.1:8765/callback", "http://127.0.0.1:8766/callback"),
        ("http://127.0.0.1:8765/callback", "http://127.0.0.1/callback"),
        ("https://app.example/back", "https://app.example:443/back"),
    ],
)
def test_anything_else_does_not(registered: str, requested: str) -> None:
    assert not is_match(registered, requested)


@pytest.mark.parametrize(
    "uri",
    ["http://localhost/", "https://localhost/", "http://app.example/", "http://127.0.0.2/", "http://[::1"],
)
def test_localhost_and_plain_http_off_the_loopback_are_insecure(uri: str) -> None:
    assert is_insecure(uri)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1/", "http://[::1]:1/", "https://app.example/", "app://back"])
def test_loopback_literals_https_and_own_schemes_are_not(uri: str) -> None:
    assert not is_insecure(uri)


def test_an_answer_is_encoded_after_the_query_that_is_there() -> None:
    assert with_answer("https://a.example/?x=1", {"state": "a b&c"}) == "https://a.example/?x=1&state=a%20b%26c"
