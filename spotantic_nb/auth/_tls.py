"""
The TLS context of this process: which certificates are trusted, as the environment says at this moment.

Building it takes longer than a request, so it is kept until the environment says something else.
"""

import functools
import os
import ssl
from pathlib import Path

import httpx

from spotantic_nb.errors import AccountsUnreachableError

_HINT = "Correct the variable or remove it, then try again; the token you hold is kept."


def tls_context() -> ssl.SSLContext:
    """
    Return the context for requests that are made now.

    Raises:
        AccountsUnreachableError: A variable names certificates that cannot be read.
    """
    # A library that replaces the class (truststore does) takes effect at once as well.
    return _built(os.environ.get("SSLKEYLOGFILE"), ssl.SSLContext, *_named_certificates())


@functools.lru_cache(maxsize=1)
def _built(*_: object) -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # an SSLError is one
        # Not chained: it quotes the paths.
        variable = next(filter(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")), "SSL_CERT_FILE")
        raise AccountsUnreachableError(
            f"What {variable} names cannot be used ({type(error).__name__}).", hint=_HINT
        ) from None


def _named_certificates() -> tuple[object, ...]:
    """Return what changes whenever the environment, or a file or folder that it names, does; the file goes first."""
    if file := os.environ.get("SSL_CERT_FILE"):
        try:
            status = Path(file).stat()
        except (OSError, ValueError):
            raise AccountsUnreachableError("SSL_CERT_FILE names a file that is not there.", hint=_HINT) from None
        return file, status.st_mtime_ns, status.st_ino, status.st_size
    if folders := os.environ.get("SSL_CERT_DIR"):
        found = [Path(folder) for folder in folders.split(os.pathsep) if Path(folder).is_dir()]
        if not found:
            raise AccountsUnreachableError("SSL_CERT_DIR names a folder that is not there.", hint=_HINT)
        return folders, *(folder.stat().st_mtime_ns for folder in found)
    return ()
