"""
A fresh token in hand: what ``await manager.get_valid_access_token()`` costs, with and without making the header.

Compared with the least that is right: an ``async def`` that looks at the time and returns what it holds.

    python benchmarks/header.py --calls 20000

Ends with status 1 if the call without the header takes over 2.5 times the least.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from pydantic import SecretStr

from spotantic_nb import AccessTokenInfo, AuthCodePKCEFlowManager, AuthSettings
from spotantic_nb.auth._file_store import FileTokenStore

MOST = 2.5
"""How many times the least the call may take."""

Block = Callable[[int], Awaitable[None]]


class Least:
    """A token and its end, and nothing else."""

    def __init__(self) -> None:
        self._token = "token"  # noqa: S105 - no secret
        self._end = time.time() + 3600

    async def get(self) -> str:
        """Return the token while it is good."""
        if time.time() >= self._end:
            raise RuntimeError("The token is over.")
        return self._token


def main() -> int:
    """Measure, print a table, and return the exit status."""
    options = _options(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        blocks = _blocks(_manager(Path(folder, "token.json")))
        medians = asyncio.run(_medians(blocks, options.calls, options.repeats))
    least = medians["the least"]
    for name, seconds in medians.items():
        print(f"{name:32}{seconds * 1e9:8.0f} ns{seconds / least:8.2f} x")
    return 0 if medians["the token"] <= MOST * least else 1


def _manager(path: Path) -> AuthCodePKCEFlowManager:
    """Return a manager that has read a fresh token from its file."""
    scope, kind = "user-top-read", "Bearer"
    token = AccessTokenInfo(access_token=SecretStr("a" * 160), token_type=kind, expires_in=36_000, scope=scope)
    token.store_token(path)
    manager = AuthCodePKCEFlowManager(AuthSettings(_env_file=None), allow_lazy_refresh=True)
    manager.store = FileTokenStore(path)
    return manager


def _blocks(manager: AuthCodePKCEFlowManager) -> dict[str, Block]:
    least = Least()

    async def get_least(calls: int) -> None:
        for _ in range(calls):
            await least.get()

    async def get_token(calls: int) -> None:
        for _ in range(calls):
            await manager.get_valid_access_token()

    async def get_header(calls: int) -> None:
        for _ in range(calls):
            (await manager.get_valid_access_token()).get_authorization_header()

    return {"the least": get_least, "the token": get_token, "the token and its header": get_header}


async def _medians(blocks: dict[str, Block], calls: int, repeats: int) -> dict[str, float]:
    """Return the median seconds of one call; the blocks run in turns, so that all meet the same noise."""
    times: dict[str, list[float]] = {name: [] for name in blocks}
    for _ in range(repeats):
        for name, block in blocks.items():
            before = time.perf_counter()
            await block(calls)
            times[name].append((time.perf_counter() - before) / calls)
    return {name: statistics.median(values) for name, values in times.items()}


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--calls", type=int, default=20_000, help="calls in one block")
    parser.add_argument("--repeats", type=int, default=15, help="blocks of each kind")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
