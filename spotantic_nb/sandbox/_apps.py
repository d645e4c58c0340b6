"""The apps of the sandbox's dashboard: who they are, what they know, and where they may be answered."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from spotantic_nb.sandbox._redirects import is_match


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
