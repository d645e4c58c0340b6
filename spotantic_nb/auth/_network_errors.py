"""
Why a request got no reply, in words: each cause with a remedy of its own.

Reads types and numbers only. The text of an error of httpx may quote the reply, and that of a setting a password.
"""

import errno
import socket
import ssl
import urllib.request
from collections.abc import Iterator

import httpx

from spotantic_nb._text import isolated
from spotantic_nb.errors import AccountsUnreachableError

UNTRUSTED = "is not trusted"
"""Stands in the message where a certificate was refused."""

_KEPT = "the token you hold is kept."
_PROXY_VARIABLES = "HTTPS_PROXY, ALL_PROXY and NO_PROXY"

# X509_V_ERR_... of OpenSSL.
_NOT_YET_VALID, _HAS_EXPIRED, _HOSTNAME_MISMATCH = 9, 10, 62

_PROXY_WANTS_PASSWORD = "407"  # noqa: S105 - a status

_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})


def bad_proxy_setting(error: Exception) -> AccountsUnreachableError:
    """Return the error for a proxy variable that httpx cannot use."""
    if isinstance(error, ImportError):
        return AccountsUnreachableError(
            "The proxy that is set is a SOCKS proxy, which needs another package.",
            hint=f"Install it (pip install socksio), or change {_PROXY_VARIABLES}.",
        )
    return AccountsUnreachableError(
        f"A proxy setting cannot be used ({type(error).__name__}).",
        hint=f"Look at {_PROXY_VARIABLES}: a proxy is written as http://host:port. Then try again; {_KEPT}",
    )


def unreachable(error: Exception, netloc: str, *, seconds: float, may_use_proxy: bool) -> AccountsUnreachableError:
    """
    Return the error that says why this host gave no reply.

    Args:
        error: What was raised.
        netloc: The host, with its port where it has one.
        seconds: How long an answer was waited for.
        may_use_proxy: Whether the request was to go through a proxy where one is set.
    """
    host, causes = isolated(netloc), list(_causes(error))
    if isinstance(error, httpx.ProxyError):
        return _proxy_refusal(host, str(error))
    # Before TLS is looked at: a handshake that was waited for in vain has failed as well.
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        message, hint = f"{host} did not answer within {seconds:g} seconds.", "Check the network, then try again"
    elif handshake := next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None):
        return _failed_handshake(host, handshake)
    elif isinstance(error, httpx.ConnectError) and may_use_proxy and _goes_through_proxy(netloc):
        message, hint = f"The proxy on the way to {host} could not be reached.", f"Look at {_PROXY_VARIABLES}"
    else:
        message, hint = _what_happened(error, causes, netloc)
    return AccountsUnreachableError(message, hint=f"{hint}; {_KEPT}", may_pass=True)


def _what_happened(error: Exception, causes: list[BaseException], netloc: str) -> tuple[str, str]:
    """Return the message and the hint for what the system says about a host."""
    host = isolated(netloc)
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return f"The name {host} was not found.", "Check the connection to the internet, then try again"
        if isinstance(cause, ConnectionRefusedError):
            return f"{host} refused the connection: nothing listens there.", _refusal_hint(netloc)
        if isinstance(cause, OSError) and cause.errno in _NO_ROUTE:
            return f"No network leads to {host} from here.", "Check the network, then try again"
    return f"{host} could not be reached ({type(error).__name__}).", "Check the network, then try again"


def _refusal_hint(netloc: str) -> str:
    if is_loopback(netloc):
        return "Start the sandbox, or compare SPOTANTIC_AUTH_ACCOUNTS_URL and SPOTANTIC_AUTH_API_URL"
    return "Check the network (a firewall may be in between), then try again"


def is_loopback(netloc: str) -> bool:
    """Tell whether this is a loopback address: a sandbox, then."""
    return netloc.startswith(("127.0.0.1:", "[::1]:"))


def _failed_handshake(host: str, error: ssl.SSLError) -> AccountsUnreachableError:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return AccountsUnreachableError(
            f"No secure connection to {host} could be made (SSLError).",
            hint=f"Something on the way answers without TLS: look at {_PROXY_VARIABLES}; {_KEPT}",
        )
    message = f"The certificate of {host} {UNTRUSTED} (CERTIFICATE_VERIFY_FAILED: {error.verify_message})."
    if error.verify_code in {_NOT_YET_VALID, _HAS_EXPIRED}:
        hint = "Check the clock of this machine, then try again"
    elif error.verify_code == _HOSTNAME_MISMATCH:
        hint = "Another machine answers in its place: sign in to this network in a browser, or change the network"
    else:
        hint = (
            "Where a company's network inspects TLS, set SSL_CERT_FILE to a file with the company's certificate "
            "(%env SSL_CERT_FILE=...) and try again"
        )
    return AccountsUnreachableError(message, hint=f"{hint}; {_KEPT}")


def _proxy_refusal(host: str, said: str) -> AccountsUnreachableError:
    status = said[:3] if said[:3].isdecimal() and said[:3].isascii() else "no status"
    remedy = (
        "It wants a name and a password: write them into HTTPS_PROXY (http://name:password@host:port)"
        if status == _PROXY_WANTS_PASSWORD
        else f"Look at {_PROXY_VARIABLES}, or ask who runs the proxy to let {host} through"
    )
    return AccountsUnreachableError(f"The proxy refused to connect to {host} ({status}).", hint=f"{remedy}; {_KEPT}")


def _goes_through_proxy(netloc: str) -> bool:
    proxies = urllib.request.getproxies()
    return bool(proxies.get("https") or proxies.get("all")) and not urllib.request.proxy_bypass(netloc)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all that stands behind it; an address of several numbers fails once for each."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__
