"""
How the person is asked where code needs a login: as a script asks, unless a front-end has brought its own way.

A session knows no notebook. The notebook's extension leaves its way here when it is loaded, which imports nothing.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from spotantic_nb.auth._login import Login
    from spotantic_nb.session import Session


class Way(Protocol):
    """How a front-end asks the person who runs the code that stands still meanwhile."""

    def is_open(self) -> bool:
        """Tell whether a person is there who can be asked."""
        ...

    def show(self, session: "Session", login: "Login", why: str) -> None:
        """Show a login of this session that the caller is about to wait for, and why."""
        ...


_ways: dict[str, Callable[[], Way]] = {}


def use(make: Callable[[], Way] | None) -> None:
    """Ask in this way from now on; None is a script's."""
    if make is None:
        _ways.clear()
    else:
        _ways["in use"] = make


def way() -> Way | None:
    """Return the way that a front-end has brought; None where none has."""
    make = _ways.get("in use")
    return None if make is None else make()
