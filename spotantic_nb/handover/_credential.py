"""
What a client is given in place of a token: it hands out the token of now, and renews it in one place for all.
"""

from abc import ABC, abstractmethod

from spotantic_nb.errors import NotLoggedInError


class Credential(ABC):
    """
    Access tokens for one Web API. It holds no token and no refresh token, and is bound to the session that made it.

    Args:
        api_url: The Web API that the tokens are for, without a slash at its end.
        key: The name of the login: one app at one accounts service, the same after a restart.
    """

    def __init__(self, api_url: str, key: str) -> None:
        self.api_url = api_url
        self.key = key

    @abstractmethod
    def token(self) -> str:
        """Return an access token with at least a minute to live; raises what ``Session.token`` does."""

    @abstractmethod
    async def atoken(self) -> str:
        """Return what ``token`` returns, without blocking the caller's event loop."""

    @abstractmethod
    def renew(self, after: str) -> str:
        """
        Return another access token than ``after``, which the Web API has refused (401).

        However many callers ask, there is one request. Where another token would be refused as well, because ``after``
        is less than a minute old, it is returned itself.
        """

    @abstractmethod
    async def arenew(self, after: str) -> str:
        """Return what ``renew`` returns, without blocking the caller's event loop."""

    def covers(self, url: str) -> bool:
        """Tell whether a token may be sent there: to the Web API, and neither to another host nor over plain http."""
        return url.startswith(f"{self.api_url}/")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} for {self.api_url}>"

    def __reduce__(self) -> "tuple[type[NamedCredential], tuple[str, str]]":
        """Pickle to the name of the login alone."""
        return NamedCredential, (self.api_url, self.key)


_of_this_process: dict[str, Credential] = {}


def lend(credential: Credential, key: str) -> None:
    """Let this be the credential that this name means in this process."""
    _of_this_process[key] = credential


def lent_as(key: str) -> Credential | None:
    """Return the credential that this name means in this process."""
    return _of_this_process.get(key)


class NamedCredential(Credential):
    """A credential as it arrives in another process: the name of a login, which is looked up at each use."""

    def token(self) -> str:
        """Return the token of the credential that this process has under this name."""
        return self._found().token()

    async def atoken(self) -> str:
        """Return what ``token`` returns, without blocking the caller's event loop."""
        return await self._found().atoken()

    def renew(self, after: str) -> str:
        """Return what the credential that this process has under this name returns."""
        return self._found().renew(after)

    async def arenew(self, after: str) -> str:
        """Return what ``renew`` returns, without blocking the caller's event loop."""
        return await self._found().arenew(after)

    def _found(self) -> Credential:
        """
        Return the credential that this process has under this name.

        Raises:
            NotLoggedInError: It has none.
        """
        found = lent_as(self.key)
        if found is None:
            raise NotLoggedInError(
                "This process has no login of that name.",
                hint="Log in here as well, and read Session.current().credential() once: it is found from then on. "
                "A task of a Dask cluster is given what session.dask(client) returns.",
            )
        return found
