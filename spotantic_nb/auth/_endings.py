"""
How a login ends without an answer: cancelled, with its program, or because another process or program is in the way.
"""

import atexit
import contextlib
import sys
from typing import Protocol
from weakref import WeakSet

from spotantic_nb.auth._streams import show
from spotantic_nb.errors import AuthorizationError, LoopbackUnavailableError, UnsupportedEnvironmentError

_UNFINISHED = (
    "A login was still waiting for its answer, and has ended with this program. Wait for it: in a notebook with "
    "%spotantic_token, in Python with login() or wait_for()."
)


class _Login(Protocol):
    @property
    def done(self) -> bool: ...


begun: WeakSet[_Login] = WeakSet()
"""The logins that somebody may still wait for."""


@atexit.register
def _tell_of_unfinished_logins() -> None:
    """Say that a login ends with its program: ``jupyter run`` and scripts would end well with a login at their end."""
    if any(not login.done for login in begun):
        with contextlib.suppress(UnsupportedEnvironmentError):
            # A kernel that ends sends nothing to its front-end any more.
            show(_UNFINISHED, sys.__stderr__, sys.stderr)


def cancelled() -> AuthorizationError:
    """Return the error for a login that was cancelled or replaced."""
    return AuthorizationError("The login was cancelled.", hint="Log in again when you like.")


def begun_elsewhere() -> AuthorizationError:
    """Return the error for a login that a forked process finds begun."""
    return AuthorizationError(
        "This login was begun by the process that this one was forked from, and is finished there.",
        hint="Once it is, this process finds the token as well, unless it is kept in memory only.",
    )


def intercepted(error: LoopbackUnavailableError) -> LoopbackUnavailableError:
    """Return the error for a port that a proxy forwards to, and that is another program's."""
    return LoopbackUnavailableError(
        f"{error.message} What the proxy forwards there would reach that program, your cookies of the proxy among it.",
        hint="End it, or set SPOTANTIC_AUTH_FORWARDED_TO and the redirect URI to another port.",
    )
