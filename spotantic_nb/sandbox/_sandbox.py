"""The sandbox itself: a world and the server that opens it to the loopback interface."""

import socket
from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from spotantic_nb.sandbox._knobs import Knobs
from spotantic_nb.sandbox._people import PEOPLE, everybody
from spotantic_nb.sandbox._recording import RecordedRequest, RecordingMiddleware
from spotantic_nb.sandbox._server import ServerThread
from spotantic_nb.sandbox._world import World
from spotantic_nb.sandbox.accounts._apps import FIRST_APP, App
from spotantic_nb.sandbox.accounts._authorize import LOGIN_PATH, AuthorizeEndpoint
from spotantic_nb.sandbox.accounts._token import TokenEndpoint
from spotantic_nb.sandbox.api._web_api import web_api

_HOST = "127.0.0.1"


class Sandbox:
    """
    An offline Spotify on a loopback port, served from a thread of its own.

    What it has issued and recorded outlives a stop, so that it can be stopped and started to imitate an outage.

    Args:
        port: Where to listen; 0 takes any free port, anew at each start.
        knobs: How it behaves; it may be turned at any time.
        people: How many invented people there are, from three on: one for everybody in a class.

    Raises:
        ValueError: There are to be fewer people, or more than a thousand.

    Example:
        >>> from spotantic_nb.sandbox import Sandbox
        >>> with Sandbox() as sandbox:
        ...     services = {"accounts_url": sandbox.accounts_url, "api_url": sandbox.api_url}
        ...     session = Session(AuthSettings(client_id=sandbox.client_id, **services))
        ...     session.login("pkce")
        ...     session.status
        <Status signed in: Signed in as Ada Fjordmark, valid until ...>
    """

    client_id = FIRST_APP.client_id
    client_secret = FIRST_APP.client_secret

    def __init__(self, *, port: int = 0, knobs: Knobs | None = None, people: int = len(PEOPLE)) -> None:
        self._port = port
        self._world = World(knobs=knobs or Knobs(), people=everybody(people))
        self._server: ServerThread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox {self._world.url if self._server else 'stopped'}>"

    @property
    def url(self) -> str:
        """
        Return its address, without a slash at the end.

        Raises:
            RuntimeError: It has never been started.
        """
        if not self._world.url:
            raise RuntimeError("The sandbox has no address before it is started.")
        return self._world.url

    @property
    def accounts_url(self) -> str:
        """Return the base of ``/authorize`` and ``/api/token``."""
        return self.url

    @property
    def api_url(self) -> str:
        """Return the base of the Web API."""
        return f"{self.url}/v1"

    @property
    def knobs(self) -> Knobs:
        """Return the knobs that are read at every request."""
        return self._world.knobs

    @property
    def people(self) -> dict[str, str]:
        """
        Return the names of the people by their user ids.

        Example:
            >>> from spotantic_nb.sandbox import Sandbox
            >>> list(Sandbox(people=4).people.items())[-2:]
            [('alan', 'Alan Birchwood'), ('annie', 'Annie Emberfield')]
        """
        return {user_id: person.name for user_id, person in self._world.people.items()}

    @property
    def requests(self) -> list[RecordedRequest]:
        """Return every request answered so far, secrets masked."""
        return self._world.recording.snapshot()

    def start(self) -> None:
        """
        Listen and serve; does nothing while it serves.

        Raises:
            OSError: The port is taken.

        Example:
            >>> sandbox = Sandbox()
            >>> sandbox.start()
            >>> sandbox
            <Sandbox http://127.0.0.1:...>
            >>> sandbox.stop()
        """
        if self._server:
            return
        listener = _listen(self._port)
        self._world.url = f"http://{_HOST}:{listener.getsockname()[1]}"
        server = ServerThread(application(self._world), listener)
        server.start()
        self._server = server

    def stop(self) -> None:
        """
        End serving and free the port, whatever connections are open; does nothing when stopped.

        Example:
            >>> with Sandbox() as sandbox:
            ...     app = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
            ...     sandbox.stop()  # an outage
            ...     Session(AuthSettings(accounts_url=sandbox.url, **app)).login("client")
            Traceback (most recent call last):
            spotantic_nb.errors.AccountsUnreachableError: ...
        """
        server, self._server = self._server, None
        if server:
            server.stop()

    def register_app(self, *, client_id: str, client_secret: str, redirect_uris: Sequence[str]) -> None:
        """
        Register one more app, or another version of one.

        Example:
            >>> app = {"client_id": "0123456789abcdef0123456789abcdef", "client_secret": "fedcba9876543210"}
            >>> with Sandbox() as sandbox:
            ...     sandbox.register_app(**app, redirect_uris=["http://127.0.0.1/callback"])
            ...     Session(AuthSettings(accounts_url=sandbox.url, **app)).login("client")
        """
        app = App(
            client_id=client_id,
            client_secret=client_secret,
            redirect_uris=tuple(redirect_uris),
            name=f"App {client_id[:8]}",
        )
        self._world.changes.put(partial(self._world.dashboard.register, app))

    def revoke_consent(self, user_id: str) -> None:
        """
        Let a person remove all apps: refresh tokens die at once, access tokens live out their hour.

        Example:
            >>> with Sandbox() as sandbox:
            ...     services = {"accounts_url": sandbox.accounts_url, "api_url": sandbox.api_url}
            ...     session = Session(AuthSettings(client_id=sandbox.client_id, **services))
            ...     session.login("pkce")
            ...     sandbox.revoke_consent("ada")
            ...     session.refresh()
            Traceback (most recent call last):
            spotantic_nb.errors.InvalidGrantError: ...
        """
        self._world.changes.put(partial(self._world.remove_apps, user_id))

    def advance(self, seconds: float) -> None:
        """
        Move the sandbox's clock forward.

        Example:
            >>> with Sandbox() as sandbox:
            ...     services = {"accounts_url": sandbox.accounts_url, "api_url": sandbox.api_url}
            ...     session = Session(AuthSettings(client_id=sandbox.client_id, **services))
            ...     session.login("pkce")
            ...     sandbox.advance(200 * 24 * 3600)  # a consent lasts six months
            ...     session.refresh()
            Traceback (most recent call last):
            spotantic_nb.errors.InvalidGrantError: ...
        """
        self._world.clock.advance(seconds)


def _listen(port: int) -> socket.socket:
    listener = socket.create_server((_HOST, port))
    # Inherited by each connection. asyncio itself would leave Nagle's delay on: 40 ms for every request.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def application(world: World) -> ASGIApp:
    """Return the ASGI app of one sandbox."""
    authorize = AuthorizeEndpoint(world)
    token = TokenEndpoint(world)
    return RecordingMiddleware(
        Starlette(
            routes=[
                Route("/authorize", authorize.show, methods=["GET"]),
                Route("/authorize", authorize.decide, methods=["POST"]),
                Route(LOGIN_PATH, authorize.show_login, methods=["GET"]),
                Route(LOGIN_PATH, authorize.log_in, methods=["POST"]),
                Route("/api/token", token.preflight, methods=["OPTIONS"]),
                Route("/api/token", token.issue, methods=["POST"]),
                Mount("/v1", web_api(world)),
            ]
        ),
        world.recording,
    )
