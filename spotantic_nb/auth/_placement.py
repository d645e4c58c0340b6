"""
Where the person's browser is: what the settings say, or else a guess from the kernel's surroundings, with its reason.

It only orders the two ways of answering (link or paste), and a guess may be wrong: no variable tells whether somebody
forwards a port. The surroundings are handed in, so that this stays a plain function.
"""

import contextlib
import os
import sys
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from spotantic_nb._text import isolated
from spotantic_nb.settings import AuthSettings
from spotantic_nb.settings._sources import variable as variable_of

# In this order: a Binder is a JupyterHub, and both mostly run on Kubernetes. BinderHub itself sets the first two of
# its variables; the third is there where Kubernetes announces its services.
_ELSEWHERE = {
    "COLAB_RELEASE_TAG": "Google Colab",
    "KAGGLE_KERNEL_RUN_TYPE": "Kaggle",
    "BINDER_LAUNCH_HOST": "Binder",
    "BINDER_REQUEST": "Binder",
    "BINDER_SERVICE_HOST": "Binder",
    "JUPYTERHUB_USER": "JupyterHub",
    "JUPYTERHUB_SERVICE_PREFIX": "JupyterHub",
    "DATABRICKS_RUNTIME_VERSION": "Databricks",
    "CODESPACES": "GitHub Codespaces",
    "GITPOD_WORKSPACE_URL": "Gitpod",
    "DEEPNOTE_PROJECT_ID": "Deepnote",
    "KUBERNETES_SERVICE_HOST": "Kubernetes",
}
_HUBS = frozenset({"Binder", "JupyterHub"})
# In this order: a container may be reached by VS Code's server, and that one by SSH; VS Code forwards ports by itself.
# Its server sets its variable for every kernel that it starts, whether it was reached by SSH, tunnel or container.
_PERHAPS_FORWARDED = {
    "REMOTE_CONTAINERS": "a container of VS Code",
    "VSCODE_IPC_HOOK_CLI": "a remote VS Code",
    "SSH_CONNECTION": "a remote shell",
    "SSH_TTY": "a remote shell",
}
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")
_TEXT_BROWSERS = frozenset({"lynx", "w3m", "links", "links2", "elinks", "www-browser", "browsh", "carbonyl"})

_COLAB = "google.colab"

# What Docker and Podman put into a container, and what names the groups of processes that one of these started.
_MARKS = (".dockerenv", "run/.containerenv")
_FIRST_PROCESS = "proc/1/cgroup"
_IN_GROUPS = ("docker", "libpod", "containerd", "kubepods", "lxc")


_IN_A_CONTAINER = (
    "This kernel seems to run in a container ({}), whose 127.0.0.1 your browser reaches only with --network=host; "
    "a published port does not lead there."
)


@dataclass(frozen=True, slots=True)
class Placement:
    """Whether the browser shares this machine's loopback: ``here``, ``elsewhere``, or ``unsure``; and why."""

    browser: Literal["here", "elsewhere", "unsure"]
    reason: str
    """One sentence."""
    is_hub: bool = False
    """Whether a hub serves the front-end: one that shows boxes."""
    can_open: bool = False
    """Whether a graphical browser can be opened from here, if only by the command that ``BROWSER`` names."""


@cache
def container_mark(root: Path = Path("/")) -> str:
    """Return the file by which this machine is seen to be a container, or an empty text; looked for once."""
    for mark in _MARKS:
        if (root / mark).exists():
            return f"/{mark}"
    with contextlib.suppress(OSError, UnicodeDecodeError):  # there is no such file but on Linux
        groups = (root / _FIRST_PROCESS).read_text(encoding="utf-8")
        if any(name in groups for name in _IN_GROUPS):
            return f"/{_FIRST_PROCESS}"
    return ""


def placement(settings: AuthSettings, environ: Mapping[str, str], modules: Container[str], mark: str = "") -> Placement:
    """
    Return where the settings say the browser is; where they say nothing, guess.

    Args:
        settings: Where a person may have said it.
        environ: The environment variables of the kernel.
        modules: The names of the modules that are loaded.
        mark: The file that shows that this is a container, as ``container_mark`` finds it.
    """
    guess = guessed(environ, modules, mark)
    if settings.browser is None:
        return guess if settings.forwarded_to is None else _behind_a_proxy(settings, environ)
    is_here = settings.browser == "here"
    return Placement(
        settings.browser,
        f"{variable_of('browser')} is set to {settings.browser} ({_where_it_is_set(settings, 'browser')}), so your "
        f"browser is taken to {'reach this kernel' if is_here else 'be out of reach of this kernel'}.",
        # A forwarded port makes no display.
        is_hub=guess.is_hub,
        can_open=guess.can_open if is_here else bool(named_browsers(environ)),
    )


def guessed(environ: Mapping[str, str], modules: Container[str], mark: str = "") -> Placement:
    """Guess whether a browser that is sent to 127.0.0.1 reaches this machine."""
    named = bool(named_browsers(environ))
    for variable, name in _ELSEWHERE.items():
        if variable in environ:
            return _elsewhere(name, f"{variable} is set", can_open=named)
    if _COLAB in modules:
        return _elsewhere("Google Colab", f"{_COLAB} is loaded", can_open=named)
    for variable, name in _PERHAPS_FORWARDED.items():
        if variable in environ:
            return Placement(
                "unsure",
                f"This kernel runs in {name} ({variable} is set), which your browser may not reach.",
                can_open=named,
            )
    has_display = sys.platform in {"darwin", "win32"} or any(name in environ for name in _DISPLAYS)
    # With a display, somebody sits before it: as in Toolbx and Distrobox, which share the network as well.
    if not has_display and (sign := _sign_of_container(environ, mark)):
        return Placement("unsure", _IN_A_CONTAINER.format(sign), can_open=named)
    return Placement(
        "here",
        "This kernel seems to run on the machine of your browser.",
        can_open=named or (has_display and not environ.get("BROWSER")),
    )


def _sign_of_container(environ: Mapping[str, str], mark: str) -> str:
    """Return in words what shows that this is a container; the variable goes before files, as systemd has it."""
    name = environ.get("container")
    if name is None:
        return f"{mark} says so" if mark else ""
    return f"container is set to {isolated(name)}" if name else ""


def named_browsers(environ: Mapping[str, str]) -> list[str]:
    """
    Return the commands that a person, or their editor, names in ``BROWSER``.

    Without those that show a page as text: they would take over the terminal, and Spotify's page needs more.
    """
    commands = environ.get("BROWSER", "").split(os.pathsep)
    return [command for command in commands if command.strip() and Path(command.split()[0]).name not in _TEXT_BROWSERS]


def _behind_a_proxy(settings: AuthSettings, environ: Mapping[str, str]) -> Placement:
    return Placement(
        "here",
        f"{variable_of('forwarded_to')} is set ({_where_it_is_set(settings, 'forwarded_to')}), so a proxy brings the "
        "answer to this kernel.",
        can_open=bool(named_browsers(environ)),
    )


def _where_it_is_set(settings: AuthSettings, name: str) -> str:
    origin = settings.provenance.get(name, "argument")
    in_words = {"argument": "by the program", variable_of(name): "in the environment"}
    return in_words.get(origin, f"in {isolated(origin)}")


def _elsewhere(name: str, sign: str, *, can_open: bool) -> Placement:
    reason = f"This kernel runs on {name} ({sign}), where your browser cannot reach it."
    return Placement("elsewhere", reason, is_hub=name in _HUBS, can_open=can_open)
