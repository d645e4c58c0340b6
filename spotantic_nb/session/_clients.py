"""
What a session hands its login to: clients of other packages, each made, or made able to, when it is asked for.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from spotantic_nb.errors import ConfigurationError
from spotantic_nb.session._async_session import AsyncSession

if TYPE_CHECKING:
    import httpx
    import requests.auth
    from aiohttp import ClientMiddlewareType
    from spotantic.client import SpotanticClient
    from spotipy import Spotify

    from spotantic_nb.handover._credential import Credential
    from spotantic_nb.handover._items import Items


class Clients:
    """The part of a session that other packages go on from; all of it is bound to that session."""

    _async_session: AsyncSession

    @property
    def api_url(self) -> str:
        """The Web API that the tokens are for, without a slash at its end."""
        return self._async_session.managers.settings().api_url

    def credential(self) -> "Credential":
        """
        Return what hands out this session's tokens, and renews them in one place.

        Example:
            >>> Session.current().login("pkce")
            >>> Session.current().credential()
            <SessionCredential for http://127.0.0.1:.../v1>
        """
        from spotantic_nb.session._credential import SessionCredential

        return SessionCredential(self._async_session)

    def httpx_auth(self) -> "httpx.Auth":
        """
        Return what the ``auth=`` of httpx takes, and of httpx2 where that is installed, synchronous or not.

        Example:
            >>> import httpx
            >>> Session.current().login("pkce")
            >>> httpx.get(f"{Session.current().api_url}/me", auth=Session.current().httpx_auth()).status_code
            200
        """
        from spotantic_nb.handover._httpx import bearer_auth

        auth: httpx.Auth = bearer_auth(self.credential())
        return auth

    def client(self, **options: Any) -> "httpx.Client":  # noqa: ANN401 - httpx's own
        """
        Return an httpx client of the Web API: ``get("me")``, or any whole address.

        Args:
            **options: What ``httpx.Client`` takes.

        Example:
            >>> Session.current().login("pkce")
            >>> with Session.current().client() as client:
            ...     client.get("me").json()["display_name"]
            'Ada Fjordmark'
        """
        import httpx

        return httpx.Client(**{"base_url": self.api_url, "auth": self.httpx_auth(), **options})

    def async_client(self, **options: Any) -> "httpx.AsyncClient":  # noqa: ANN401 - httpx's own
        """
        Return an asynchronous httpx client of the Web API.

        Args:
            **options: What ``httpx.AsyncClient`` takes.

        Example:
            >>> import asyncio
            >>> Session.current().login("pkce")
            >>> async def name():
            ...     async with Session.current().async_client() as client:
            ...         return (await client.get("me")).json()["display_name"]
            >>> asyncio.run(name())
            'Ada Fjordmark'
        """
        import httpx

        return httpx.AsyncClient(**{"base_url": self.api_url, "auth": self.httpx_auth(), **options})

    def items(self, path: str, *, limit: int | None = None, progress: bool | None = None) -> "Items":
        """
        Return the items of a list, asked for page by page as they are used: by ``list``, a loop, a DataFrame.

        A pause of up to 30 seconds that Spotify asks for is waited out, and passing trouble is met with a few more
        tries. Each use asks anew. Items that Spotify leaves empty (null) are left out.

        Args:
            path: ``/me/tracks``, ``search?q=miles&type=track``, or a whole address of the Web API. Pages are as large
                as the endpoint takes, unless the query has a ``limit`` of its own.
            limit: How many items there are to be at most; None for all.
            progress: Whether to show a bar (tqdm). None shows one in notebooks and terminals, for more than one page.

        Raises:
            ConfigurationError: ``limit`` is negative, or a bar is asked for and tqdm is not installed.
            WebApiError: While the items are used: a request was refused, or got no usable answer. What else
                ``Session.token`` raises comes through as well.

        Example:
            >>> Session.current().login("pkce")
            >>> [item["track"]["name"] for item in Session.current().items("/me/tracks", limit=2)]
            ['...', '...']
        """
        from spotantic_nb.handover._items import Items

        return Items(self.credential(), path, limit=limit, progress=progress)

    def requests_auth(self) -> "requests.auth.AuthBase":
        """
        Return what the ``auth=`` of requests takes.

        Raises:
            ConfigurationError: requests is not installed.

        Example:
            >>> import requests
            >>> Session.current().login("pkce")
            >>> requests.get(f"{Session.current().api_url}/me", auth=Session.current().requests_auth()).status_code
            200
        """
        auth: requests.auth.AuthBase = _part("requests", "BearerAuth")(self.credential())
        return auth

    def spotipy(self, **options: Any) -> "Spotify":  # noqa: ANN401 - spotipy's own
        """
        Return a spotipy client.

        Args:
            **options: What ``spotipy.Spotify`` takes, but for ``auth_manager``, ``requests_session`` and its retries.

        Raises:
            ConfigurationError: spotipy is not installed.

        Example:
            >>> Session.current().login("pkce")
            >>> Session.current().spotipy().current_user()["display_name"]
            'Ada Fjordmark'
        """
        client: Spotify = _part("spotipy", "client")(self.credential(), **options)
        return client

    def spotantic(self, **options: Any) -> "SpotanticClient":  # noqa: ANN401 - spotantic's own
        """
        Return a client of spotantic 0.2, which needs Python 3.12.

        It leaves it to Spotify to say which scopes a request needs.

        Args:
            **options: What ``SpotanticClient`` takes, but for ``auth_manager`` and ``check_insufficient_scope``.

        Raises:
            ConfigurationError: spotantic is not installed.

        Example:
            >>> Session.current().login("pkce")
            >>> Session.current().spotantic()
            <spotantic client for http://127.0.0.1:.../v1>
        """
        client: SpotanticClient = _part("spotantic", "Client", "; it needs Python 3.12")(self.credential(), **options)
        return client

    def aiohttp_middleware(self) -> "ClientMiddlewareType":
        """
        Return what the ``middlewares=`` of an aiohttp client takes, in a tuple.

        Raises:
            ConfigurationError: aiohttp is not installed.

        Example:
            >>> import aiohttp, asyncio
            >>> Session.current().login("pkce")
            >>> async def name():
            ...     async with aiohttp.ClientSession(middlewares=(Session.current().aiohttp_middleware(),)) as client:
            ...         async with client.get(f"{Session.current().api_url}/me") as reply:
            ...             return (await reply.json())["display_name"]
            >>> asyncio.run(name())
            'Ada Fjordmark'
        """
        middleware: ClientMiddlewareType = _part("aiohttp", "BearerMiddleware")(self.credential())
        return middleware


def _part(package: str, name: str, note: str = "") -> Callable[..., Any]:
    """
    Return a part of the module that is for this package.

    Raises:
        ConfigurationError: The package is not installed.
    """
    require_package(package, note)
    part: Callable[..., Any] = getattr(import_module(f"spotantic_nb.handover._{package}"), name)
    return part


def require_package(package: str, note: str = "") -> None:
    """
    Check that a package is there.

    Raises:
        ConfigurationError: It is not installed; the note is added to what is said.
    """
    try:
        import_module(package)
    except ImportError:
        raise ConfigurationError(f"{package} is not installed{note}.", hint=f"Run: pip install {package}") from None
