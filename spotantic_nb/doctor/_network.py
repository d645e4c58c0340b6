"""
The way to Spotify as far as it can be seen from here: variables for certificates and proxies. Nothing is sent.
"""

from collections.abc import Iterator

from spotantic_nb._text import isolated
from spotantic_nb.auth._tls import tls_context
from spotantic_nb.doctor._examined import Examined
from spotantic_nb.doctor._finding import Finding, broken, look_at, ok
from spotantic_nb.errors import AccountsUnreachableError

_READ = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_NOT_READ = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_FOR_HTTP = ("HTTP_PROXY", "http_proxy")


def findings(it: Examined) -> Iterator[Finding]:
    """Yield what there is to say about certificates and proxies."""
    found = list(_certificates(it)) or list(_proxies(it))
    yield from found or [ok("network", f"{_in_short(it)}.")]


def _set(it: Examined, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if it.environ.get(name)]


def _in_short(it: Examined) -> str:
    certificates = _set(it, _READ)
    trusted = f"Certificates as {certificates[0]} says" if certificates else "The usual certificates"
    proxies = _set(it, _PROXIES)
    return f"{trusted}; {f'the proxy of {proxies[0]}' if proxies else 'no proxy'}"


def _certificates(it: Examined) -> Iterator[Finding]:
    try:
        tls_context()
    except AccountsUnreachableError as error:
        kind = "missing" if "not there" in error.message else "unusable"
        name = _set(it, _READ)[0]
        yield broken(f"certificates-{kind}", error.message, f"Correct {name} or remove it (`unset {name}`).")
        return
    for name in _set(it, _NOT_READ) if not _set(it, _READ) else ():
        yield look_at(
            "certificates-not-read",
            f"{name} names certificates, and this package reads SSL_CERT_FILE only.",
            f"Where a company's network inspects TLS: set `SSL_CERT_FILE={isolated(it.environ[name])}` as well.",
        )


def _proxies(it: Examined) -> Iterator[Finding]:
    from spotantic_nb.auth._http import check_proxy_settings  # httpx with it

    try:
        check_proxy_settings()
    except AccountsUnreachableError as error:
        yield broken("proxy-unusable", error.message, error.hint)
    if _set(it, _FOR_HTTP) and not _set(it, _PROXIES):
        name = _set(it, _FOR_HTTP)[0]
        other = name.replace("HTTP", "HTTPS").replace("http", "https")
        yield look_at(
            "proxy-for-http-only",
            f"{name} is set, and no proxy for https, which Spotify is reached by.",
            f"Where Spotify is reached by that proxy only: set {other} as well.",
        )
