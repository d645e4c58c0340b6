"""
A slice of the Web API: the profile, favourites, library, history and playlists of a person, and search.

Each answer is a plain function of a call; who may ask and how a refusal looks is settled once, around all of them.
"""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from spotantic_nb.sandbox._errors import ApiError, PlainApiError
from spotantic_nb.sandbox._faults import answer_instead, next_api_fault
from spotantic_nb.sandbox._world import World
from spotantic_nb.sandbox.api import _playlists
from spotantic_nb.sandbox.api._bearer import INVALID, Door, let_in, unauthorized
from spotantic_nb.sandbox.api._call import Answer, Call, read_body
from spotantic_nb.sandbox.api._objects import JsonObject, Objects
from spotantic_nb.sandbox.api._paging import history_page
from spotantic_nb.sandbox.api._search import search
from spotantic_nb.sandbox.music import _listening
from spotantic_nb.sandbox.music._listening import TimeRange

_CORS = Middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "POST", "PUT"],
    allow_headers=["Authorization", "Content-Type"],
    max_age=604_800,
)
"""Any page may ask, as at Spotify: a browser asks first whether it may send the token."""

_SUCCESS = {"GET": 200, "POST": 201, "PUT": 200}
"""With which status an answer comes."""

_TIME_RANGES: Mapping[str, TimeRange] = {
    "short_term": "short_term",
    "medium_term": "medium_term",
    "long_term": "long_term",
}


_READS_PLAYLISTS = Door(scope="playlist-read-private")


def web_api(world: World) -> Starlette:
    """Return the app to mount at ``/v1``."""
    return Starlette(
        routes=[
            _route(world, "/me", _me, Door()),
            _route(world, "/me/", _me, Door()),  # as spotipy and tekore ask
            _route(world, "/me/top/artists", _top_artists, Door(scope="user-top-read")),
            _route(world, "/me/top/tracks", _top_tracks, Door(scope="user-top-read")),
            _route(world, "/me/tracks", _saved_tracks, Door(scope="user-library-read")),
            _route(world, "/me/player/recently-played", _recent, Door(scope="user-read-recently-played")),
            _route(world, "/me/playlists", _playlists.list_playlists, _READS_PLAYLISTS),
            _route(world, "/me/playlists", _playlists.create_playlist, Door(), method="POST"),
            _route(world, "/playlists/{playlist_id}", _playlists.show_playlist, _READS_PLAYLISTS),
            _route(world, "/playlists/{playlist_id}/items", _playlists.list_items, _READS_PLAYLISTS),
            _route(world, "/playlists/{playlist_id}/items", _playlists.add_items, Door(), method="POST"),
            _route(world, "/playlists/{playlist_id}/items", _playlists.replace_items, Door(), method="PUT"),
            _route(world, "/search", _search, Door(needs_user=False)),
            _route(world, "/{anything:path}", _not_found, Door(needs_user=False)),
        ],
        middleware=[_CORS],
    )


def _route(world: World, path: str, answer: Answer, door: Door, *, method: str = "GET") -> Route:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            return _instead(world) or JSONResponse(answer(_call(request, body, door, world)), _SUCCESS[method])
        except ApiError as error:
            return JSONResponse(error.body(), status_code=error.status, headers=error.headers)
        except PlainApiError as error:
            return PlainTextResponse(str(error), status_code=error.status)

    return Route(path, endpoint, methods=[method])


def _instead(world: World) -> Response | None:
    fault = next_api_fault(world.knobs)
    if fault == "401":
        raise unauthorized(INVALID, world.knobs)
    return answer_instead(fault)


def _call(request: Request, body: bytes, door: Door, world: World) -> Call:
    grant = let_in(request.headers.get("authorization"), door=door, world=world)
    return Call(
        asker=world.people[grant.user_id] if grant else None,
        scopes=grant.scopes if grant else (),
        path=request.path_params,
        query=dict(request.query_params),
        body=read_body(body),
        address=f"{world.url}{request.url.path}",
        objects=Objects(world.api_url),
        library=world.library,
        now=world.clock.today(),
        me=world.knobs.me,
    )


def _me(call: Call) -> JsonObject:
    return call.objects.profile(call.person, shape=call.me)


def _top_artists(call: Call) -> JsonObject:
    return call.page(_listening.top_artists(call.person.user_id, _time_range(call)), call.objects.artist)


def _top_tracks(call: Call) -> JsonObject:
    return call.page(_listening.top_tracks(call.person.user_id, _time_range(call)), call.objects.track)


def _saved_tracks(call: Call) -> JsonObject:
    saved = _listening.saved_tracks(call.person.user_id, today=call.now.date())
    return call.page(saved, call.objects.saved_track)


def _recent(call: Call) -> JsonObject:
    return history_page(
        _listening.plays(call.person.user_id, now=call.now),
        query=call.query,
        render=call.objects.play,
        address=call.address,
    )


def _search(call: Call) -> JsonObject:
    return search(call.query, objects=call.objects, address=call.address)


def _not_found(_call: Call) -> JsonObject:
    raise ApiError(404, "Service not found")


def _time_range(call: Call) -> TimeRange:
    asked = call.query.get("time_range", "medium_term")
    if asked not in _TIME_RANGES:
        raise ApiError(400, "Invalid time range")
    return _TIME_RANGES[asked]
