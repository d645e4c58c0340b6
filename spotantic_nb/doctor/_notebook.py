"""
The front-end and its packages: versions, pairs that are known to break, and patches of asyncio.
"""

import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from spotantic_nb._nested_asyncio import Harm, harm
from spotantic_nb.auth._registration import labextension, server_prefix
from spotantic_nb.doctor._examined import Examined, Shell
from spotantic_nb.doctor._finding import Finding, broken, look_at, ok

PACKAGES = (
    "spotantic-nb",
    "ipython",
    "ipykernel",
    "ipywidgets",
    "jupyterlab",
    "httpx",
    "pydantic",
    "pydantic-settings",
)
"""The packages whose versions a report names."""

_SUPPORTED = {"ipython": ("7.34", "99"), "ipykernel": ("6.17", "99"), "ipywidgets": ("7.7.1", "9")}
"""From the first version to before the second."""

_LOADED = {
    "spotantic_nb": "spotantic-nb",
    "IPython": "ipython",
    "ipykernel": "ipykernel",
    "ipywidgets": "ipywidgets",
    "httpx": "httpx",
    "pydantic": "pydantic",
}
"""For modules that tell their version, the package that each belongs to."""

_MANAGERS = {"8": "5", "7": "3"}
"""For each generation of ipywidgets, that of the widget manager which JupyterLab needs for it."""

_NO_PATCH = "Restart the kernel, and use %spotantic_asyncio, or await, in place of nest_asyncio.apply()."

_HARMS: dict[Harm, tuple[str, str, str]] = {
    "lost cells": (
        "nest-asyncio-loses-cells",
        "nest_asyncio is applied here, and on ipykernel 7.1 or later it loses the cells queued behind one that waits.",
        _NO_PATCH,
    ),
    "no timeouts": (
        "nest-asyncio-breaks-timeouts",
        "nest_asyncio is applied here, and on Python 3.14 or later it breaks the timeouts of asyncio.",
        _NO_PATCH,
    ),
}


def findings(it: Examined) -> Iterator[Finding]:
    """Yield what there is to say about the front-end."""
    versions = installed()
    found = [*_harms(harm()), *_versions(versions), *_restart(versions), *_widgets(it), *_prompts(it)]
    yield from found or [ok("notebook", _in_short(it.shell, versions))]


def installed() -> dict[str, str]:
    """Return the versions of the packages that are installed."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def _in_short(shell: Shell, versions: Mapping[str, str]) -> str:
    named = [f"{name} {versions[name]}" for name in _SUPPORTED if name in versions]
    able = [word for word, can in (("prompts", shell.can_ask), ("widgets", shell.shows_widgets)) if can]
    return f"{shell.name} with {' and '.join(able) or 'neither prompts nor widgets'}; {', '.join(named)}."


def _harms(harm: Harm) -> Iterator[Finding]:
    if harm:
        yield broken(*_HARMS[harm])


def _versions(versions: Mapping[str, str]) -> Iterator[Finding]:
    for name, (first, end) in _SUPPORTED.items():
        if name in versions and not _numbers(first) <= _numbers(versions[name]) < _numbers(end):
            wanted = f"'{name}>={first}{'' if end == '99' else f',<{end}'}'"
            text = f"{name} {versions[name]} is installed, which is not supported."
            yield look_at("version-unsupported", text, f"`%pip install {wanted}`, then restart the kernel.")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _restart(versions: Mapping[str, str]) -> Iterator[Finding]:
    for module, name in _LOADED.items():
        loaded = getattr(sys.modules.get(module), "__version__", None)
        if loaded and name in versions and loaded != versions[name]:
            text = f"{name} {loaded} is loaded, and {versions[name]} was installed meanwhile."
            yield look_at("restart-needed", text, "Restart the kernel.")


def _widgets(it: Examined) -> Iterator[Finding]:
    if not it.shell.has_kernel:
        return
    if importlib.util.find_spec("ipywidgets") is None:
        text = "ipywidgets is not installed where this kernel runs, so logins are shown as text."
        yield look_at("no-widgets", text, "`%pip install 'ipywidgets>=7.7.1,<9'`, then restart the kernel.")
    elif it.shell.shows_widgets and (prefix := server_prefix(it.environ)) and _serves_lab(prefix):
        yield from _manager(prefix, installed().get("ipywidgets", ""))


def _serves_lab(prefix: Path) -> bool:
    return any(prefix.glob("lib/python3*/site-packages/jupyterlab"))


def _manager(prefix: Path, widgets: str) -> Iterator[Finding]:
    """Tell where the Jupyter server has no widget manager, or one of another generation than the kernel's widgets."""
    manager = _version_of(labextension(prefix, "@jupyter-widgets", "jupyterlab-manager", "package.json"))
    wanted = _MANAGERS.get(widgets.partition(".")[0], "")
    if wanted and manager.partition(".")[0] != wanted:
        has = f"has the widget manager {manager}" if manager else "has no widget manager"
        yield look_at(
            "widgets-not-in-server",
            f"The Jupyter server ({prefix}) {has}, and ipywidgets {widgets} of this kernel needs {wanted}: "
            "boxes and the panel may not be drawn.",
            f"Run `{prefix / 'bin' / 'python'} -m pip install ipywidgets=={widgets}`, and reload the page.",
        )


def _version_of(package: Path | None) -> str:
    try:
        return str(json.loads(package.read_text(encoding="utf-8"))["version"]) if package else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _prompts(it: Examined) -> Iterator[Finding]:
    shell = it.shell
    if shell.can_ask or shell.shows_widgets or it.settings.client_secret or not it.needs_person:
        return
    yield look_at(
        "nobody-to-ask",
        f"Nobody is logged in, and {shell.name} has nobody to ask, so a login is refused.",
        "Log in once where you are, print(Session.current().export_grant()), and set here what it prints.",
    )
