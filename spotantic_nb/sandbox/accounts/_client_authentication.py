"""
Who is asking for a token: Basic header, secret in the body, or a public client with its id alone (RFC 6749 2.3).

Spotify answers 400, never 401, when it does not believe a client.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from spotantic_nb.sandbox._errors import TokenError
from spotantic_nb.sandbox._knobs import Wording
from spotantic_nb.sandbox.accounts._apps import App, Dashboard

_CLIENT_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An app at the token endpoint, and whether it has shown its secret."""

    app: App
    is_authenticated: bool


def authenticate(
    authorization: str | None, form: Mapping[str, str], *, dashboard: Dashboard, wording: Wording
) -> Client:
    """
    Return the client that sent this header and form.

    Raises:
        TokenError: There are no credentials, they cannot be read, or they are wrong.
    """
    client_id, secret = _credentials(authorization, form)
    app = _app(client_id, dashboard)
    if secret is None:
        return Client(app=app, is_authenticated=False)
    if not app.has_secret(secret):
        raise TokenError("invalid_client", "Invalid client" if wording == "new" else "Invalid client secret")
    return Client(app=app, is_authenticated=True)


def _credentials(authorization: str | None, form: Mapping[str, str]) -> tuple[str, str | None]:
    if authorization:
        return _from_basic(authorization)
    if not form.get("client_id"):
        raise TokenError("invalid_client")
    return form["client_id"], form.get("client_secret")


def _from_basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        colon = ""
    if scheme.lower() != "basic" or not colon:
        raise TokenError("server_error", "Unexpected status: 400")
    # RFC 6749 2.3.1: both halves are form-encoded before they are joined.
    return unquote_plus(client_id), unquote_plus(secret)


def _app(client_id: str, dashboard: Dashboard) -> App:
    app = dashboard.find(client_id)
    if app is None:
        well_formed = _CLIENT_ID.fullmatch(client_id)
        raise TokenError("invalid_client", "Failed to get client" if well_formed else "Invalid client")
    return app
