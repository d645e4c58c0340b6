"""
Which redirect URI to register for a kernel in this place, so that its answers arrive without a paste where they can.

A Jupyter server that is not this machine's own serves the landing page, or a proxy beside it reaches the listener. The
surroundings are handed in, so that this stays a plain function.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spotantic_nb.auth._redirect_uri import DEFAULT_REDIRECT_URI, LANDING_PAGE

_PORT = 8765
THIS_HUB = "https://address-of-your-hub"
"""Stands for the first part of an address that the browser knows, and the kernel does not."""

_DEFAULT = "The answer comes back to this kernel, or its address is pasted."


@dataclass(frozen=True, slots=True)
class Registration:
    """A redirect URI to register, and what to set with it."""

    redirect_uri: str
    reason: str
    """Why this one, as a sentence."""
    forwarded_to: int | None = None


@dataclass(frozen=True, slots=True)
class JupyterServer:
    """What is installed beside the Jupyter server that started this kernel."""

    serves_landing_page: bool = False
    has_proxy: bool = False


def registration(environ: Mapping[str, str], server: JupyterServer) -> Registration:
    """
    Return what to register.

    Args:
        environ: The environment variables of the kernel.
        server: What the server of the kernel has.
    """
    if environ.get("CODESPACES") and (name := environ.get("CODESPACE_NAME")):
        domain = environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
        return _forwarded(f"https://{name}-{_PORT}.{domain}/callback", "GitHub Codespaces forwards port {}")
    if (template := environ.get("VSCODE_PROXY_URI", "")).startswith("https://") and "{{port}}" in template:
        address = template.replace("{{port}}", str(_PORT)).rstrip("/")
        return _forwarded(f"{address}/callback", "code-server forwards port {}")
    if "BINDER_LAUNCH_HOST" in environ or "JUPYTERHUB_SERVICE_PREFIX" not in environ:
        return Registration(DEFAULT_REDIRECT_URI, _DEFAULT)  # a Binder has another address at each start
    return _on_a_hub(environ, server)


def _on_a_hub(environ: Mapping[str, str], server: JupyterServer) -> Registration:
    public = environ.get("JUPYTERHUB_PUBLIC_URL") or f"{THIS_HUB}{environ['JUPYTERHUB_SERVICE_PREFIX']}"
    if server.serves_landing_page:
        reason = "Your Jupyter server has the page that hands the answer to the notebook."
        return Registration(f"{public.rstrip('/')}{LANDING_PAGE}", reason)
    if server.has_proxy:
        return _forwarded(f"{public.rstrip('/')}/proxy/{_PORT}/callback", "jupyter-server-proxy forwards port {}")
    return Registration(
        DEFAULT_REDIRECT_URI,
        "The address of the answer is pasted; with spotantic_nb installed beside the Jupyter server, it need not be.",
    )


def _forwarded(redirect_uri: str, who: str) -> Registration:
    return Registration(redirect_uri, f"{who.format(_PORT)} to this kernel.", forwarded_to=_PORT)


def jupyter_server(environ: Mapping[str, str]) -> JupyterServer:
    """Return what the server of this kernel has, as far as its files tell: nothing where it cannot be found."""
    prefix = _prefix_of(environ.get("JPY_PARENT_PID", ""))
    if prefix is None:
        return JupyterServer()
    places = [prefix / "share", Path.home() / ".local" / "share", Path("/usr/local/share"), Path("/usr/share")]
    page = Path("jupyter", "labextensions", "spotantic_nb", "callback.html")
    return JupyterServer(
        serves_landing_page=any((place / page).is_file() for place in places),
        has_proxy=any(prefix.glob("lib/python3*/site-packages/jupyter_server_proxy")),
    )


def _prefix_of(process: str) -> Path | None:
    """Return where the Python of a process is installed, by the path that it was started with."""
    try:
        command = Path("/proc", process, "cmdline").read_bytes().split(b"\0")[0].decode(sys.getfilesystemencoding())
    except (OSError, ValueError):
        return None
    program = Path(command)
    return program.parent.parent if program.is_absolute() else None
