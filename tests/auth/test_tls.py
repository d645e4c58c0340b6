"""Which certificates are trusted: as the environment says at this moment."""

import asyncio
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from networks import REPLY, Lead, said, serving

from spotantic_nb.auth import _http, _tls

pytestmark = pytest.mark.usefixtures("no_network_of_this_machine")


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
    monkeypatch.setattr(ssl, "create_default_context", lambda **_: SimpleNamespace())
    _tls._built.cache_clear()
    before = _tls.tls_context()
    monkeypatch.setattr(ssl, "SSLContext", type("SSLContext", (), {}))
    assert _tls.tls_context() is not before
    _tls._built.cache_clear()


@pytest.mark.rule(15)
def test_certificates_are_verified() -> None:
    """RFC 6749, 10.9."""
    context = _tls.tls_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
