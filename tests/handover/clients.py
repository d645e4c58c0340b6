"""Requests of other clients, and what they cost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from spotantic_nb.sandbox import Sandbox

Ask = Callable[[], int]
"""Makes one request with the session's token, and returns the status of its reply."""


def refreshes(sandbox: Sandbox) -> int:
    return sum(seen.form.get("grant_type") == "refresh_token" for seen in sandbox.requests)


def at_once(ask: Ask, times: int = 20) -> list[int | type[BaseException]]:
    """Ask so often at once; return each status, or the kind of error."""
    with ThreadPoolExecutor(times) as threads:
        asked = [threads.submit(ask) for _ in range(times)]
    return [type(one.exception()) if one.exception() else one.result() for one in asked]
