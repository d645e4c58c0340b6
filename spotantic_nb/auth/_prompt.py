"""
The paste way at a prompt, for places where nothing but a pasted address can finish a login.

``getpass`` and not ``input``: Jupyter saves what is typed into an input in the notebook. The prompt is always
answered or interrupted, never abandoned: JupyterLab refuses every later cell while one is open. Blocking is right
here: a prompt in a thread could not be interrupted. Where nobody can type, that is said before anything is shown.
"""

import getpass
import os
import sys
import threading
from collections.abc import Callable

from spotantic_nb._interrupt import interruptible
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._streams import is_terminal
from spotantic_nb.errors import AuthorizationError, CallbackError, StateMismatchError

_ADVICE = "After Agree, the tab may show an error page: that is expected. Copy its whole address and paste it here."
_QUESTION = "Paste the address, or press Enter when the tab says done: "


@hides_locals
def ask_until_answered(login: Login, *, why: str = "", show: Callable[[str], None] = print) -> None:
    """
    Ask for the address until the login has an answer or is over, whichever way that comes about.

    A prompt that nobody answers, or that fails otherwise, ends the login. One that is interrupted does so only where no
    listener is left.

    Args:
        login: The login to finish.
        why: Why the person is asked, where they did not say so themselves.
        show: Shows a line to the person.

    Raises:
        AuthorizationError: Nobody can type here, or the prompt was closed.
    """
    try:
        require_person(why)
        show(f"{why} {_ADVICE}".lstrip())
        while not (login.answered or login.done):
            _offer(login, asked(_QUESTION), show)
    except BaseException as error:
        if login.unreachable or isinstance(error, Exception):
            login.cancel()
        raise


def asked(question: str) -> str:
    """
    Return what the person types, which is not shown and not saved.

    Raises:
        AuthorizationError: Nobody can type here, or the prompt was closed.
    """
    try:
        with interruptible():
            # Looked up anew each time: a kernel puts its own in this place, but only while a cell runs.
            return getpass.getpass(question).strip()
    except RuntimeError:  # IPython's StdinNotImplementedError is one, and what other kernels raise in its place
        raise _nobody("") from None
    except EOFError:
        raise AuthorizationError(
            "The prompt was closed without an address.", hint="Log in again for a new link."
        ) from None


def require_person(why: str) -> None:
    """
    Let pass only where a person can type.

    Args:
        why: Why a person is needed.

    Raises:
        AuthorizationError: Nobody can, so that a prompt would wait for ever, or take another program's input.
    """
    if not can_ask():
        raise _nobody(why)


def can_ask() -> bool:
    """Tell whether a person can type an address here."""
    if _is_of_a_kernel():
        kernel = getattr(getpass.getpass, "__self__", None)
        return bool(getattr(kernel, "_allow_stdin", True))
    return threading.current_thread() is threading.main_thread() and is_at_a_terminal()


def is_at_a_terminal() -> bool:
    """Tell whether this program has a terminal, and its foreground: reading from the background stops a program."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return is_terminal(sys.stdin)
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


def _is_of_a_kernel() -> bool:
    """Tell whether somebody put another ``getpass`` in Python's place, as a kernel does for the cell it runs."""
    return getpass.getpass.__module__ != getpass.__name__


def _nobody(why: str) -> AuthorizationError:
    return AuthorizationError(
        f"{why} Nobody can type an address here.".lstrip(),
        hint="Log in once where a person can (a terminal, a notebook), or bring a grant along (Session.export_grant).",
    )


def _offer(login: Login, text: str, show: Callable[[str], None]) -> None:
    try:
        if text:
            login.offer(text)
        elif not (login.answered or login.done):
            show("No answer has arrived yet.")
    except (CallbackError, StateMismatchError) as error:
        show(str(error))
