"""The application: which path is answered by which service."""

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from spotantic_nb.sandbox._authorize import LOGIN_PATH, AuthorizeEndpoint
from spotantic_nb.sandbox._recording import RecordingMiddleware
from spotantic_nb.sandbox._token import TokenEndpoint
from spotantic_nb.sandbox._web_api import web_api
from spotantic_nb.sandbox._world import World


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
