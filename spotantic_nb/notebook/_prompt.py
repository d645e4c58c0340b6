"""
The paste way at a prompt, for places where nothing but a pasted address can finish a login.

``getpass`` and not ``input``: Jupyter saves what is typed into an input in the notebook. The prompt is always
answered or interrupted, never abandoned: JupyterLab refuses every later cell while one is open.
"""

from getpass import getpass

from spotantic_nb.auth._login import Login
from spotantic_nb.errors import CallbackError, StateMismatchError
from spotantic_nb.session import Session

_ADVICE = "After Agree, the tab may show an error page: that is expected. Copy its whole address and paste it here."
_QUESTION = "Paste the address, or press Enter when the tab says done: "


def finish_at_prompt(session: Session, login: Login, *, why: str = "") -> None:
    """
    Ask for the address until the login is over, whichever way its answer comes.

    Args:
        session: Tells what came of it.
        login: The login to finish.
        why: Why the person is asked, where they did not say so themselves.

    Raises:
        AuthorizationError: The person said no on Spotify's page, or nothing.
        TokenRequestError: The accounts service gave no token.
    """
    print(f"{why} {_ADVICE}".lstrip())
    while not login.answered and not login.done:
        _offer(login, getpass(_QUESTION))
    session.wait_for(login)


def _offer(login: Login, text: str) -> None:
    if not text.strip():
        if not (login.answered or login.done):
            print("No answer has arrived yet.")
        return
    try:
        login.offer(text)
    except (CallbackError, StateMismatchError) as error:
        print(error)
