"""
The app: its client id and secret, the services they are for, and the scopes that are asked for.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spotantic_nb._choices import SCOPES, warning_about_scopes
from spotantic_nb._text import isolated
from spotantic_nb.auth._redirect_uri import DASHBOARD
from spotantic_nb.doctor._examined import Examined
from spotantic_nb.doctor._finding import Finding, broken, look_at, ok
from spotantic_nb.doctor._ports import why_not
from spotantic_nb.settings._env_file import PREFIX

if TYPE_CHECKING:
    from pydantic import SecretStr

_SHAPE = re.compile(r"[0-9a-f]{32}")
"""What every client id and secret has been so far, though no page says so."""


def findings(it: Examined) -> Iterator[Finding]:
    """Yield what there is to say about the app and its scopes."""
    if it.settings.client_id is None and "client_id" not in it.unusable:
        yield _no_app(it)
    found = [*_shapes(it), *_secret(it)]
    yield from found
    if it.settings.client_id and not found:
        secret = "is set" if it.settings.client_secret else "is not set: the pkce flow needs none, code and client do"
        yield ok("app", f"A client id of the usual shape is set; a client secret {secret}.")
    yield from _services(it)
    yield from _scopes(it)


def _no_app(it: Examined) -> Finding:
    return broken(
        "no-app",
        f"No app is set up for this project: {PREFIX}CLIENT_ID is not set.",
        f"Run %spotantic_panel, which takes the client id and writes it; or write {PREFIX}CLIENT_ID= and the app's "
        f"client id ({DASHBOARD}) into {isolated(it.env_file)}.",
    )


def _shapes(it: Examined) -> Iterator[Finding]:
    for name in ("client_id", "client_secret"):
        value: SecretStr | None = getattr(it.settings, name)
        if value is not None and not _SHAPE.fullmatch(value.get_secret_value()):
            words = name.replace("_", " ")
            yield look_at(
                f"{name.replace('_', '-')}-shape",
                f"The {words} ({PREFIX}{name.upper()}) has {len(value)} characters; Spotify's have 32, "
                "0 to 9 and a to f.",
                f"Copy it once more from the app's Settings in the dashboard ({DASHBOARD}).",
            )


def _secret(it: Examined) -> Iterator[Finding]:
    client_id, secret = it.settings.client_id, it.settings.client_secret
    if client_id is not None and secret == client_id:
        yield broken(
            "client-secret-is-client-id",
            f"{PREFIX}CLIENT_SECRET has the same value as {PREFIX}CLIENT_ID.",
            f"Copy the client secret from the dashboard ({DASHBOARD}, View client secret) into {PREFIX}CLIENT_SECRET.",
        )
    flow = it.status.flow
    if secret is None and flow in {"code", "client"} and "client_secret" not in it.unusable:
        yield broken(
            "client-secret-missing",
            f"The login in use is of the flow {flow}, which needs the client secret, and {PREFIX}CLIENT_SECRET is "
            "not set: the token cannot be renewed.",
            f"Set {PREFIX}CLIENT_SECRET in {isolated(it.env_file)}, or log in without one: %spotantic_login pkce",
        )


def _services(it: Examined) -> Iterator[Finding]:
    accounts, api = it.settings.accounts_url, it.settings.api_url
    if _is_sandbox(accounts) != _is_sandbox(api):
        yield broken(
            "services-mixed",
            f"{PREFIX}ACCOUNTS_URL leads to {isolated(accounts)} and {PREFIX}API_URL to {isolated(api)}: "
            "a token of one is nothing to the other.",
            f"Set both {PREFIX}ACCOUNTS_URL and {PREFIX}API_URL to one sandbox, or neither of them.",
        )
    elif not _is_sandbox(accounts):
        yield ok("services", f"{accounts} and {api}.")
    elif dead := [url for url in (accounts, api) if not _listens(url)]:
        yield broken(
            "sandbox-not-running",
            f"The settings lead to a sandbox at {isolated(dead[0])}, and nothing listens there.",
            f"Start the sandbox, or remove {PREFIX}ACCOUNTS_URL and {PREFIX}API_URL to use Spotify itself.",
        )
    else:
        yield ok("services", f"A sandbox at {accounts}; nothing reaches Spotify.")


def _is_sandbox(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "::1"}


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    return why_not(parts.hostname or "", parts.port or 80) != 0


def _scopes(it: Examined) -> Iterator[Finding]:
    scopes = frozenset((it.settings.scope or "").split())
    if warning := warning_about_scopes(scopes):
        yield look_at(
            "scope-unknown",
            warning,
            f"Correct {PREFIX}SCOPE ({isolated(it.origins.get('scope', 'the default'))}).",
        )
    else:
        yield ok("scopes", f"{len(scopes)} of Spotify's {len(SCOPES)} are asked for.")
