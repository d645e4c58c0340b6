"""Servers in the place of Spotify's, and what the error says that comes of asking there."""

import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spotantic_nb import AccountsUnreachableError
from spotantic_nb.auth import _http

NAMED = "https://accounts.spotify.com/api/token"
REPLY = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}"

Lead = Callable[[int], str]


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


def make_certificate(file: Path, name: str, *, days: str = "2") -> Path:
    """Make a certificate that nobody has heard of, for a name like ``DNS:here.example``; its key lies beside it."""
    subject = ["-subj", "/CN=Company", "-addext", f"subjectAltName={name}", "-days", days]
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", file.with_suffix(".key")]
    subprocess.run(["openssl", "req", "-x509", *key, "-out", file, *subject], check=True, capture_output=True)
    return file


async def said(url: str = NAMED) -> str:
    """Ask there, and return what the error says."""
    with pytest.raises(AccountsUnreachableError) as caught:
        await _http.send("POST", url, form={"code": "PLANTED"})
    assert caught.value.__cause__ is None
    assert "PLANTED" not in str(caught.value)
    return str(caught.value)
