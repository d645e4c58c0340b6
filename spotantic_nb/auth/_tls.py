"""
The TLS context of this process: which certificates are trusted, as the environment says at this moment.

Building it takes longer than a request, so it is kept until the environment says something else.
"""

import functools
import os
import ssl
from dataclasses import dataclass
from pathlib import Path

import certifi

from spotantic_nb.errors import AccountsUnreachableError

_HINT = "Correct the variable or remove it, then try again; the token you hold is kept."


def tls_context() -> ssl.SSLContext:
    """
    Return the context for requests that are made now.

    Raises:
        AccountsUnreachableError: A variable names certificates that cannot be read.
    """
    # A library that replaces the class (truststore does) takes effect at once as well.
    return _built(_Trusted.now(), os.environ.get("SSLKEYLOGFILE"), ssl.SSLContext)


@dataclass(frozen=True, slots=True)
class _Trusted:
    """Whose certificates are trusted: those of a file, or those in folders."""

    variable: str
    file: str | None = None
    folders: str | None = None
    version: tuple[int, ...] = ()
    """What changes whenever the file or a folder does."""

    @classmethod
    def now(cls) -> "_Trusted":
        """Return what the environment says; the file goes first, and both in place of what httpx brings."""
        if file := os.environ.get("SSL_CERT_FILE"):
            try:
                status = Path(file).stat()
            except (OSError, ValueError):
                raise _not_there("SSL_CERT_FILE", "file") from None
            version = (status.st_mtime_ns, status.st_ino, status.st_size)
            return cls("SSL_CERT_FILE", file=file, version=version)
        if folders := os.environ.get("SSL_CERT_DIR"):
            found = [Path(folder) for folder in folders.split(os.pathsep) if Path(folder).is_dir()]
            if not found:
                raise _not_there("SSL_CERT_DIR", "folder")
            return cls("SSL_CERT_DIR", folders=folders, version=tuple(folder.stat().st_mtime_ns for folder in found))
        return cls("SSLKEYLOGFILE", file=certifi.where())


@functools.lru_cache(maxsize=1)
def _built(trusted: _Trusted, *_: object) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=trusted.file, capath=trusted.folders)
    except OSError as error:  # an SSLError is one
        # Not chained: it quotes the paths.
        raise AccountsUnreachableError(
            f"What {trusted.variable} names cannot be used ({type(error).__name__}).", hint=_HINT
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # Python's own default, which Debian's leaves to OpenSSL
    return context


def _not_there(variable: str, what: str) -> AccountsUnreachableError:
    return AccountsUnreachableError(f"{variable} names a {what} that is not there.", hint=_HINT)
