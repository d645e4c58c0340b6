"""
The redirect URI: whether Spotify takes it, and whether the answer that comes there can be received.

Shown without its query and without a name and password in it, which may be secrets.
"""

import errno
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from spotantic_nb._exposure import warning_about_neighbours
from spotantic_nb._text import isolated
from spotantic_nb.auth._redirect_uri import (
    DASHBOARD,
    DEFAULT_REDIRECT_URI,
    Fault,
    Loopback,
    fault_of,
    loopback_of,
)
from spotantic_nb.doctor._examined import Examined
from spotantic_nb.doctor._finding import Finding, broken, look_at, ok
from spotantic_nb.doctor._ports import who_listens_on, why_not
from spotantic_nb.settings._env_file import PREFIX

_VARIABLE = f"{PREFIX}REDIRECT_URI"

_ANYWHERE = re.compile(r"[^!-~]|[*{}<>\\^`|\"']")
"""What no redirect URI should have: a wildcard, what is no ASCII, and what browsers rewrite."""

_ON_LOOPBACK = re.compile(r"[A-Z%]")
"""What Spotify and browsers may write in another way; a hub's addresses may need it."""

_ANOTHER_PORT = (
    f"register a redirect URI with another port in Spotify's dashboard ({DASHBOARD}) and set {_VARIABLE} to it, "
    "as to http://127.0.0.1:8766/callback"
)

_FIRST_FREE_PORT = 1024
"""Those below are kept for the system by most."""


def findings(it: Examined) -> Iterator[Finding]:
    """Yield what there is to say about the redirect URI and its port."""
    if "redirect_uri" in it.unusable:
        return
    uri = it.settings.redirect_uri or DEFAULT_REDIRECT_URI
    if fault := fault_of(uri):
        yield _refused(it, fault)
        return
    found = list(_oddities(uri))
    yield from found or [ok("redirect-uri", f"{_shown(uri)}, exactly so, is what the dashboard must have.")]
    yield from _port(it, uri)


def _shown(uri: str) -> str:
    """Return the address without its query, and without a name and password."""
    parts = urlsplit(uri)
    query = "?..." if parts.query else ""
    return isolated(f"{parts._replace(netloc=parts.netloc.rpartition('@')[2], query='', fragment='').geturl()}{query}")


def _refused(it: Examined, fault: Fault) -> Finding:
    instead = _shown(fault.instead).removesuffix("?...")
    origin = it.origins.get("redirect_uri", "")
    where = "the environment" if origin == _VARIABLE else isolated(origin or it.env_file)
    return broken(
        f"redirect-uri-{fault.kind}",
        f"{fault.sentence}.",
        f"Register `{instead}` in Spotify's dashboard ({DASHBOARD}), exactly so, and set `{_VARIABLE}={instead}` in "
        f"{where}.",
    )


def _oddities(uri: str) -> Iterator[Finding]:
    parts, shown = urlsplit(uri), _shown(uri)
    on_loopback = parts.hostname in {"127.0.0.1", "::1"}
    if parts.path.endswith("/"):
        yield _odd("trailing-slash", f"{shown} ends with a slash, and Spotify compares every character.", uri)
    if on_loopback and "-" in parts.path:
        yield _odd("hyphen", f"{shown} has a hyphen in its path, which Spotify has refused on loopback addresses.", uri)
    if parts.query or _ANYWHERE.search(uri) or (on_loopback and _ON_LOOPBACK.search(uri)):
        yield _odd("characters", f"{shown} has a query, capitals or unusual characters, which may be compared.", uri)
    if on_loopback and parts.scheme == "https":
        yield _odd("https-loopback", f"{shown} is https, for which no listener can be opened here: you paste.", uri)
    elif on_loopback and parts.port is None:
        yield _odd("no-port", f"{shown} has no port, so port 80 is meant, which most users may not listen on.", uri)


def _odd(name: str, text: str, uri: str) -> Finding:
    port = urlsplit(uri).port or 8765
    return look_at(
        f"redirect-uri-{name}",
        text,
        f"If the dashboard ({DASHBOARD}) does not have exactly this one, or Spotify says that it does not match: "
        f"register http://127.0.0.1:{port}/callback and set {_VARIABLE} to it.",
    )


def _port(it: Examined, uri: str) -> Iterator[Finding]:
    loopback = loopback_of(uri, it.settings.forwarded_to)
    if loopback is None or it.placement.browser == "elsewhere":
        return
    if it.is_waiting:
        yield ok("port", f"The login that waits for its answer listens on port {loopback.port}.")
        return
    yield from _obstacles(loopback) or [ok("port", f"Port {loopback.port} is free for the answer.")]
    if it.settings.forwarded_to and (warning := warning_about_neighbours(loopback.port)):
        yield look_at("neighbours", warning, f"Set {_VARIABLE} to the landing page of the Jupyter server, or paste.")


def _obstacles(loopback: Loopback) -> list[Finding]:
    """Return what is in the way; of the two addresses of a forwarded port, one is enough."""
    numbers = [why_not(literal, loopback.port) for literal in loopback.literals]
    missing = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
    if any(number not in missing for number in numbers):
        numbers = [number for number in numbers if number not in missing]
    found = [_obstacle(number, loopback) for number in numbers if number]
    return found[:1] or _privileged(loopback.port)


def _privileged(port: int) -> list[Finding]:
    if port >= _FIRST_FREE_PORT:
        return []
    text = f"Port {port} is below {_FIRST_FREE_PORT}: this user may listen on it, others may not."
    return [look_at("port-privileged", text, f"Where others run this project too, {_ANOTHER_PORT}.")]


def _obstacle(number: int, loopback: Loopback) -> Finding:
    port = loopback.port
    if number == errno.EADDRINUSE:
        who = who_listens_on(port) or "another program"
        text = f"Port {port} of the redirect URI is taken by {who}: the answer of a login would go there."
        return broken("port-taken", text, f"End it (a login of another notebook, perhaps), or {_ANOTHER_PORT}.")
    if number in {errno.EACCES, errno.EPERM}:
        text = f"This user may not listen on port {port} of the redirect URI."
        return broken("port-not-allowed", text, f"{_ANOTHER_PORT[0].upper()}{_ANOTHER_PORT[1:]}.")
    text = f"This machine has no address {' or '.join(loopback.literals)} to listen on (IPv6 is off, perhaps)."
    return broken("port-no-address", text, f"Register {DEFAULT_REDIRECT_URI} and set {_VARIABLE} to it.")
