"""
A kernel without a notebook: it does with its session what each line it reads says, and answers each with one line.

    python session_kernel.py        in the project's folder

The lines are ``log in``, ``refresh N`` (N times without a pause) and ``log out``; the answers ``done``, or the name of
the error.
"""

import sys

from spotantic_nb import Session, SpotanticNbError
from spotantic_nb.sandbox import ScriptedUser


def main() -> None:
    """Answer line by line."""
    session = Session()
    for line in sys.stdin:
        try:
            _do(session, line.split())
        except SpotanticNbError as error:
            answer = type(error).__name__
        else:
            answer = "done"
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _do(session: Session, words: list[str]) -> None:
    match words:
        case ["log", "in"]:
            login = session.login("pkce", force=True, wait=False)
            assert login is not None
            ScriptedUser().follow(login.url)
            session.wait_for(login)
        case ["refresh", times]:
            for _ in range(int(times)):
                session.refresh()
        case ["log", "out"]:
            session.logout()


if __name__ == "__main__":
    main()
