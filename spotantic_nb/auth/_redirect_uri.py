"""
Redirect URIs: which of them Spotify takes, and which can be listened on here.

Spotify's rules (developer.spotify.com, "Redirect URIs", since November 2025): https anywhere, plain http only on a
loopback address literal, the name ``localhost`` nowhere, and an exact comparison with what the dashboard holds.
"""

from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from spotantic_nb._foreign_text import isolated
from spotantic_nb.errors import ConfigurationError

DEFAULT_REDIRECT_URI = "http://127.0.0.1:8765/callback"

DASHBOARD = "https://developer.spotify.com/dashboard"
"""Where an app's redirect URIs, its client id and its secret are."""

_LOOPBACK_LITERALS = frozenset({"127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Loopback:
    """The part of a loopback redirect URI that a listener needs."""

    host: str
    port: int
    path: str
    netloc: str
    """Host and port as a browser sends them in its ``Host`` header."""


def loopback_of(redirect_uri: str) -> Loopback | None:
    """Return where to listen for this redirect URI, or None where the answer goes somewhere else."""
    parts = urlsplit(redirect_uri)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK_LITERALS:
        return None
    port = parts.port or 80
    netloc = parts.netloc.lower().removesuffix(":80")
    return Loopback(host=parts.hostname, port=port, path=parts.path or "/", netloc=netloc)


def refuse_bad_redirect_uri(redirect_uri: str) -> None:
    """
    Raise where Spotify would refuse this redirect URI, saying which line to register instead.

    Raises:
        ConfigurationError: The URI is not absolute, has a fragment, or is neither https nor a loopback literal.
    """
    parts = _split(redirect_uri)
    has_more = parts.username is not None or parts.fragment or parts.port == 0
    if parts.hostname is None or has_more or parts.scheme not in {"http", "https"}:
        _refuse("is not a plain http or https address", DEFAULT_REDIRECT_URI)
    if parts.hostname == "localhost":
        _refuse("names localhost, which Spotify refuses", _on_loopback(parts))
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK_LITERALS:
        _refuse("is plain http to another machine, which Spotify refuses", _with_https(parts))


def warning_about(redirect_uri: str) -> str:
    """Return what Spotify may dislike about an allowed redirect URI, or an empty text."""
    loopback = loopback_of(redirect_uri)
    if loopback and "-" in loopback.path:
        return (
            f"The redirect URI has a hyphen in its path ({isolated(loopback.path)}); Spotify has refused such loopback "
            f"addresses. If it does, register {DEFAULT_REDIRECT_URI} instead."
        )
    return ""


def _split(redirect_uri: str) -> SplitResult:
    try:
        parts = urlsplit(redirect_uri)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        _refuse("is not an address", DEFAULT_REDIRECT_URI)
    return parts


def _refuse(why: str, instead: str) -> NoReturn:
    shown = isolated(instead)
    raise ConfigurationError(
        f"The redirect URI (SPOTANTIC_AUTH_REDIRECT_URI) {why}.",
        hint=f"Register {shown} in Spotify's dashboard and set SPOTANTIC_AUTH_REDIRECT_URI={shown}",
    )


def _on_loopback(parts: SplitResult) -> str:
    netloc = f"127.0.0.1:{parts.port}" if parts.port else "127.0.0.1:8765"
    return parts._replace(scheme="http", netloc=netloc, path=parts.path or "/callback").geturl()


def _with_https(parts: SplitResult) -> str:
    return parts._replace(scheme="https").geturl()
