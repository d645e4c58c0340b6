"""Each cause of a request without a reply has a sentence of its own: the name is Spotify's, the sockets are real."""

import errno
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from networks import REPLY, Lead, said, serving
from services import ACTS, Act, failing, holding

from spotantic_nb import AccessTokenInfo, AccountsUnreachableError, AuthCodePKCEFlowManager
from spotantic_nb.auth import _http
from spotantic_nb.auth._accounts import whoami

pytestmark = pytest.mark.usefixtures("no_network_of_this_machine")


async def test_a_machine_that_answers_in_the_place_of_the_service_is_told_apart(
    lead: Lead, certificates: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = certificates("login.hotel.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with serving(REPLY, other) as port:
        url = lead(port)
        assert "sign in to this network in a browser" in await said(url)


async def test_something_that_speaks_no_tls_is_told_apart(lead: Lead) -> None:
    with serving(REPLY) as port:
        url = lead(port)
        assert f"No secure connection to accounts.spotify.com:{port} could be made (SSLError)." in await said(url)


async def test_a_name_that_nobody_knows_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "The name accounts.spotify.com was not found. Check the connection to the internet" in await said()


async def test_a_refusal_is_told_as_one_and_for_a_sandbox_with_its_start(lead: Lead, port: int) -> None:
    url = lead(port)
    assert f"accounts.spotify.com:{port} refused the connection: nothing listens there." in await said(url)
    with pytest.raises(AccountsUnreachableError, match="Start the sandbox"):
        await _http.send("GET", f"http://127.0.0.1:{port}/api/token")


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH])
async def test_a_network_without_a_way_out_is_told_as_one(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def no_way(*_: object, **__: object) -> None:
        raise OSError(number, "no way")

    monkeypatch.setattr(socket, "getaddrinfo", no_way)
    assert "No network leads to accounts.spotify.com from here." in await said()


async def test_silence_is_told_with_its_seconds(lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = lead(silent.getsockname()[1]).replace("https:", "http:")
        assert f"{urlsplit(url).netloc} did not answer within 0.2 seconds." in await said(url)


@pytest.mark.parametrize(
    ("status", "remedy"), [("407 Who are you", "http://name:password@host:port"), ("403 PLANTED", "let")]
)
async def test_a_proxy_that_refuses_is_told_as_one(monkeypatch: pytest.MonkeyPatch, status: str, remedy: str) -> None:
    with serving(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode()) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://PLANTED:PLANTED@127.0.0.1:{port}")
        words = await said()
    assert f"The proxy refused to connect to accounts.spotify.com ({status[:3]})." in words
    assert remedy in words


async def test_a_proxy_that_is_not_there_is_named_and_one_that_is_taken_away_no_more(
    lead: Lead, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    url = lead(port)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert f"The proxy on the way to accounts.spotify.com:{port} could not be reached." in await said(url)
    monkeypatch.setenv("NO_PROXY", "spotify.com")
    assert f"accounts.spotify.com:{port} refused the connection" in await said(url)
    monkeypatch.delenv("HTTPS_PROXY")
    assert f"accounts.spotify.com:{port} refused the connection" in await said(url)


async def test_the_web_api_is_told_of_in_the_same_words(lead: Lead, port: int) -> None:
    token = AccessTokenInfo.model_validate({"access_token": "x", "token_type": "Bearer", "expires_in": 3600})
    with pytest.raises(AccountsUnreachableError, match=rf"api\.spotify\.com:{port} refused the connection"):
        await whoami(f"https://api.spotify.com:{port}/v1", token)


ENVIRONMENTS = {
    "a proxy that needs a package": {"ALL_PROXY": "socks5://PLANTED:PLANTED@127.0.0.1:1"},
    "a proxy of an unknown kind": {"ALL_PROXY": "PLANTED://127.0.0.1:1"},
    "a proxy as some desktops write it": {"ALL_PROXY": "socks://127.0.0.1:1"},
    "a proxy that is no address": {"HTTPS_PROXY": "http://PLANTED:PLANTED@[127.0.0.1:1"},
    "a proxy that is not there": {"HTTPS_PROXY": "http://PLANTED:PLANTED@127.0.0.1:1"},
    "certificates that are not there": {"SSL_CERT_FILE": "/PLANTED", "HTTPS_PROXY": "http://127.0.0.1:1"},
    "a folder of certificates that is not there": {"SSL_CERT_DIR": "/PLANTED:/PLANTED-2"},
    "a path that cannot be one": {"SSL_CERT_FILE": "/PLANTED" * 1000},
    "a folder in place of a file": {"SSL_CERT_FILE": "/"},
    "no certificates in the file": {"SSL_CERT_FILE": __file__},
    "a log of keys that cannot be written": {"SSLKEYLOGFILE": "/PLANTED/keys"},
}

SAID = {
    "a proxy that needs a package": "pip install socksio",
    "a proxy of an unknown kind": "A proxy setting cannot be used",
    "a proxy as some desktops write it": "A proxy setting cannot be used",
    "a proxy that is no address": "proxy",
    "a proxy that is not there": "The proxy on the way to accounts.spotify.com could not be reached.",
    "certificates that are not there": "SSL_CERT_FILE names a file that is not there.",
    "a folder of certificates that is not there": "SSL_CERT_DIR names a folder that is not there.",
    "a path that cannot be one": "SSL_CERT_FILE names a file that is not there.",
    "a folder in place of a file": "What SSL_CERT_FILE names cannot be used",
    "no certificates in the file": "What SSL_CERT_FILE names cannot be used",
    "a log of keys that cannot be written": "What SSLKEYLOGFILE names cannot be used",
}


@pytest.mark.usefixtures("no_waiting")
@ACTS
@pytest.mark.parametrize("name", ENVIRONMENTS)
async def test_an_environment_that_leads_nowhere_is_no_usable_answer_and_the_variable_is_named(
    act: Act, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in ENVIRONMENTS[name].items():
        monkeypatch.setenv(variable, value)
    manager = holding(AuthCodePKCEFlowManager, "https://accounts.spotify.com")
    error = await failing(manager, act)
    assert isinstance(error, AccountsUnreachableError)
    assert SAID[name] in str(error)
