"""
Where the person's browser is: a guess from the kernel's environment, with its reason in words.

A guess only orders the two ways of answering (link or paste); the listener stays on, and the person may say otherwise.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

_ELSEWHERE = {
    "COLAB_RELEASE_TAG": "Google Colab",
    "KAGGLE_KERNEL_RUN_TYPE": "Kaggle",
    "BINDER_SERVICE_HOST": "Binder",
    "JUPYTERHUB_USER": "JupyterHub",
    "JUPYTERHUB_SERVICE_PREFIX": "JupyterHub",
    "DATABRICKS_RUNTIME_VERSION": "Databricks",
    "CODESPACES": "GitHub Codespaces",
    "GITPOD_WORKSPACE_URL": "Gitpod",
    "DEEPNOTE_PROJECT_ID": "Deepnote",
    "KUBERNETES_SERVICE_HOST": "Kubernetes",
}
_PERHAPS_FORWARDED = {
    "SSH_CONNECTION": "a remote shell",
    "SSH_TTY": "a remote shell",
    "REMOTE_CONTAINERS": "a container of VS Code",
    "VSCODE_IPC_HOOK_CLI": "a remote VS Code",
}
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")


@dataclass(frozen=True, slots=True)
class Placement:
    """Whether the browser shares this machine's loopback: ``here``, ``elsewhere``, or ``unsure``; and why."""

    browser: Literal["here", "elsewhere", "unsure"]
    reason: str
    can_open: bool = False
    """Whether a graphical browser can be opened from here; a text browser would take over the terminal."""


def placement(environ: Mapping[str, str]) -> Placement:
    """Guess from environment variables whether a browser that is sent to 127.0.0.1 reaches this machine."""
    for variable, name in _ELSEWHERE.items():
        if variable in environ:
            return Placement(
                "elsewhere",
                f"This kernel runs on {name} ({variable} is set), where your browser cannot reach it.",
            )
    for variable, name in _PERHAPS_FORWARDED.items():
        if variable in environ:
            return Placement(
                "unsure", f"This kernel runs in {name} ({variable} is set), which your browser may not reach."
            )
    can_open = sys.platform in {"darwin", "win32"} or any(name in environ for name in _DISPLAYS)
    return Placement("here", "This kernel seems to run on the machine of your browser.", can_open=can_open)
