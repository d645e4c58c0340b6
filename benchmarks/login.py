"""
Logins: from the call to the opened browser, and from the redirect to the token, first and again in one process.

Each contestant logs in twice in a fresh interpreter, with the token endpoint behind TLS and a person who takes a second
in the browser. The least that could do it listens with asyncio and asks with an httpx that is loaded and connected to
nothing. With an interpreter that has spotipy, tekore and spotantic, those run beside them in the same rounds; that is
what ``nox -s peers`` does:

    python benchmarks/login.py --rounds 5
    python benchmarks/login.py --peers python-that-has-them

Ends with status 1 if the package takes over twice the least for the first token, or over 1.5 times for the second.
"""

import argparse
import contextlib
import json
import os
import socket
import socketserver
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from spotantic_nb.sandbox import Sandbox, ScriptedUser

MOST_FIRST, MOST_AGAIN = 2.0, 1.5
"""How many times the least a login may take."""

PERSON = 1.0
"""Seconds that the person spends in the browser."""

CONTESTANTS = Path(__file__).parent / "contestants"

PEERS = ("spotipy", "tekore", "spotantic")
"""Packages with the same login, from PyPI."""

PASTES = {"tekore"}
"""Contestants that do not listen: the person pastes the address."""


@dataclass(frozen=True, slots=True)
class Login:
    """One login, in milliseconds."""

    opened: float
    """From the call to the opened browser."""
    token: float
    """From the redirect to the token."""


def main() -> int:
    """Measure, print a table, and return the exit status."""
    options = _options(sys.argv[1:])
    contestants = {"the_least": sys.executable, "spotantic_nb": sys.executable}
    if options.peers:
        contestants |= dict.fromkeys(PEERS, options.peers)
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        certificate = _certificate(Path(folder))
        with _behind_tls(sandbox, certificate) as service:
            measured: dict[str, list[tuple[Login, Login]]] = {name: [] for name in contestants}
            for _ in range(options.rounds):
                for name, python in contestants.items():
                    measured[name].append(_log_in_twice(name, python, service, sandbox, certificate))
    return _report(measured)


def _report(measured: dict[str, list[tuple[Login, Login]]]) -> int:
    print(f"{'':16}{'opened':>26}{'first token':>26}{'second token':>26}    (milliseconds: median, least to most)")
    medians: dict[str, tuple[float, float]] = {}
    for name, pairs in measured.items():
        columns = [[first.opened for first, _ in pairs], [first.token for first, _ in pairs]]
        columns.append([second.token for _, second in pairs])
        print(f"{name:16}" + "".join(f"{_spread(column):>26}" for column in columns))
        medians[name] = (statistics.median(columns[1]), statistics.median(columns[2]))
    first, again = (ours / least for ours, least in zip(medians["spotantic_nb"], medians["the_least"], strict=True))
    print(
        f"spotantic_nb : the_least   first {first:.2f} (at most {MOST_FIRST}), again {again:.2f} (at most {MOST_AGAIN})"
    )
    return 0 if first <= MOST_FIRST and again <= MOST_AGAIN else 1


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def _log_in_twice(name: str, python: str, service: str, sandbox: Sandbox, certificate: Path) -> tuple[Login, Login]:
    trusted = {"SSL_CERT_FILE": str(certificate), "REQUESTS_CA_BUNDLE": str(certificate)}
    environ = {**os.environ, **trusted, "DISPLAY": ":0"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what pip installs is compiled, and so are we
    environ.pop("BROWSER", None)  # each contestant brings its own
    redirect_uri = f"http://127.0.0.1:{_free_port()}/callback"
    command = [python, str(CONTESTANTS / f"log_in_with_{name}.py"), service, sandbox.client_id, redirect_uri]
    stdin = subprocess.PIPE if name in PASTES else subprocess.DEVNULL
    with subprocess.Popen(command, env=environ, stdin=stdin, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        return _follow(process, sandbox), _follow(process, sandbox)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _follow(process: "subprocess.Popen[str]", sandbox: Sandbox) -> Login:
    """Be the person of one login, and their browser."""
    link = _said(process)
    asked = urlsplit(str(link["url"]))
    address = ScriptedUser().answer(f"{sandbox.url}{asked.path}?{asked.query}")
    time.sleep(PERSON)
    sent = time.perf_counter()
    if process.stdin is None:
        _visit(address)
    else:
        process.stdin.write(f"{address}\n")
        process.stdin.flush()
    return Login(opened=float(link["opened"]), token=(float(_said(process)["token"]) - sent) * 1e3)


def _visit(address: str) -> None:
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as connection:
        connection.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        while connection.recv(4096):
            pass


def _said(process: "subprocess.Popen[str]") -> dict[str, str | float]:
    """Return the next object that a contestant prints; other lines are for its person."""
    assert process.stdout is not None  # noqa: S101
    for line in process.stdout:
        if line.startswith("{"):
            said: dict[str, str | float] = json.loads(line)
            return said
    raise RuntimeError("A contestant ended without a login.")


def _certificate(folder: Path) -> Path:
    file = folder / "service.pem"
    subject = ["-subj", "/CN=sandbox", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(file.with_suffix(".key"))]
    command = ["openssl", "req", "-x509", *key, "-out", str(file), *subject]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    return file


@contextmanager
def _behind_tls(sandbox: Sandbox, certificate: Path) -> Iterator[str]:
    """Serve the sandbox over TLS as well, and return that address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    port = urlsplit(sandbox.url).port or 80

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            inside = socket.create_connection(("127.0.0.1", port))
            for end in (inside, self.request):  # or a small packet waits 40 ms for the one before to be acknowledged
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with inside, context.wrap_socket(self.request, server_side=True) as outside:
                threading.Thread(target=_pump, args=(inside, outside), daemon=True).start()
                _pump(outside, inside)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="fresh interpreters of each kind")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has spotipy, tekore and spotantic")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
