"""Which redirect URIs Spotify takes, and which can be listened on."""

import pytest

from spotantic_nb.auth._redirect_uri import (
    DEFAULT_REDIRECT_URI,
    Loopback,
    loopback_of,
    refuse_bad_redirect_uri,
    to_register,
    warning_about,
    why_no_listener,
)
from spotantic_nb.errors import ConfigurationError


@pytest.mark.parametrize(
    "uri",
    [
        DEFAULT_REDIRECT_URI,
        "http://127.0.0.1",
        "http://127.0.0.1:80/x",
        "http://[::1]:8765/callback",
        "https://example.com",
        "https://example.com:8443/cb?app=1",
        "https://127.0.0.1:8765/callback",
    ],
)
def test_https_anywhere_and_http_on_a_loopback_literal_are_fine(uri: str) -> None:
    refuse_bad_redirect_uri(uri)
    assert warning_about(uri) == ""


@pytest.mark.parametrize(
    ("uri", "instead"),
    [
        ("http://localhost:8888/cb", "http://127.0.0.1:8888/cb"),
        ("http://LOCALHOST:8888/cb", "http://127.0.0.1:8888/cb"),
        ("https://localhost/cb", "http://127.0.0.1:8765/cb"),
        ("http://localhost", "http://127.0.0.1:8765/callback"),
        ("http://localhost:8888/cb?app=1", "http://127.0.0.1:8888/cb?app=1"),
    ],
)
def test_localhost_is_refused_with_the_line_to_register_instead(uri: str, instead: str) -> None:
    with pytest.raises(ConfigurationError, match="names localhost, which Spotify refuses") as caught:
        refuse_bad_redirect_uri(uri)
    assert caught.value.hint == (
        f"Register {instead} in Spotify's dashboard and set SPOTANTIC_AUTH_REDIRECT_URI={instead}"
    )


@pytest.mark.parametrize(
    "uri",
    [
        "http://example.com/cb",
        "http://127.0.0.2/cb",
        "http://127.0.0.1.example.com/cb",
        "http://0.0.0.0:8000/cb",
        "http://192.168.0.7:8000/cb",
        "http://[::2]:8000/cb",
        "http://me.localhost:8000/cb",
    ],
)
def test_http_to_another_machine_is_refused_in_favour_of_https(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="plain http to another machine") as caught:
        refuse_bad_redirect_uri(uri)
    assert f"SPOTANTIC_AUTH_REDIRECT_URI={uri.replace('http:', 'https:')}" in caught.value.hint


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "callback",
        "/callback",
        "//127.0.0.1/callback",
        "127.0.0.1:8765",
        "http:///callback",
        "myapp://callback",
        "urn:ietf:wg:oauth:2.0:oob",
        f"{DEFAULT_REDIRECT_URI}#part",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:port/callback",
        "http://[::1/callback",
    ],
)
def test_what_is_no_address_is_refused_with_one_that_is(uri: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\(SPOTANTIC_AUTH_REDIRECT_URI\) is not a") as caught:
        refuse_bad_redirect_uri(uri)
    assert caught.value.hint.endswith(f"SPOTANTIC_AUTH_REDIRECT_URI={DEFAULT_REDIRECT_URI}")


@pytest.mark.parametrize(
    ("uri", "loopback"),
    [
        (DEFAULT_REDIRECT_URI, ("127.0.0.1", 8765, "/callback", "127.0.0.1:8765")),
        ("http://127.0.0.1", ("127.0.0.1", 80, "/", "127.0.0.1")),
        ("http://127.0.0.1:80/x", ("127.0.0.1", 80, "/x", "127.0.0.1")),
        ("http://127.0.0.1:8080/", ("127.0.0.1", 8080, "/", "127.0.0.1:8080")),
        ("http://[::1]:8765/a/b?app=1", ("::1", 8765, "/a/b", "[::1]:8765")),
        ("http://[::1]/", ("::1", 80, "/", "[::1]")),
    ],
)
def test_a_listener_learns_where_to_listen(uri: str, loopback: tuple[str, int, str, str]) -> None:
    host, port, path, header = loopback
    assert loopback_of(uri) == Loopback((host,), port, path, frozenset({header}), uri.partition("?")[0])


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("https://hub.example/user/ada/proxy/8765/callback", "/callback"),
        ("https://hub.example/hub/user-redirect/proxy/8765/a/b?app=1", "/a/b"),
        ("https://hub.example:443/proxy/8765/", "/"),
        ("https://code.example/absproxy/8765/callback", "/absproxy/8765/callback"),
        ("https://ada-8765.app.github.dev/callback", "/callback"),
        ("https://ada-8765.app.github.dev", "/"),
        ("https://hub.example/user/ada/proxy/9999/callback", "/user/ada/proxy/9999/callback"),
    ],
)
def test_behind_a_proxy_it_learns_what_arrives_and_under_which_names(uri: str, path: str) -> None:
    loopback = loopback_of(uri, 8765)
    assert loopback is not None
    name = uri.split("/")[2].removesuffix(":443")
    assert (loopback.literals, loopback.port, loopback.path) == (("127.0.0.1", "::1"), 8765, path)
    assert loopback.hosts == {name, "127.0.0.1:8765", "localhost:8765"}


@pytest.mark.parametrize("uri", ["https://127.0.0.1:8765/callback", "https://example.com/cb", "http://localhost:1/"])
def test_nothing_listens_for_an_answer_that_goes_elsewhere(uri: str) -> None:
    assert loopback_of(uri) is None


def test_port_zero_is_not_taken_for_port_eighty() -> None:
    with pytest.raises(ConfigurationError):
        refuse_bad_redirect_uri("http://127.0.0.1:0/callback")


def test_a_hyphen_in_a_loopback_path_earns_a_warning() -> None:
    warning = warning_about("http://127.0.0.1:8765/login-callback")
    assert "/login-callback" in warning
    assert DEFAULT_REDIRECT_URI in warning


@pytest.mark.parametrize("uri", ["https://my-site.example/login-callback", "http://127.0.0.1:8765/cb?from=my-app"])
def test_a_hyphen_elsewhere_earns_none(uri: str) -> None:
    assert warning_about(uri) == ""


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("https://127.0.0.1:8765/callback", "The redirect URI is https, for which no listener can be opened here."),
        ("https://[::1]/callback", "The redirect URI is https, for which no listener can be opened here."),
        ("https://app.example/callback", "The redirect URI leads to another machine."),
    ],
)
def test_why_nothing_can_listen_is_said_as_it_is(uri: str, why: str) -> None:
    assert loopback_of(uri) is None
    assert why_no_listener(uri) == why


def test_to_be_registered_is_what_is_set_or_where_spotify_would_refuse_that_another_one_with_the_reason() -> None:
    assert to_register("https://app.example/cb") == ("https://app.example/cb", "")
    uri, reason = to_register("http://localhost:8888/cb")
    assert uri == "http://127.0.0.1:8888/cb"
    assert reason == (
        "The redirect URI (SPOTANTIC_AUTH_REDIRECT_URI) names localhost, which Spotify refuses: "
        "set it to this one as well."
    )
    assert to_register("nonsense")[0] == DEFAULT_REDIRECT_URI


@pytest.mark.rule(4)
@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "[::]", "127.0.0.2", "example.com", "127.0.0.1.evil.example"])
def test_nothing_but_a_loopback_literal_is_listened_on(host: str) -> None:
    """RFC 8252, 7.3 and 8.3."""
    assert loopback_of(f"http://{host}:8765/callback") is None
