"""
How a person without widgets is invited to a login: the link, the browser, and a prompt for the address.

A kernel's ``getpass`` and not its ``input``: Jupyter saves what is typed into an input in the notebook. Its prompt is
always answered or interrupted, never abandoned: JupyterLab refuses every later cell while one is open. Blocking is
right here: a prompt in a thread could not be interrupted. Where nobody can type, that is said before anything is shown.
"""

import getpass
import os
import sys
import threading
from collections.abc import Callable
from functools import partial

from spotantic_nb._event_loop import interruptible
from spotantic_nb._portal import portal
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._attempt import Answer, AuthorizationAttempt
from spotantic_nb.auth._browser import open_browser
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import Placement
from spotantic_nb.auth._streams import is_terminal, show_on_stderr
from spotantic_nb.auth._typed import typed
from spotantic_nb.errors import AuthorizationError, CallbackError, StateMismatchError, anew

_ADVICE = "After Agree, the tab may show an error page: that is expected. Copy its whole address and paste it here."
_QUESTION = "Paste the address, or press Enter when the tab says done: "


async def ask_the_person(
    attempt: AuthorizationAttempt,
    *,
    callback_timeout: float,
    place: Placement,
    show: Callable[[str], None] = show_on_stderr,
) -> Answer:
    """
    Return the first answer to an attempt, from the listener or pasted at a prompt, as suits a script.

    Args:
        attempt: What the person is sent to.
        callback_timeout: Seconds to wait for the answer.
        place: Where the person's browser is.
        show: Shows a line to the person.

    Raises:
        AuthorizationError: No answer came, or none can come.
        UnsupportedEnvironmentError: There is nowhere to show the link, or another library than asyncio runs this.
    """
    login = await portal.arun(partial(_waiting_login, attempt, callback_timeout))
    try:
        invite(login, place, show=show)
        return await portal.arun(login.result)
    except BaseException:
        await portal.arun(login.stop)
        raise


async def _waiting_login(attempt: AuthorizationAttempt, callback_timeout: float) -> Login:
    login = Login(attempt, timeout=callback_timeout)
    await login.ready()
    return login


def invite(login: Login, place: Placement, *, show: Callable[[str], None] = show_on_stderr) -> None:
    """
    Show the login to the person; return once it has its answer, or where the listener may bring it.

    Args:
        login: The login to answer.
        place: Where the person's browser is.
        show: Shows a line to the person.

    Raises:
        AuthorizationError: Only a pasted address could finish it, and nobody can type here; the login is ended then.
        UnsupportedEnvironmentError: There is nowhere to show it; the login is ended then.
    """
    why = "" if place.browser == "here" else place.reason
    try:
        if login.unreachable or place.browser == "elsewhere":
            _require_a_way(login, place)  # before a link is shown that leads nowhere
        show(f"Log in to Spotify: {login.url}")
    except Exception:
        login.cancel()
        raise
    if place.can_open:
        open_browser(login.url)
    login.link_is_shown()
    if login.unreachable or (why and can_ask()):
        ask_until_answered(login, why=login.unreachable or why, show=show)


@hides_locals
def ask_until_answered(
    login: Login, *, why: str = "", show: Callable[[str], None] = print, keeps_login: bool = False
) -> None:
    """
    Ask for the address until the login has an answer or has ended, whichever way that comes about.

    A prompt that nobody answers, or that fails otherwise, ends the login. One that is interrupted does so only where no
    listener is left.

    Args:
        login: The login to finish.
        why: Why the person is asked, where they did not say so themselves.
        show: Shows a line to the person.
        keeps_login: Whether the login goes on however the prompt ends, since another cell shows it as well.

    Raises:
        AuthorizationError: Nobody can type here, or the prompt was closed.
    """
    try:
        require_person(why)
        show(f"{why} {_ADVICE}".lstrip())
        while not _is_over(login):
            _offer(login, asked(_QUESTION, is_over=partial(_is_over, login)), show)
    except BaseException as error:
        if not keeps_login and (login.unreachable or isinstance(error, Exception)):
            login.cancel()
        raise


def asked(question: str, *, is_over: Callable[[], bool]) -> str:
    """
    Return what the person types, which is not shown and not saved; nothing where the question is over before.

    Args:
        question: What is shown.
        is_over: Tells whether nobody need answer it any more; of no use in a kernel, whose front-end holds the prompt.

    Raises:
        AuthorizationError: Nobody can type here, or the prompt was closed.
    """
    try:
        with interruptible():
            if _is_of_a_kernel():
                return getpass.getpass(question).strip()
            return typed(question, is_over=is_over).strip()
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


def _require_a_way(login: Login, place: Placement) -> None:
    """Raise where nobody can type the address that alone could finish the login, and say what is in the way."""
    if can_ask():
        return
    if login.listener_error is not None and place.browser != "elsewhere":
        raise anew(login.listener_error)
    raise _nobody(login.unreachable or place.reason)


def can_ask() -> bool:
    """Tell whether a person can type an address here."""
    if _is_of_a_kernel():
        kernel = getattr(getpass.getpass, "__self__", None)
        return bool(getattr(kernel, "_allow_stdin", True))
    return threading.current_thread() is threading.main_thread() and is_at_a_terminal()


def is_unattended_kernel() -> bool:
    """Tell whether a kernel runs this for nobody: nbclient and papermill say so, a script cannot."""
    return _is_of_a_kernel() and not can_ask()


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
    """Tell whether somebody has put another ``getpass`` in Python's place, as a kernel does while it runs a cell."""
    return getpass.getpass.__module__ != getpass.__name__


def _nobody(why: str) -> AuthorizationError:
    return AuthorizationError(
        f"{why} Nobody can type an address here.".lstrip(),
        hint="Log in once where a person can (a terminal, a notebook), or bring a grant along (Session.export_grant).",
    )


def _is_over(login: Login) -> bool:
    return login.answered or login.done


def _offer(login: Login, text: str, show: Callable[[str], None]) -> None:
    try:
        if text:
            login.offer(text)
        elif not _is_over(login):
            show("No answer has arrived yet.")
    except (CallbackError, StateMismatchError) as error:
        show(str(error))
