"""
Redirect URIs: which ones are safe, which ones match, and how an answer is added to one.

They are compared as text (RFC 6749 3.1.2.3, RFC 9700 2.1): parsing and rebuilding would make different things equal.
"""

import re
from collections.abc import Mapping
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
