"""
Redirect URIs: which of them Spotify takes, and which can be listened on here.

Spotify's rules (developer.spotify.com, "Redirect URIs", since November 2025): https anywhere, plain http only on a
loopback address literal, the name ``localhost`` nowhere, and an exact comparison with what the dashboard holds.
"""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from spotantic_nb._text import isolated
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


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a redirect URI."""

    why: str
    instead: str
    """One that Spotify takes."""

    @property
    def sentence(self) -> str:
        """What is wrong, as a sentence without its full stop."""
        return f"The redirect URI (SPOTANTIC_AUTH_REDIRECT_URI) {self.why}"


def loopback_of(redirect_uri: str) -> Loopback | None:
    """Return where to listen for this redirect URI, or None where the answer goes somewhere else."""
    parts = urlsplit(redirect_uri)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK_LITERALS:
        return None
    port = parts.port or 80
    netloc = parts.netloc.lower().removesuffix(":80")
    return Loopback(host=parts.hostname, port=port, path=parts.path or "/", netloc=netloc)


def why_no_listener(redirect_uri: str) -> str:
    """Return in a sentence why nothing can listen at a redirect URI for which ``loopback_of`` has no answer."""
    if urlsplit(redirect_uri).hostname in _LOOPBACK_LITERALS:
        return "The redirect URI is https, for which no listener can be opened here."
    return "The redirect URI leads to another machine."


def refuse_bad_redirect_uri(redirect_uri: str) -> None:
    """
    Raise where Spotify would refuse this redirect URI, saying which line to register instead.

    Raises:
        ConfigurationError: The URI is not absolute, has a fragment, or is neither https nor a loopback literal.
    """
    if fault := fault_of(redirect_uri):
        shown = isolated(fault.instead)
        raise ConfigurationError(
            f"{fault.sentence}.",
            hint=f"Register {shown} in Spotify's dashboard and set SPOTANTIC_AUTH_REDIRECT_URI={shown}",
        )


def fault_of(redirect_uri: str) -> Fault | None:
    """Return why Spotify would refuse this redirect URI, and another one that it takes; None where it is fine."""
    try:
        parts = urlsplit(redirect_uri)
        port = parts.port  # reading it is what checks it
    except ValueError:
        return Fault("is not an address", DEFAULT_REDIRECT_URI)
    has_more = parts.username is not None or parts.fragment or port == 0
    if parts.hostname is None or has_more or parts.scheme not in {"http", "https"}:
        return Fault("is not a plain http or https address", DEFAULT_REDIRECT_URI)
    if parts.hostname == "localhost":
        return Fault("names localhost, which Spotify refuses", _on_loopback(parts))
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK_LITERALS:
        return Fault("is plain http to another machine, which Spotify refuses", _with_https(parts))
    return None


def to_register(redirect_uri: str) -> tuple[str, str]:
    """Return the redirect URI to register for these settings, and why it is another one than they have."""
    fault = fault_of(redirect_uri)
    return (redirect_uri, "") if fault is None else (fault.instead, f"{fault.sentence}: set it to this one as well.")


def warning_about(redirect_uri: str) -> str:
    """Return what Spotify may dislike about an allowed redirect URI, or an empty text."""
    loopback = loopback_of(redirect_uri)
    if loopback and "-" in loopback.path:
        return (
            f"The redirect URI has a hyphen in its path ({isolated(loopback.path)}); Spotify has refused such loopback "
            f"addresses. If it does, register {DEFAULT_REDIRECT_URI} instead."
        )
    return ""


def _on_loopback(parts: SplitResult) -> str:
    netloc = f"127.0.0.1:{parts.port}" if parts.port else "127.0.0.1:8765"
    return parts._replace(scheme="http", netloc=netloc, path=parts.path or "/callback").geturl()


def _with_https(parts: SplitResult) -> str:
    return parts._replace(scheme="https").geturl()
