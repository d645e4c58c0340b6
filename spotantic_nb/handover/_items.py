"""
All items of a list of the Web API, page by page: by offset or by cursor, as Spotify's ``next`` links lead.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import httpx

from spotantic_nb._text import isolated
from spotantic_nb.errors import ConfigurationError, WebApiError
from spotantic_nb.handover._credential import Credential
from spotantic_nb.handover._httpx import bearer_auth
from spotantic_nb.handover._patience import ask
from spotantic_nb.handover._progress import Progress, require_bars

_LARGEST_PAGE = 50
_LARGEST_PAGE_OF_FEW = 10
_OF_FEW = re.compile(r"/(search|artists/[^/]+/albums)$")
"""What Spotify hands out in smaller pages since February 2026."""

_TIMEOUT = 10.0
"""Seconds for each step of a request."""


class Items(Iterable[Any]):
    """
    The items of a list, asked for anew by each iteration.

    Args:
        credential: Hands out the tokens.
        path: A path of the Web API, with or without a slash before it, or a whole address.
        limit: How many items there are to be at most; None for all.
        progress: Whether to show a bar; None for where a person looks.
    """

    def __init__(
        self, credential: Credential, path: str, *, limit: int | None = None, progress: bool | None = None
    ) -> None:
        if limit is not None and limit < 0:
            raise ConfigurationError(f"limit is {limit}.", hint="Give a number of items, or None for all of them.")
        if progress:
            require_bars()
        self._credential = credential
        self._path = path
        self._limit = limit
        self._progress = progress

    def __repr__(self) -> str:
        return f"<items of {self._path}>"

    def __iter__(self) -> Iterator[Any]:
        """Yield the items; raises what ``Session.items`` says."""
        address, left = self._first_page(), self._limit
        place = address.path.removeprefix(httpx.URL(self._credential.api_url).path)
        with self._client() as client, Progress(place, self._progress) as progress:
            while left != 0:
                page = _list_in(ask(client, address, place, progress.tell), place)
                items = [item for item in page["items"] if item is not None][:left]
                left = None if left is None else left - len(items)
                is_last = left == 0 or not page.get("next")
                progress.advance(len(items), self._goal(page), is_last=is_last)
                yield from items
                if is_last:
                    break
                address = self._covered(page["next"])

    def _client(self) -> httpx.Client:
        # A proxy is for the world outside: plain http is a sandbox on this machine.
        may_use_proxy = self._credential.api_url.startswith("https:")
        return httpx.Client(auth=bearer_auth(self._credential), timeout=_TIMEOUT, trust_env=may_use_proxy)

    def _first_page(self) -> httpx.URL:
        is_whole = self._path.startswith(("https://", "http://"))
        api_url = self._credential.api_url
        address = self._covered(self._path if is_whole else f"{api_url}/{self._path.lstrip('/')}")
        if "limit" in address.params:
            return address
        largest = _LARGEST_PAGE_OF_FEW if _OF_FEW.search(address.path) else _LARGEST_PAGE
        return address.copy_merge_params({"limit": min(largest, self._limit or largest)})

    def _covered(self, address: str) -> httpx.URL:
        """
        Return an address that the token may be sent to.

        Raises:
            WebApiError: It is another one; nothing is sent there.
        """
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            raise self._elsewhere(address) from None
        if not self._credential.covers(str(url)):
            raise self._elsewhere(address)
        return url

    def _elsewhere(self, address: str) -> WebApiError:
        return WebApiError(
            f"{isolated(address)} is no address of the Web API ({self._credential.api_url}): nothing was sent there.",
            hint="Give a path, such as /me/tracks.",
        )

    def _goal(self, page: dict[str, Any]) -> int | None:
        """Return how many items there will be, where the list tells."""
        total = page.get("total")
        if not isinstance(total, int):
            return None
        return total if self._limit is None else min(total, self._limit)


def _list_in(reply: httpx.Response, place: str) -> dict[str, Any]:
    """
    Return the paging object: the answer itself, or the one that stands in it under a key.

    Raises:
        WebApiError: There is none, or more than one.
    """
    document = _object_in(reply)
    found = [value for value in (document, *document.values()) if _is_list(value)]
    if _is_list(document) or len(found) == 1:
        page: dict[str, Any] = found[0]
        return page
    if found:
        raise WebApiError(
            f"The answer for {isolated(place)} holds {len(found)} lists.", hint="Ask for one type at a time."
        )
    raise WebApiError(
        f"The answer for {isolated(place)} holds no list of items.",
        hint="session.client().get(...) returns it as it is.",
        status=reply.status_code,
    )


def _object_in(reply: httpx.Response) -> dict[str, Any]:
    try:
        document = reply.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _is_list(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("items"), list)
