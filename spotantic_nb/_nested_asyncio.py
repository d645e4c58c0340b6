"""
Script-style ``asyncio.run(...)`` inside the event loop of a notebook: on request, and where it costs no cell.

``nest_asyncio`` lets a running loop be entered again. From version 7.1 on, ipykernel runs every cell in one and the
same context; what arrives while a cell is inside the loop cannot enter that context a second time, and nest_asyncio
drops it, so that every queued cell is lost. ``nest_asyncio2`` puts it off, since 1.7.3. From Python 3.14 on, asyncio's
timeouts fail in the tasks that nest_asyncio makes, and not in those of nest_asyncio2. The first of the two that is
applied stays, for the whole process: neither can be undone.

Knows nothing of Spotify. Imports neither package before it applies it, and IPython never.
"""

import asyncio
import sys
from collections.abc import Callable
from contextvars import copy_context
from importlib import import_module
from typing import Any, Literal

from spotantic_nb.errors import ConfigurationError

Version = tuple[int, ...]

Loop = Literal["none", "foreign", "plain", "nested", "lossy"]
"""
The loop that runs here: none, one that cannot be patched (uvloop), one that nobody patched, and one that was patched so
that it puts off what cannot run yet (``nested``) or drops it (``lossy``).
"""

Plan = Literal["nothing", "nest_asyncio", "nest_asyncio2", "refuse"]
"""What to do: nothing, for it works already; apply one of the packages; or say why not."""

_ONE_CONTEXT: Version = (7, 1)
"""The first ipykernel that runs all cells in one context (ipython/ipykernel, pull request 1462)."""

_NO_TIMEOUTS: Version = (3, 14)
"""The first Python whose ``asyncio.timeout`` does not work in the tasks of nest_asyncio."""

_PUTS_OFF: Version = (1, 7, 3)
"""The first nest_asyncio2 that loses nothing there (Chaoses-Ib/nest-asyncio2, pull request 4)."""

_AWAIT = "write `await manager.authorize()` in the cell: a notebook may await"

_told: list[str] = []


def allow_nested_asyncio() -> str:
    """
    Let ``asyncio.run(...)`` work inside the event loop that runs here, as the scripts of every tutorial have it.

    Patches asyncio for the whole process, with nest_asyncio or, where that would lose queued cells, nest_asyncio2. This
    cannot be undone and makes every task dearer; nothing of this package needs it, nor does a cell that awaits.

    Returns:
        One line: what was done.

    Raises:
        ConfigurationError: The loop cannot be patched, or could be only at the price of queued cells.

    Example:
        >>> allow_nested_asyncio()
        'No event loop is running here, so asyncio.run(...) works as it is; nothing was changed.'
    """
    loop = _running_loop()
    if loop is None:
        return "No event loop is running here, so asyncio.run(...) works as it is; nothing was changed."
    kind = _kind(loop)
    package = plan(kind, python=sys.version_info[:2], ipykernel=_ipykernel(), nest_asyncio2=_installed_nest_asyncio2())
    if package == "refuse":
        raise _refusal(kind, type(loop))
    if package == "nothing":
        return f"asyncio.run(...) works here already, by {_patch()}; nothing was changed."
    import_module(package).apply(loop)
    return f"asyncio.run(...) works here from now on, by {package}."


def warn_once(tell: Callable[[str], object]) -> None:
    """Tell, once per process, that a patch which somebody applied loses the cells of this kernel."""
    if not _told and loses_cells(_kind(_running_loop()), ipykernel=_ipykernel()):
        _told.append(
            f"Note: {_patch()} is applied here, and loses every cell queued behind one that waits in asyncio.run(...) "
            "(Run All). Restart the kernel, and use %spotantic_asyncio or await in its place."
        )
        tell(_told[0])


Harm = Literal["", "lost cells", "no timeouts"]
"""What a patch that somebody applied breaks."""


def harm() -> Harm:
    """Return what the patch that is applied here breaks, if there is one."""
    return harm_of(_kind(_running_loop()), python=sys.version_info[:2], ipykernel=_ipykernel())


