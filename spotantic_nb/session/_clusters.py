"""
What a session hands its login to on other machines and in other processes: the workers of a cluster.
"""

import asyncio
import hashlib
from typing import TYPE_CHECKING

from spotantic_nb._account import Account
from spotantic_nb._portal import portal
from spotantic_nb.errors import NotLoggedInError
from spotantic_nb.session._async_session import AsyncSession
from spotantic_nb.session._clients import Clients, require_package
from spotantic_nb.session._observers import Observers

if TYPE_CHECKING:
    from distributed import Client

    from spotantic_nb.handover._lender import Lender
    from spotantic_nb.handover._loan import Loan
    from spotantic_nb.session._lent_login import LentLogin

_serving: dict[tuple[str, str], asyncio.Task[None]] = {}
"""What serves clusters in this process, by the client and the name of the login; on the portal."""


class Clusters(Clients):
    """The part of a session that lends its login to other processes: never the refresh token, nor the app's secret."""

    _async_session: AsyncSession
    _observers: Observers

    def dask(self, client: "Client", *, unencrypted: bool = False) -> "LentLogin":
        """
        Lend this login to the workers of a Dask cluster, now and later, and return what their tasks are given of it.

        The workers get the access token alone, and another one before it ends. When the client is closed or this kernel
        ends, the last token stays with them to its end; the same line in another kernel of the project goes on.

        Args:
            client: A client of the cluster. Every worker needs this package.
            unencrypted: Also where the network between this machine and the scheduler is not encrypted.

        Returns:
            An argument for tasks, which pickles without a secret: ``auth=`` of httpx and requests, and ``client()``,
            ``spotipy()`` and the rest of what this session has.

        Raises:
            NotLoggedInError: Nobody is logged in.
            ConfigurationError: distributed is not installed, the client is not one that can be used, or the scheduler
                is on another machine and not encrypted.

        Example:
            >>> from dask.distributed import Client
            >>> def name(auth):
            ...     with auth.client() as spotify:
            ...         return spotify.get("me").json()["display_name"]
            >>> Session.current().login("pkce")
            >>> with Client(processes=False, dashboard_address="127.0.0.1:0") as client:
            ...     client.submit(name, Session.current().dask(client)).result()
            'Ada Fjordmark'
        """
        require_package("distributed")
        from spotantic_nb.handover._credential import lend
        from spotantic_nb.handover._dask import require_usable
        from spotantic_nb.session._lent_login import lent_login

        require_usable(client, unencrypted=unencrypted)
        token, credential = portal.run(self._async_session.token), self.credential()
        key = _key_of(credential.key, token.account)
        lend(credential, key)  # for workers in this very process
        portal.run(lambda: self._lend(client, key, token.account))
        return lent_login(credential.api_url, key)

    def loan(self) -> "Loan":
        """
        Return the access token of now, made to be sent to other processes, as by a broadcast of Spark or Ray.

        Nothing renews it there: ``TokenExpiredError`` is raised once it is over. Its pickle holds the access token.

        Raises:
            NotLoggedInError: Nobody is logged in.

        Example:
            >>> Session.current().login("pkce")
            >>> loan = Session.current().loan()
            >>> loan.headers(), loan.seconds_left() > 3500
            ({'Authorization': 'Bearer **********'}, True)
        """
        from spotantic_nb.handover._loan import Loan

        return Loan.of(portal.run(self._async_session.token), self.api_url)

    async def _lend(self, client: "Client", key: str, account: Account | None) -> None:
        """Begin to lend the login under this name, in place of whoever lent it to this client before; on the portal."""
        from spotantic_nb.handover._dask import Cluster
        from spotantic_nb.handover._lender import Lender
        from spotantic_nb.handover._loan import Loan

        api_url = self.api_url

        async def obtain(refused: str | None) -> Loan:
            token = await self._async_session.token(after=refused)
            _require_same(account, token.account)
            return Loan.of(token, api_url)

        lender = Lender(Cluster(client, api_url, key), obtain)
        await lender.start()
        if (before := _serving.get((client.id, key))) is not None:
            before.cancel()
        self._keep(lender, place=(client.id, key))

    def _keep(self, lender: "Lender", *, place: tuple[str, str]) -> None:
        """Let a lender serve, and look at the login at each of its changes."""

        def look(_: object) -> None:
            lender.look()

        def forget(ended: asyncio.Task[None]) -> None:
            self._observers.remove(look)
            if _serving.get(place) is ended:
                del _serving[place]

        serving = _serving[place] = asyncio.get_running_loop().create_task(lender.serve())
        serving.add_done_callback(forget)
        self._observers.add(look)


def _key_of(login: str, account: Account | None) -> str:
    """Return the name of one person's login: on a cluster, others may work with the same app."""
    return hashlib.sha256(f"{login} {account.id if account else ''}".encode()).hexdigest()[:12]


def _require_same(before: Account | None, now: Account | None) -> None:
    """
    Check that it is still the login of the same person, as far as that is known.

    Raises:
        NotLoggedInError: It is not.
    """
    if before is not None and now is not None and before.id != now.id:
        raise NotLoggedInError(
            "The notebook is logged in as another person than the one whose login was lent to this cluster.",
            hint="Run session.dask(client) there again, and give its result to new tasks.",
        )
