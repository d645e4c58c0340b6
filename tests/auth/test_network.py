"""Each cause of a request without a reply has a sentence of its own: the name is Spotify's, the sockets are real."""

import asyncio
import errno
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from spotantic_nb import AccountsUnreachableError
from spotantic_nb.auth import _http, _tls
from spotantic_nb.auth._accounts import whoami
from spotantic_nb.models import AccessTokenInfo

NAMED = "https://accounts.spotify.com/api/token"
VARIABLES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
REPLY = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}"

Lead = Callable[[int], str]


@pytest.fixture(autouse=True)
def _no_network_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def lead(monkeypatch: pytest.MonkeyPatch) -> Lead:
    """Have the names of Spotify lead to this machine; return the address of a token endpoint with this port."""
    look_up = socket.getaddrinfo

    def found(host: Any, *rest: Any, **more: Any) -> Any:
        return look_up("127.0.0.1" if "spotify" in str(host) else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return lambda port: f"https://accounts.spotify.com:{port}/api/token"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make certificates that nobody has heard of: a file with a certificate for this name, and its key beside it."""
    folder = tmp_path_factory.mktemp("certificates")

    def certificate(name: str, *, days: str = "2") -> Path:
        file = folder / f"{name}{days}.pem"
        subject = ["-subj", "/CN=Company", "-addext", f"subjectAltName=DNS:{name}", "-days", days]
        key = ["-newkey", "rsa:2048", "-nodes", "-keyout", file.with_suffix(".key")]
        subprocess.run(["openssl", "req", "-x509", *key, "-out", file, *subject], check=True, capture_output=True)
        return file

    return certificate


@contextmanager
def serving(reply: bytes, certificate: Path | None = None) -> Iterator[int]:
    """Give this reply to whoever asks, with TLS where there is a certificate; yield the port."""

    class Visit(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(reply)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Visit) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, certificate.with_suffix(".key"))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        serves = threading.Thread(target=server.serve_forever, args=(0.01,))
        serves.start()
        yield server.socket.getsockname()[1]
        server.shutdown()
        serves.join()


async def said(url: str = NAMED) -> str:
    """Ask there, and return what the error says."""
    with pytest.raises(AccountsUnreachableError) as caught:
        await _http.send("POST", url, form={"code": "PLANTED"})
    assert caught.value.__cause__ is None
    assert "PLANTED" not in str(caught.value)
    return str(caught.value)


async def test_a_certificate_that_nobody_vouches_for_is_told_as_one_and_the_variable_helps_at_once(
    lead: Lead, certificates: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = certificates("accounts.spotify.com")
    with serving(REPLY, ours) as port:
        url = lead(port)
        words = await said(url)
        assert (
            f"The certificate of accounts.spotify.com:{port} is not trusted (CERTIFICATE_VERIFY_FAILED: self-signed"
            in words
        )
        assert "SSL_CERT_FILE" in words
        monkeypatch.setenv("SSL_CERT_FILE", str(ours))
        assert (await _http.send("GET", url)).status == 200
        monkeypatch.delenv("SSL_CERT_FILE")
        assert "is not trusted" in await said(url)


async def test_a_folder_of_certificates_helps_at_once(
    lead: Lead, certificates: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours = certificates("accounts.spotify.com")
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'missing'}:{tmp_path}")
    with serving(REPLY, ours) as port:
        url = lead(port)
        assert "is not trusted" in await said(url)
        (tmp_path / "company.pem").write_bytes(ours.read_bytes())
        await asyncio.to_thread(subprocess.run, ["openssl", "rehash", tmp_path], check=True, capture_output=True)
        assert (await _http.send("GET", url)).status == 200


async def test_a_file_of_certificates_that_is_filled_later_helps_at_once(
    lead: Lead, certificates: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "company.pem"
    file.write_bytes(certificates("another.example").read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    ours = certificates("accounts.spotify.com")
    with serving(REPLY, ours) as port:
        url = lead(port)
        assert "is not trusted" in await said(url)
        file.write_bytes(ours.read_bytes())
        assert (await _http.send("GET", url)).status == 200


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


def test_one_tls_context_serves_all_requests_until_the_environment_changes(
    certificates: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _tls.tls_context()
    assert _tls.tls_context() is first
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates("accounts.spotify.com")))
    second = _tls.tls_context()
    assert second is not first
    assert _tls.tls_context() is second


def test_a_library_that_takes_the_certificates_of_the_system_is_heard_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``truststore.inject_into_ssl`` does it."""
    monkeypatch.setattr(ssl, "create_default_context", lambda **_: object())
    _tls._built.cache_clear()
    before = _tls.tls_context()
    monkeypatch.setattr(ssl, "SSLContext", type("SSLContext", (), {}))
    assert _tls.tls_context() is not before
    _tls._built.cache_clear()
