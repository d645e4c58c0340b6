"""Logins of a session by a person who agrees."""

from spotantic_nb import Session
from spotantic_nb.auth._login import Login
from spotantic_nb.sandbox import ScriptedUser


def begin(session: Session, *scope: str, force: bool = False) -> Login:
    login = session.login("pkce", scope=scope, force=force, wait=False)
    assert login is not None
    return login


def log_in(session: Session, *scope: str, force: bool = False) -> None:
    login = begin(session, *scope, force=force)
    ScriptedUser().follow(login.url)
    session.wait_for(login)
