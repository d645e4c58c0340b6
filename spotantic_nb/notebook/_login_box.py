"""What ``%spotantic_login`` shows in a notebook: the ways into one login, and in the end what came of it."""

from dataclasses import replace

from spotantic_nb.auth._login import Login
from spotantic_nb.notebook._boxes import Box
from spotantic_nb.notebook._face import face
from spotantic_nb.session import Session
from spotantic_nb.status import Status


class LoginBox(Box):
    """
    Follow one login to its end, and then say no more than how it ended.

    Args:
        login: The login that is on its way.
    """

    def __init__(self, login: Login) -> None:
        self._login = login
        super().__init__()
        login.when_done(self._finish)

    def _follow(self, status: Status) -> None:
        if not self._login.done:
            super()._follow(status)

    def _seen(self, status: Status) -> str:
        return face(status, login=self._login, placement=Session.current().placement)

    def _finish(self, login: Login) -> None:
        Session.current().unobserve(self._follow)
        status = Session.current().status
        self._face.value = face(replace(status, message=str(login.error or status.message)))
