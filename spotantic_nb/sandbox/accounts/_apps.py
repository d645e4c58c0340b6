"""
The apps of the sandbox's dashboard, and the redirect URIs they are registered with.

Redirect URIs are compared as text (RFC 6749 3.1.2.3, RFC 9700 2.1): parsing and rebuilding would make different things
equal.
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_PORTLESS = re.compile(r"(?P<origin>http://(?:127\.0\.0\.1|\[::1\]))(?P<rest>[/?].*)?")


def is_insecure(redirect_uri: str) -> bool:
    """Tell whether Spotify refuses this URI for its host: ``localhost``, or plain http off the loopback literals."""
    try:
        parts = urlsplit(redirect_uri)
    except ValueError:
        return True
    if parts.hostname == "localhost":
        return True
    return parts.scheme == "http" and parts.hostname not in _LOOPBACK


def is_match(registered: str, requested: str) -> bool:
    """Tell whether the URI is the registered one; a loopback literal without a port stands for every port."""
    # RFC 8252 7.3, as Spotify reads it: only a registration that names no port is open in its port.
    portless = _PORTLESS.fullmatch(registered)
    if not portless:
        return requested == registered
    rest = re.escape(portless["rest"] or "")
    return re.fullmatch(re.escape(portless["origin"]) + r"(:[0-9]{1,5})?" + rest, requested) is not None


def with_answer(redirect_uri: str, answer: Mapping[str, str]) -> str:
    """Return the URI with the answer in its query, after the query it may already have (RFC 6749 4.1.2)."""
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return f"{redirect_uri}{joint}{urlencode(answer, quote_via=quote)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app as its developer registered it."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]
    name: str

    def may_be_answered_at(self, redirect_uri: str) -> bool:
        """Tell whether the redirect URI is one of the registered ones."""
        return any(is_match(registered, redirect_uri) for registered in self.redirect_uris)

    def has_secret(self, secret: str) -> bool:
        """Compare the secret in constant time."""
        return hmac.compare_digest(self.client_secret.encode(), secret.encode())


class Dashboard:
    """All registered apps."""

    def __init__(self, apps: Iterable[App]) -> None:
        self._apps = {app.client_id: app for app in apps}

    def register(self, app: App) -> None:
        """Add the app, or replace the one with its client id."""
        self._apps[app.client_id] = app

    def find(self, client_id: str) -> App | None:
        """Return the app with this client id, if there is one."""
        return self._apps.get(client_id)


FIRST_APP = App(
    client_id="5a4db0c5a4db0c5a4db0c5a4db0c5a4d",
    client_secret="0ff11ce0ff11ce0ff11ce0ff11ce0ff1",  # noqa: S106 - opens nothing but the sandbox
    redirect_uris=("http://127.0.0.1/callback", "http://[::1]/callback"),
    name="Listening Notebook",
)
"""The app that is registered in every sandbox."""
