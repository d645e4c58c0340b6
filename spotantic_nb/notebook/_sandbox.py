"""
The sandbox of this kernel: an offline Spotify in a thread, and a session that talks to it instead.

Its tokens stay in memory: they are worth nothing once the kernel, and the sandbox with it, is gone.
"""

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from spotantic_nb.errors import ConfigurationError
from spotantic_nb.session import Session
from spotantic_nb.settings import AuthSettings

if TYPE_CHECKING:
    from spotantic_nb.sandbox import Sandbox

_running: "Sandbox | None" = None


def switch_on() -> str:
    """
    Start the sandbox, unless the settings lead to one already, and return in words where it is.

    Raises:
        ConfigurationError: The sandbox's packages are not installed.
    """
    global _running  # noqa: PLW0603 - one sandbox per kernel
    status = Session.current().status
    if status.state != "not set up" and urlsplit(status.service).hostname in {"127.0.0.1", "::1"}:
        return f"This kernel talks to the sandbox at {status.service}. Nothing reaches Spotify."
    try:
        from spotantic_nb.sandbox import Sandbox
    except ImportError:
        raise ConfigurationError(
            "The sandbox's packages are not installed.", hint="Run: pip install 'spotantic-nb[sandbox]'"
        ) from None
    _running = Sandbox()
    _running.start()
    Session.use(Session(_settings_for(_running)))
    return f"Sandbox on at {_running.url}: an offline Spotify with invented people. Nothing reaches the real one."


def switch_off() -> str:
    """Stop the sandbox, and go back to the project's own settings."""
    global _running  # noqa: PLW0603
    if _running is None:
        return "No sandbox was started in this kernel."
    Session.use(None)
    _running.stop()
    _running = None
    return "Sandbox off. The next login goes by the project's settings."


def _settings_for(sandbox: "Sandbox") -> AuthSettings:
    return AuthSettings(
        _env_file=None,
        client_id=SecretStr(sandbox.client_id),
        client_secret=SecretStr(sandbox.client_secret),
        redirect_uri=f"http://127.0.0.1:{_free_port()}/callback",
        accounts_url=sandbox.accounts_url,
        api_url=sandbox.api_url,
        refresh_token=None,  # a grant that was brought along is Spotify's business
        store_access_token=False,
    )


def _free_port() -> int:
    """Return a port for the sandbox's redirect URI that no real login uses (RFC 9700, section 4.4)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
