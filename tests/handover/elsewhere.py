"""Servers that are not the Web API of the login."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

REFUSAL = b'{"error": {"status": 401, "message": "no"}}'


class Elsewhere:
    """A Web API that sends everybody on to another server, which refuses them; both note the authorization they see."""

    def __init__(self) -> None:
        self.seen_by_ours: list[str | None] = []
        self.seen_by_the_other: list[str | None] = []
        self._other = self._server(401, self.seen_by_the_other)
        self._ours = self._server(302, self.seen_by_ours, location=f"{_address(self._other)}/me")
        self.api_url, self.other_url = f"{_address(self._ours)}/v1", f"{_address(self._other)}/v1"

    def _server(self, status: int, seen: list[str | None], location: str = "") -> ThreadingHTTPServer:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append(self.headers["Authorization"])
                self.send_response(status)
                self.send_header("Location", location)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(REFUSAL)))
                self.end_headers()
                self.wfile.write(REFUSAL)

            def log_message(self, *_: object) -> None:
                pass

        return ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> Self:
        for server in (self._ours, self._other):
            Thread(target=server.serve_forever).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._ours, self._other):
            server.shutdown()
            server.server_close()


def _address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"
