"""
What a session tells its observers besides the state of the login: one message, and a list of notices.

A message is about the token that was held when it was set. Where another kernel has logged in or out since, it is no
longer true, and is not told any more.
"""

from collections.abc import Callable

from spotantic_nb.models import AccessTokenInfo


class Messages:
    """
    The message and the notices of a session; to be changed on the portal.

    Args:
        token: Returns the token that is used, if there is one.
        changed: Is called whenever there is another message or notice.
    """

    def __init__(self, *, token: Callable[[], AccessTokenInfo | None], changed: Callable[[], None]) -> None:
        self.notices: list[str] = []
        """What a person should know besides the message, until the next login begins."""
        self._token = token
        self._changed = changed
        self._message = ""
        self._is_about: AccessTokenInfo | None = None

    def set(self, message: str) -> None:
        """Tell what has just happened, in one line; an empty line, that something has."""
        self._message, self._is_about = message, self._token()
        self._changed()

    def add_notices(self, *notices: str) -> None:
        """Tell what a person should know besides the message; empty lines are left out."""
        self.notices.extend(filter(None, notices))
        self._changed()

    def about(self, token: AccessTokenInfo | None) -> str:
        """Return the message, or an empty text where it is about another token."""
        return self._message if token == self._is_about else ""
