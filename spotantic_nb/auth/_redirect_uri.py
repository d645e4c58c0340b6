"""
Redirect URIs: which of them Spotify takes, and which can be listened on here.

Spotify's rules (developer.spotify.com, "Redirect URIs", since November 2025): https anywhere, plain http only on a
loopback address literal, the name ``localhost`` nowhere, and an exact comparison with what the dashboard holds.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from spotantic_nb._text import isolated
from spotantic_nb.errors import ConfigurationError

DEFAULT_REDIRECT_URI = "http://127.0.0.1:8765/callback"

DASHBOARD = "https://developer.spotify.com/dashboard"
"""Where an app's redirect URIs, its client id and its secret are."""

LANDING_PAGE = "/lab/extensions/spotantic_nb/callback.html"
"""Where a Jupyter server serves the page that hands the answer to the notebook, below its own address."""

_LOOPBACK_LITERALS = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Loopback:
    """Where the answer arrives on this machine, and what the request that brings it looks like."""

    literals: tuple[str, ...]
    """The loopback addresses it may arrive at."""
    port: int
    path: str
    hosts: frozenset[str]
    """What its ``Host`` header may be: that of the redirect URI, or what a proxy puts in its place."""
    address: str
    """The redirect URI without a query, as the browser knows the place."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a redirect URI."""

    kind: Literal["malformed", "localhost", "http"]
    why: str
    instead: str
    """One that Spotify takes."""

    @property
    def sentence(self) -> str:
        """What is wrong, as a sentence without its full stop."""
        return f"The redirect URI (SPOTANTIC_AUTH_REDIRECT_URI) {self.why}"


def loopback_of(redirect_uri: str, forwarded_to: int | None = None) -> Loopback | None:
    """
    Return where to listen for this redirect URI, or None where the answer goes somewhere else.

    Args:
        redirect_uri: Where Spotify sends the browser.
        forwarded_to: The port of this machine that a proxy forwards the redirect URI to, where one does.
    """
    parts = urlsplit(redirect_uri)
    hosts, address = frozenset({_without_default_port(parts)}), redirect_uri.partition("?")[0]
    if forwarded_to is not None:
        # What VS Code's and Codespaces' forwarding put in place of the host that the browser asked for.
        hosts |= {f"{name}:{forwarded_to}" for name in ("127.0.0.1", "localhost")}
        # Proxies forward to localhost, which is both: who had the other one could receive the answer.
        return Loopback(_LOOPBACK_LITERALS, forwarded_to, _forwarded(parts.path, forwarded_to), hosts, address)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK_LITERALS or is_landing_page(redirect_uri):
        return None
    return Loopback((parts.hostname,), parts.port or 80, parts.path or "/", hosts, address)


def is_landing_page(redirect_uri: str) -> bool:
    """Tell whether the answer goes to the page that a Jupyter server serves for it."""
    return urlsplit(redirect_uri).path.endswith(LANDING_PAGE)


def why_no_listener(redirect_uri: str) -> str:
    """Return in a sentence why nothing can listen at a redirect URI for which ``loopback_of`` has no answer."""
    if is_landing_page(redirect_uri):
        return "The redirect URI is the landing page of a Jupyter server."
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
        return Fault("malformed", "is not an address", DEFAULT_REDIRECT_URI)
    has_more = parts.username is not None or parts.fragment or port == 0
    if parts.hostname is None or has_more or parts.scheme not in {"http", "https"}:
        return Fault("malformed", "is not a plain http or https address", DEFAULT_REDIRECT_URI)
    if parts.hostname == "localhost":
        return Fault("localhost", "names localhost, which Spotify refuses", _on_loopback(parts))
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK_LITERALS:
        return Fault("http", "is plain http to another machine, which Spotify refuses", _with_https(parts))
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


def _without_default_port(parts: SplitResult) -> str:
    return parts.netloc.lower().removesuffix(":443" if parts.scheme == "https" else ":80")


def _forwarded(path: str, port: int) -> str:
    """Return what is left of a path where a proxy takes away its own part of it (``/user/ada/proxy/8765``)."""
    _, mine, rest = path.partition(f"/proxy/{port}/")
    return f"/{rest}" if mine else path or "/"


def _on_loopback(parts: SplitResult) -> str:
    netloc = f"127.0.0.1:{parts.port}" if parts.port else "127.0.0.1:8765"
    return parts._replace(scheme="http", netloc=netloc, path=parts.path or "/callback").geturl()


def _with_https(parts: SplitResult) -> str:
    return parts._replace(scheme="https").geturl()
