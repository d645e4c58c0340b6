"""
What loading the extension does to a shell, and what unloading it takes away again.

Loading must cost nothing: nothing is imported here that a magic could import when it is run.
"""

import sys
from typing import TYPE_CHECKING, Any

from spotantic_nb import _asking
from spotantic_nb.notebook import _completion
from spotantic_nb.notebook._magics import SpotanticMagics, warn_of_lost_cells

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def register(shell: "InteractiveShell") -> None:
    """Add the magics and their completion to this shell."""
    shell.register_magics(SpotanticMagics)
    _completion.install(shell, {name: getattr(SpotanticMagics, name).parser for name in _names()})
    _asking.use(lambda: _way(shell))
    warn_of_lost_cells()


def unregister(shell: "InteractiveShell") -> None:
    """Remove the magics, their completion and what they show; end the sandbox, and a login that waits."""
    # What was never used is not loaded now: neither ipywidgets nor the sandbox nor a session.
    if cells := sys.modules.get("spotantic_nb.notebook._box"):
        cells.close_all()
    if sandbox := sys.modules.get("spotantic_nb.notebook._sandbox_switch"):
        _end_sandbox(sandbox)
    if session := sys.modules.get("spotantic_nb.session"):
        session.Session.current().cancel()
    _completion.uninstall(shell)
    _asking.use(None)
    magics: dict[str, Any] = shell.magics_manager.magics["line"]
    for name in _names():
        magics.pop(name, None)


def _way(shell: "InteractiveShell") -> _asking.Way:
    from spotantic_nb.notebook._show import AskHere

    return AskHere(shell)


def _end_sandbox(sandbox: Any) -> None:
    from spotantic_nb._portal import portal

    if told := portal.run(sandbox.unload):
        print(told)


def _names() -> list[str]:
    return [name for name in vars(SpotanticMagics) if name.startswith("spotantic_")]
