"""
What the accounts service itself says: whether it is reached, what its clock shows, and whether it knows the app.

One request: a token for the app where a client secret is set, otherwise a plain one. The token is not kept.
"""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from spotantic_nb._portal import portal
from spotantic_nb._text import duration, isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._accounts import AccountsService
from spotantic_nb.auth._http import Reply, send
from spotantic_nb.auth._network_errors import UNTRUSTED
from spotantic_nb.auth._redirect_uri import DASHBOARD
from spotantic_nb.doctor._examined import Examined
from spotantic_nb.doctor._finding import Finding, broken, look_at, ok
from spotantic_nb.errors import AccountsUnreachableError
from spotantic_nb.settings import AuthSettings
from spotantic_nb.settings._env_file import PREFIX

_MINUTE, _MUCH = 60, 300
"""Seconds by which a clock may be wrong: from the first it is told, from the second tokens and certificates fail."""

_PATIENCE = 5.0
"""Seconds for a certificate."""

_OK, _REFUSED, _TOO_MANY, _SERVER_ERRORS = 200, range(400, 402), 429, 500


def findings(it: Examined) -> Iterator[Finding]:
    """Yield what the accounts service says."""
    service = isolated(urlsplit(it.settings.accounts_url).netloc)
    try:
        reply = portal.run(lambda: _ask(it.settings))
    except AccountsUnreachableError as error:
        yield _unreachable(it.settings.accounts_url, error)
        return
    found = [*_clock(service, reply), *_answer(it.settings, service, reply)]
    app = ", and knows the app's client id and secret" if _knows_app(it.settings, reply) else ""
    yield from found or [ok("service", f"{service} answers{app}; the clocks agree.")]


@hides_locals
async def _ask(settings: AuthSettings) -> Reply:
    if not _has_app(settings):
        return await send("GET", f"{settings.accounts_url}/")
    form = {"grant_type": "client_credentials"}
    url = AccountsService(settings.accounts_url).token_url
    return await send("POST", url, form=form, auth=settings.get_basic_auth())


def _has_app(settings: AuthSettings) -> bool:
    return settings.client_id is not None and settings.client_secret is not None


def _knows_app(settings: AuthSettings, reply: Reply) -> bool:
    return _has_app(settings) and reply.status == _OK


def _clock(service: str, reply: Reply) -> Iterator[Finding]:
    """Compare the clock of this machine with the service's ``Date`` (RFC 9110, section 6.6.1)."""
    with suppress(TypeError, ValueError):
        theirs = parsedate_to_datetime(reply.headers.get("Date", "")).astimezone(UTC)
        seconds = (datetime.now(UTC) - theirs).total_seconds()
        if abs(seconds) >= _MINUTE:
            find = broken if abs(seconds) >= _MUCH else look_at
            way = "ahead of" if seconds > 0 else "behind"
            text = f"This machine's clock is {duration(abs(seconds))} {way} that of {service}."
            yield find("clock-wrong", text, "Set the clock right (`timedatectl set-ntp true`): tokens expire by it.")


def _answer(settings: AuthSettings, service: str, reply: Reply) -> Iterator[Finding]:
    if _has_app(settings) and reply.status in _REFUSED:
        yield broken(
            "client-refused",
            f"{service} does not know this client id, or not with this secret ({reply.status}).",
            f"Compare {PREFIX}CLIENT_ID and {PREFIX}CLIENT_SECRET with the app's Settings in the dashboard "
            f"({DASHBOARD}), and which of your apps it is.",
        )
    elif reply.status == _TOO_MANY or reply.status >= _SERVER_ERRORS:
        text = f"{service} answered, but not as it should ({reply.status})."
        yield look_at("service-trouble", text, "Try again in some minutes; a token that you hold is kept.")


def _unreachable(accounts_url: str, error: AccountsUnreachableError) -> Finding:
    if UNTRUSTED not in error.message:
        return broken("service-unreachable", error.message, error.hint)
    shown = "" if getproxies().get("https") else _refused_certificate(accounts_url)
    return broken("certificate-refused", f"{error.message}{shown}", error.hint)


def _refused_certificate(accounts_url: str) -> str:
    """Return in words whose certificate it is that was refused, and who signed it."""
    parts = urlsplit(accounts_url)
    address = (parts.hostname or "", parts.port or 443)
    try:
        names = _names_in(ssl.get_server_certificate(address, timeout=_PATIENCE), address)
    except (OSError, ValueError):  # an SSLError is an OSError
        return ""
    return f" It is for {names[0]} and was signed by {names[1]}." if all(names) else ""


def _names_in(certificate: str, address: tuple[str, int]) -> tuple[str, str]:
    """
    Return the subject and the issuer of a certificate.

    Python reads a certificate for a connection that trusts it. So this one trusts nothing but that certificate, sends
    nothing, and is closed.
    """
    import socket

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=certificate)
    with socket.create_connection(address, _PATIENCE) as plain, context.wrap_socket(plain) as secure:
        read: Any = secure.getpeercert() or {}
    return _name(read.get("subject", ())), _name(read.get("issuer", ()))


def _name(name: Any) -> str:  # noqa: ANN401 - as getpeercert has it: tuples of tuples of pairs
    known = {key: value for parts in name for key, value in parts}
    return isolated(known.get("commonName") or known.get("organizationName") or "")
