"""
``/api/token``: a code, a refresh token or an app's own name becomes an access token (RFC 6749 4.1.3, 6, 4.4.2).

Checks follow Spotify's order: content type, client, grant type, required fields, and only then the grant itself.
"""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from spotantic_nb.sandbox._errors import TokenError
from spotantic_nb.sandbox._faults import answer_instead, next_token_fault, spoiled
from spotantic_nb.sandbox._knobs import Knobs
from spotantic_nb.sandbox._world import World
from spotantic_nb.sandbox.accounts._client_authentication import Client, authenticate
from spotantic_nb.sandbox.accounts._codes import Redemption
from spotantic_nb.sandbox.accounts._tokens import IssuedTokens

# RFC 6749 5.1 forbids caches to keep a token; Spotify lets a page in a browser ask for one.
_HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache", "Access-Control-Allow-Origin": "*"}
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Authorization",
}


class TokenEndpoint:
    """Issue tokens to clients."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def preflight(self, _request: Request) -> Response:
        """Answer ``OPTIONS``, which a browser sends ahead of a request with credentials."""
        return Response(status_code=204, headers=_PREFLIGHT)

    async def issue(self, request: Request) -> Response:
        """Answer ``POST``, or do what the fault of the day does."""
        body = await request.body()
        await asyncio.sleep(self._world.knobs.token_delay)
        fault = next_token_fault(self._world.knobs)
        response = answer_instead(fault) or spoiled(self._answer(request.headers, body), fault)
        response.headers.update(_HEADERS)
        return response

    def _answer(self, headers: Headers, body: bytes) -> Response:
        try:
            self._world.catch_up()
            issued = self._issued(headers, body)
            return JSONResponse(token_reply(issued, self._world.knobs))
        except TokenError as error:
            return JSONResponse(error.body(), status_code=error.status)

    def _issued(self, headers: Headers, body: bytes) -> IssuedTokens:
        form = _read_form(headers.get("content-type"), body)
        client = authenticate(
            headers.get("authorization"),
            form,
            dashboard=self._world.dashboard,
            wording=self._world.knobs.error_texts,
        )
        match form.get("grant_type"):
            case "authorization_code":
                return self._for_code(client, form)
            case "refresh_token":
                return self._for_refresh_token(client, form)
            case "client_credentials":
                return self._for_app(client)
            case grant_type:
                raise _unsupported(grant_type)

    def _for_code(self, client: Client, form: Mapping[str, str]) -> IssuedTokens:
        redemption = Redemption(
            client=client,
            code=_required(form, "code"),
            redirect_uri=_required(form, "redirect_uri"),
            verifier=form.get("code_verifier"),
        )
        now, knobs = self._world.clock.now(), self._world.knobs
        grant = self._world.codes.redeem(redemption, now=now, lifetime=knobs.code_lifetime)
        return self._world.tokens.issue(grant, now=now, knobs=knobs)

    def _for_refresh_token(self, client: Client, form: Mapping[str, str]) -> IssuedTokens:
        return self._world.tokens.refresh(
            _required(form, "refresh_token"),
            client=client,
            now=self._world.clock.now(),
            knobs=self._world.knobs,
        )

    def _for_app(self, client: Client) -> IssuedTokens:
        if not client.is_authenticated:
            raise TokenError("invalid_client", "Invalid client")
        return self._world.tokens.issue_to_app(now=self._world.clock.now(), knobs=self._world.knobs)


def _read_form(content_type: str | None, body: bytes) -> dict[str, str]:
    match (content_type or "").partition(";")[0].strip().lower():
        case "application/x-www-form-urlencoded":
            return dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
        case "application/json":
            return {}  # read by Spotify as a form that says nothing: "grant_type parameter is missing"
        case "":
            raise TokenError("server_error", status=500)
    raise TokenError("server_error", "Unexpected status: 415", status=415)


def _required(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise TokenError("invalid_request", f"{name} must be supplied")
    return form[name]


def _unsupported(grant_type: str | None) -> TokenError:
    if not grant_type:
        return TokenError("unsupported_grant_type", "grant_type parameter is missing")
    return TokenError(
        "unsupported_grant_type",
        "grant_type must be client_credentials, authorization_code or refresh_token",
    )


_NOBODY_ASKED = {"username": None, "id_hint": "not-a-token", "x_sandbox": {"nested": [1, 2, 3]}}


def token_reply(issued: IssuedTokens, knobs: Knobs) -> dict[str, object]:
    """Return the reply; an app that acts for itself gets neither scope nor refresh token."""
    return {
        "access_token": issued.access_token,
        "token_type": knobs.reply_token_type,
        "expires_in": str(knobs.access_lifetime) if knobs.expires_in_as_text else knobs.access_lifetime,
        **(_of_a_person(issued, knobs) if issued.grant else {}),
        **(_NOBODY_ASKED if knobs.extra_fields else {}),
    }


def _of_a_person(issued: IssuedTokens, knobs: Knobs) -> dict[str, object]:
    scopes = sorted(issued.grant.scopes) if issued.grant else []
    return _scope(scopes, knobs) | _refresh_token(issued.refresh_token, knobs)


def _scope(scopes: list[str], knobs: Knobs) -> dict[str, object]:
    match knobs.reply_scope:
        case "absent":
            return {}
        case "empty":
            return {"scope": ""}
        case "less":
            return {"scope": " ".join(scopes[:-1])}
    return {"scope": " ".join(scopes)}


def _refresh_token(value: str | None, knobs: Knobs) -> dict[str, object]:
    match knobs.reply_refresh_token:
        case "absent":
            return {}
        case "null":
            return {"refresh_token": None}
        case "empty":
            return {"refresh_token": ""}
    return {} if value is None else {"refresh_token": value}
