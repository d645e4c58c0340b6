"""
``/authorize`` and the login page: how a browser carries an app's question to a person, and the answer back.

Everything wrong with a request is shown here as one line of text; only a person's yes or no returns to the app.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from spotantic_nb.sandbox._errors import AuthorizeError
from spotantic_nb.sandbox._people import SESSION_COOKIE
from spotantic_nb.sandbox._world import World
from spotantic_nb.sandbox.accounts import _pages
from spotantic_nb.sandbox.accounts._apps import with_answer
from spotantic_nb.sandbox.accounts._authorization_request import AuthorizationRequest, read_authorization_request
from spotantic_nb.sandbox.accounts._random_text import random_text

LOGIN_PATH = "/en/login"

# Relative, as in the pages: a proxy may show the sandbox below a path of its own.
_TO_LOGIN, _BACK = "en/login", "../authorize?"


class AuthorizeEndpoint:
    """Ask, remember, and send back."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pending: dict[str, AuthorizationRequest] = {}

    async def show(self, request: Request) -> Response:
        """Answer ``GET /authorize``: with a page, an error, or straight away."""
        user_id = self._signed_in(request)
        if self._world.knobs.login_hop and user_id is None:
            # Spotify sends a stranger to log in before it looks at anything else, even the client id.
            return _see_other(with_answer(_TO_LOGIN, {"continue": f"{_BACK}{request.url.query}"}))
        try:
            self._world.catch_up()
            return self._ask(self._read(request.query_params), user_id)
        except AuthorizeError as error:
            return self._error(error)

    async def decide(self, request: Request) -> Response:
        """Answer the consent page's form: the one way to a code that leads past a person."""
        form = await _form(request)
        self._world.catch_up()
        pending = self._pending.pop(form.get("pending", ""), None)
        if pending is None or form.get("user") not in self._world.people:
            return self._error(AuthorizeError("This page was answered before. Start again in the app."))
        if form.get("decision") != "accept":
            return self._return(pending, {"error": "access_denied"})
        return self._signing_in(form["user"], self._accept(pending, form["user"]))

    async def show_login(self, request: Request) -> Response:
        """Answer ``GET /en/login``."""
        return self._html(_pages.login_page(self._world.people, goes_on_to=request.query_params.get("continue", "")))

    async def log_in(self, request: Request) -> Response:
        """Answer the login page's form: sign in and go on to where the browser was headed."""
        form = await _form(request)
        goes_on_to = form.get("continue", "")
        # Only to the authorize endpoint: anything else would be an open redirector (RFC 9700 4.11.2).
        if not goes_on_to.startswith(_BACK) or form.get("user") not in self._world.people:
            return self._error(AuthorizeError("This login leads nowhere. Start again in the app."))
        return self._signing_in(form["user"], _see_other(goes_on_to))

    def _read(self, query: Mapping[str, str]) -> AuthorizationRequest:
        return read_authorization_request(
            query, dashboard=self._world.dashboard, strict_scopes=self._world.knobs.strict_scopes
        )

    def _ask(self, asked: AuthorizationRequest, user_id: str | None) -> Response:
        match self._world.knobs.consent:
            case "silent":
                return self._html(_pages.silent_page())
            case "deny":
                return self._return(asked, {"error": "access_denied"})
            case "accept":
                return self._accept(asked, user_id or next(iter(self._world.people)))
        if user_id and not asked.show_dialog and self._has_agreed(asked, user_id):
            return self._accept(asked, user_id)
        return self._html(_pages.consent_page(asked, self._world.people, pending=self._keep(asked), signed_in=user_id))

    def _has_agreed(self, asked: AuthorizationRequest, user_id: str) -> bool:
        return self._world.approvals.hold(user_id=user_id, client_id=asked.app.client_id, scopes=asked.scopes)

    def _keep(self, asked: AuthorizationRequest) -> str:
        # The page carries only this handle, so that nothing in it can be changed between question and answer.
        pending = random_text(32)
        self._pending[pending] = asked
        return pending

    def _accept(self, asked: AuthorizationRequest, user_id: str) -> Response:
        self._world.approvals.remember(user_id=user_id, client_id=asked.app.client_id, scopes=asked.scopes)
        code = self._world.codes.issue(asked, user_id=user_id, now=self._world.clock.now())
        return self._return(asked, {"code": code})

    def _return(self, asked: AuthorizationRequest, answer: Mapping[str, str]) -> Response:
        full = {**answer, **self._state(asked.state), **self._iss()}
        return _see_other(with_answer(asked.redirect_uri, full))

    def _state(self, state: str | None) -> dict[str, str]:
        match self._world.knobs.redirect_state:
            case "altered" if state is not None:
                return {"state": f"not-{state}"}
            case "kept" if state is not None:
                return {"state": state}
        return {}

    def _iss(self) -> dict[str, str]:
        match self._world.knobs.iss:
            case "right":
                return {"iss": self._world.url}
            case "wrong":
                return {"iss": "https://accounts.example"}
        return {}

    def _signed_in(self, request: Request) -> str | None:
        return self._world.browsers.user_id(request.cookies.get(SESSION_COOKIE))

    def _signing_in(self, user_id: str, response: Response) -> Response:
        session = self._world.browsers.sign_in(user_id)
        response.set_cookie(SESSION_COOKIE, session, httponly=True, samesite="lax")
        return response

    def _html(self, page: str) -> Response:
        return HTMLResponse(page, headers=_pages.headers(self._world.knobs.coop))

    def _error(self, error: AuthorizeError) -> Response:
        return PlainTextResponse(error.text(self._world.knobs.error_texts), status_code=400)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("latin-1"), keep_blank_values=True))


def _see_other(url: str) -> Response:
    # 303 and never 307, which would send the form along (RFC 9700 4.12).
    return RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})
