"""A Web API whose replies are written down beforehand."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

Reply = tuple[int, dict[str, str], object]
"""The status, the headers, and the body: a text as it is, anything else as JSON."""


class ScriptedWebApi:
    """Answer each path, with its query, as written down in ``replies``; note who asked for what."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {"/me": (200, {}, {"id": "ada", "display_name": "Ada"})}
        self.asked: list[tuple[str, str | None]] = []
        """What was asked for since the login, and the authorization that came with it."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.removeprefix("/v1")
                if path != "/me":  # which a login asks for
                    api.asked.append((path, self.headers["Authorization"]))
                status, headers, document = api.replies[path]
                body = (document if isinstance(document, str) else json.dumps(document)).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        Thread(target=self._server.serve_forever).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
