"""
A login as the tasks of a cluster have it: by its name, with everything that a session hands out.
"""

from typing import TYPE_CHECKING, Any

from spotantic_nb.handover._credential import Credential, NamedCredential
from spotantic_nb.handover._httpx import BearerAuth, auth_class
from spotantic_nb.session._clients import Clients

if TYPE_CHECKING:
    from requests import PreparedRequest


def lent_login(api_url: str, key: str) -> "LentLogin":
    """Return the login of this name, in whichever process that is."""
    login: LentLogin = auth_class(LentLogin)(NamedCredential(api_url, key))
    return login


class LentLogin(BearerAuth, Clients):
    """
    What a task is given of a login: ``auth=`` for httpx and requests, and the clients that a session has.

    It pickles to the name of the login and the address of the Web API: the token is looked up where the task runs.
    """

    @property
    def api_url(self) -> str:
        """The Web API that the tokens are for, without a slash at its end."""
        return self._credential.api_url

    def credential(self) -> Credential:
        """Return what hands out the tokens that this process was lent."""
        return self._credential

    def __call__(self, request: "PreparedRequest") -> "PreparedRequest":
        """Authenticate a request of requests."""
        prepared: PreparedRequest = self.requests_auth()(request)
        return prepared

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return lent_login, (self.api_url, self._credential.key)
