"""
Which redirect URI to register for a kernel in this place, so that its answers arrive without a paste where they can.

A Jupyter server that is not this machine's own serves the landing page, or a proxy beside it reaches the listener. The
surroundings are handed in, so that this stays a plain function.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spotantic_nb.auth._redirect_uri import DEFAULT_REDIRECT_URI, LANDING_PAGE, to_register
from spotantic_nb.settings import AuthSettings

THIS_HUB = "https://address-of-your-hub"
"""Stands for the beginning of an address that the browser knows, and the kernel does not."""

_PORT = 8765


@dataclass(frozen=True, slots=True)
class Registration:
    """A redirect URI to register, and what to set with it."""

    redirect_uri: str
    """As it is to be registered, perhaps with ``THIS_HUB`` at its beginning."""
    reason: str = ""
    """Why this one, as a sentence; empty where it is the usual one."""
    forwarded_to: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the kernel knows all of the redirect URI."""
        return not self.redirect_uri.startswith(THIS_HUB)

    def missing_in(self, settings: AuthSettings) -> dict[str, str]:
        """Return the settings that it needs and that are not so already, by their names."""
        if self.redirect_uri == settings.redirect_uri:
            return {}
        forwarded = {} if self.forwarded_to is None else {"forwarded_to": str(self.forwarded_to)}
        return {"redirect_uri": self.redirect_uri, **forwarded}


@dataclass(frozen=True, slots=True)
class JupyterServer:
    """What is installed beside the Jupyter server that started this kernel."""

    has_landing_page: bool = False
    has_proxy: bool = False


def registration(settings: AuthSettings, environ: Mapping[str, str], server: JupyterServer) -> Registration:
    """
    Return what to register: what the settings have, or else what suits the place of this kernel.

    Args:
        settings: May have a redirect URI that somebody chose.
        environ: The environment variables of the kernel.
        server: What the Jupyter server of the kernel has.
    """
    if settings.redirect_uri is not None and "redirect_uri" in settings.provenance:
        return Registration(*to_register(settings.redirect_uri), forwarded_to=settings.forwarded_to)
    if environ.get("CODESPACES") and (name := environ.get("CODESPACE_NAME")):
        domain = environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
        return _forwarded(f"https://{name}-{_PORT}.{domain}", "GitHub Codespaces forwards")
    proxy = environ.get("VSCODE_PROXY_URI", "")
    if proxy.startswith("https://") and "{{port}}" in proxy:
        return _forwarded(proxy.replace("{{port}}", str(_PORT)), "code-server forwards")
    # A Binder has another address at each start, which nobody can register.
    if "JUPYTERHUB_SERVICE_PREFIX" in environ and "BINDER_LAUNCH_HOST" not in environ:
        return _on_a_hub(environ, server)
    return Registration(DEFAULT_REDIRECT_URI)


def registration_here(settings: AuthSettings) -> Registration:
    """Return what to register for the kernel that this is."""
    return registration(settings, os.environ, jupyter_server(os.environ))


def _on_a_hub(environ: Mapping[str, str], server: JupyterServer) -> Registration:
    # A hub tells its own address only where its operator has set one (JupyterHub 5, public_url).
    mine = environ.get("JUPYTERHUB_PUBLIC_URL") or f"{THIS_HUB}{environ['JUPYTERHUB_SERVICE_PREFIX']}"
    if server.has_landing_page:
        reason = "Your Jupyter server has a page there that hands the answer to the notebook."
        return Registration(f"{mine.rstrip('/')}{LANDING_PAGE}", reason)
    if server.has_proxy:
        return _forwarded(f"{mine.rstrip('/')}/proxy/{_PORT}", "jupyter-server-proxy forwards")
    return Registration(
        DEFAULT_REDIRECT_URI,
        "The address of the answer is pasted. With spotantic-nb installed beside the Jupyter server it need not be.",
    )


def _forwarded(address: str, who: str) -> Registration:
    reason = f"{who} what comes there to this kernel."
    return Registration(f"{address.rstrip('/')}/callback", reason, forwarded_to=_PORT)


def jupyter_server(environ: Mapping[str, str]) -> JupyterServer:
    """Return what the server of this kernel has, as far as its files tell: nothing where it cannot be found."""
    prefix = server_prefix(environ)
    if prefix is None:
        return JupyterServer()
    return JupyterServer(
        has_landing_page=labextension(prefix, "spotantic_nb", "callback.html") is not None,
        has_proxy=any(prefix.glob("lib/python3*/site-packages/jupyter_server_proxy")),
    )


def labextension(prefix: Path, *parts: str) -> Path | None:
    """Return a file of an extension that a Jupyter server serves, by its name and path; None where it has none."""
    places = [prefix / "share", Path.home() / ".local" / "share", Path("/usr/local/share"), Path("/usr/share")]
    files = (place.joinpath("jupyter", "labextensions", *parts) for place in places)
    return next((file for file in files if file.is_file()), None)


def server_prefix(environ: Mapping[str, str]) -> Path | None:
    """Return where the Python of the Jupyter server that started this kernel is installed, if that can be told."""
    return _prefix_of(environ.get("JPY_PARENT_PID", ""))


def _prefix_of(process: str) -> Path | None:
    """Return where the Python of a process is installed, by the path that it was started with."""
    try:
        command = Path("/proc", process, "cmdline").read_bytes().split(b"\0")[0].decode(sys.getfilesystemencoding())
    except (OSError, ValueError):
        return None
    program = Path(command)
    return program.parent.parent if program.is_absolute() else None
