"""Requests of other clients, and what they cost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

import spotipy
from spotipy.exceptions import SpotifyException

from spotantic_nb.sandbox import Sandbox

Ask = Callable[[], int]
"""Makes one request with the session's token, and returns the status of its reply."""


def status_of(client: spotipy.Spotify) -> int:
    try:
        client.current_user()
    except SpotifyException as error:
        return int(error.http_status)
    return 200


def refreshes(sandbox: Sandbox) -> int:
    return sum(seen.form.get("grant_type") == "refresh_token" for seen in sandbox.requests)


def at_once(ask: Ask, times: int = 20) -> list[int | type[BaseException]]:
    """Ask so often at once; return each status, or the kind of error."""
    with ThreadPoolExecutor(times) as threads:
        asked = [threads.submit(ask) for _ in range(times)]
    return [type(one.exception()) if one.exception() else one.result() for one in asked]


class Elsewhere:
    """A Web API that sends everybody on to another server, which refuses them; both note the authorization they see."""

    def __init__(self) -> None:
        self.seen_by_ours: list[str | None] = []
        self.seen_by_the_other: list[str | None] = []
        self._other = self._server(401, self.seen_by_the_other)
        self._ours = self._server(302, self.seen_by_ours, location=f"{_address(self._other)}/me")
        self.api_url = f"{_address(self._ours)}/v1"

    def _server(self, status: int, seen: list[str | None], location: str = "") -> ThreadingHTTPServer:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append(self.headers["Authorization"])
                self.send_response(status)
                self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()

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
