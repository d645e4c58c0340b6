"""
The paste way at a prompt, for places where nothing but a pasted address can finish a login.

``getpass`` and not ``input``: Jupyter saves what is typed into an input in the notebook. The prompt is always
answered or interrupted, never abandoned: JupyterLab refuses every later cell while one is open. Blocking is right
here: a prompt in a thread could not be interrupted.
"""

from getpass import getpass

from spotantic_nb.auth._login import Login
from spotantic_nb.errors import AuthorizationError, CallbackError, StateMismatchError

_ADVICE = "After Agree, the tab may show an error page: that is expected. Copy its whole address and paste it here."
_QUESTION = "Paste the address, or press Enter when the tab says done: "


def ask_until_answered(login: Login, *, why: str = "") -> None:
    """
    Ask for the address until the login has an answer or is over, whichever way that comes about.

    Args:
        login: The login to finish.
        why: Why the person is asked, where they did not say so themselves.

    Raises:
        AuthorizationError: Nobody can type here.
    """
    print(f"{why} {_ADVICE}".lstrip())
    while not (login.answered or login.done):
        _offer(login, asked(_QUESTION))


def asked(question: str) -> str:
    """
    Return what the person types, which is not shown and not saved.

    Raises:
        AuthorizationError: Nobody can type here.
    """
    try:
        return getpass(question).strip()
    except (EOFError, NotImplementedError):  # IPython's StdinNotImplementedError is one of the latter
        raise AuthorizationError(
            "Nobody can be asked for the address here.", hint="Run this where a person can type."
        ) from None


def _offer(login: Login, text: str) -> None:
    try:
        if text:
            login.offer(text)
        elif not (login.answered or login.done):
            print("No answer has arrived yet.")
    except (CallbackError, StateMismatchError) as error:
        print(error)