def harm_of(loop: Loop, *, python: Version, ipykernel: Version) -> Harm:
    """Return what a patched loop breaks; the arguments are those of ``plan``."""
    if loses_cells(loop, ipykernel=ipykernel):
        return "lost cells"
    return "no timeouts" if loop == "lossy" and python >= _NO_TIMEOUTS else ""


def plan(loop: Loop, *, python: Version, ipykernel: Version, nest_asyncio2: Version) -> Plan:
    """
    Decide what lets ``asyncio.run(...)`` work.

    Args:
        loop: The loop that runs here.
        python: The version of Python.
        ipykernel: Its version; empty outside a kernel.
        nest_asyncio2: Its version; empty where it is not installed.
    """
    if loop == "foreign" or loses_cells(loop, ipykernel=ipykernel):
        return "refuse"
    if loop != "plain":
        return "nothing"
    if not loses_cells("lossy", ipykernel=ipykernel) and python < _NO_TIMEOUTS:
        return "nest_asyncio"
    return "nest_asyncio2" if nest_asyncio2 >= _PUTS_OFF else "refuse"


def loses_cells(loop: Loop, *, ipykernel: Version) -> bool:
    """Tell whether cells queued behind one that is inside its loop are lost; outside a kernel there are none."""
    return loop == "lossy" and ipykernel >= _ONE_CONTEXT


def _refusal(kind: Loop, loop: type[asyncio.AbstractEventLoop]) -> ConfigurationError:
    if kind == "foreign":
        name = f"{loop.__module__}.{loop.__qualname__}"
        return ConfigurationError(
            f"asyncio.run(...) cannot work here: a running {name} cannot be entered again.",
            hint=f"Please {_AWAIT}.",
        )
    if kind == "lossy":
        return ConfigurationError(
            f"{_patch()} is applied here already, which loses every cell queued behind one that waits, "
            "and no patch of asyncio can be undone.",
            hint=f"Restart the kernel and run %spotantic_asyncio first, or {_AWAIT}.",
        )
    return ConfigurationError(
        "On this ipykernel (7.1 or later), nest_asyncio loses every cell queued behind one that waits."
        if loses_cells("lossy", ipykernel=_ipykernel())
        else "On this Python (3.14 or later), nest_asyncio breaks the timeouts of asyncio.",
        hint=f"Run `pip install 'nest-asyncio2>=1.7.3'` and %spotantic_asyncio again, or {_AWAIT}.",
    )


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _kind(loop: asyncio.AbstractEventLoop | None) -> Loop:
    if loop is None:
        return "none"
    if not isinstance(loop, asyncio.BaseEventLoop):
        return "foreign"
    if not hasattr(loop, "_nest_patched"):
        return "plain"
    return "nested" if _puts_off(type(loop)) else "lossy"


def _puts_off(kind: type[asyncio.BaseEventLoop]) -> bool:
    """
    Try out, on a second loop, whether a patched kind of loop puts off what cannot enter its context yet.

    No patch says which version it is, and the version on disk may be another than the one applied.
    """
    ran: list[bool] = []
    context = copy_context()
    # An exception handler would run in the callback's context, which is the one that cannot be entered.
    trial = type("Trial", (kind,), {"call_exception_handler": lambda _loop, _problem: None})()
    trial.call_soon(ran.append, True, context=context)
    try:
        context.run(trial.run_until_complete, asyncio.sleep(0))
        trial.run_until_complete(asyncio.sleep(0))
    finally:
        trial.close()
    return bool(ran)


def _patch() -> str:
    return "nest_asyncio2" if hasattr(asyncio, "_nest_asyncio2") else "nest_asyncio"


def _ipykernel() -> Version:
    """Return the version of the ipykernel that this process is; empty where it is none."""
    ipython, ipykernel = sys.modules.get("IPython"), sys.modules.get("ipykernel")
    shell: Any = ipython.get_ipython() if ipython else None
    return tuple(ipykernel.version_info[:2]) if ipykernel and hasattr(shell, "kernel") else ()


def _installed_nest_asyncio2() -> Version:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return tuple(int(part) for part in version("nest-asyncio2").split(".")[:3] if part.isdigit())
    except PackageNotFoundError:
        return ()
