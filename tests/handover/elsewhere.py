"""Web APIs that do what the sandbox does not: lead elsewhere, or note what they are sent."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

REFUSAL = b'{"error": {"status": 401, "message": "no"}}'


class Server:
    """A server of HTTP, in a thread, as long as it is in use."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers, and keeps quiet about it."""

    def answer(self, status: int, body: bytes, *, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Elsewhere:
    """A Web API that sends everybody on to another server, which refuses them; both note the authorization they see."""

    def __init__(self) -> None:
        self.seen_by_ours: list[str | None] = []
        self.seen_by_the_other: list[str | None] = []
        self._other = self._server(401, self.seen_by_the_other)
        self._ours = self._server(302, self.seen_by_ours, location=f"{self._other.url}/me")
        self.api_url, self.other_url = f"{self._ours.url}/v1", f"{self._other.url}/v1"

    def _server(self, status: int, seen: list[str | None], location: str = "") -> Server:
        class Noting(Handler):
            def do_GET(self) -> None:
                seen.append(self.headers["Authorization"])
                self.answer(status, REFUSAL, location=location)

        return Server(Noting)

    def __enter__(self) -> Self:
        self._ours.__enter__()
        self._other.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.__exit__()
        self._other.__exit__()


class Bodies(Server):
    """A Web API that refuses the first request with a body, and notes the bodies of all."""

    def __init__(self) -> None:
        self.seen = seen = list[bytes]()

        class Noting(Handler):
            def do_POST(self) -> None:
                length = self.headers["Content-Length"]
                seen.append(self._chunks() if length is None else self.rfile.read(int(length)))
                self.answer(401 if len(seen) == 1 else 200, REFUSAL)

            def do_GET(self) -> None:  # the login asks whose it is
                self.answer(200, b'{"id": "ada"}')

            def _chunks(self) -> bytes:
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

        super().__init__(Noting)
        self.api_url = f"{self.url}/v1"
