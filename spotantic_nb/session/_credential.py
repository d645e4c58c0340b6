"""
The credential of a session: one place renews, for every thread, task and client of this kernel.
"""

import hashlib

from spotantic_nb._bearer import BearerText
from spotantic_nb._portal import portal
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.handover._credential import Credential, lend
from spotantic_nb.session._async_session import AsyncSession


class SessionCredential(Credential):
    """
    Hand out the tokens of a session.

    Args:
        session: The session.
    """

    def __init__(self, session: AsyncSession) -> None:
        settings = session.settings()
        login = " ".join([settings.accounts_url, *settings.require("client_id")])
        super().__init__(settings.api_url, hashlib.sha256(login.encode()).hexdigest()[:12])
        self._session = session
        lend(self, self.key)

    def token(self) -> str:
        """Return an access token with at least a minute to live; raises what ``Session.token`` does."""
        fresh = self._session.fresh_token
        token = portal.run(self._session.token) if fresh is None else fresh
        return BearerText(token.access_token.get_secret_value())

    async def atoken(self) -> str:
        """Return what ``token`` returns, without blocking the caller's event loop."""
        fresh = self._session.fresh_token
        token = await portal.arun(self._session.token) if fresh is None else fresh
        return BearerText(token.access_token.get_secret_value())

    @hides_locals
    def renew(self, after: str) -> str:
        """Return another access token than ``after``, which the Web API has refused; one request for all who ask."""
        token = portal.run(lambda: self._session.token(after=after))
        return BearerText(token.access_token.get_secret_value())

    @hides_locals
    async def arenew(self, after: str) -> str:
        """Return what ``renew`` returns, without blocking the caller's event loop."""
        token = await portal.arun(lambda: self._session.token(after=after))
        return BearerText(token.access_token.get_secret_value())
