"""What ``%spotantic_login`` shows in a notebook: the ways into one login, and in the end what came of it."""

from spotantic_nb.auth._login import Login
from spotantic_nb.notebook._boxes import Box
from spotantic_nb.notebook._face import face
from spotantic_nb.session import Session
from spotantic_nb.status import Status


class LoginBox(Box):
    """
    Follow one login, and no further than to its end.

    Args:
        login: The login that is on its way.
        shows_link: Whether to show its link, which may stand beside the box already.
    """

    def __init__(self, login: Login, *, shows_link: bool = True) -> None:
        self._login = login
        self._shows_link = shows_link
        super().__init__()
        session = Session.current()  # the one whose login it is: by then another may have taken its place
        # By then everybody has been told how it ended: the session hears of it first.
        login.when_done(lambda _: session.unobserve(self._follow))

    def _seen(self, status: Status) -> str:
        return face(status, login=self._login if self._shows_link else None, placement=Session.current().placement)
