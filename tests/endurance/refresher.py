"""
A program that forks a kernel on every line it reads; the kernel refreshes without a pause until somebody kills it.

    python refresher.py ACCOUNTS_URL CLIENT_ID TOKEN_FILE

The line is ``refresh``, or ``refresh and die while writing``. Printed are the kernel's process id, one line for each
step it has behind it (``arrived``: it has the reply; ``kept``: the reply is on the disk), ``failed`` where a refresh
fails, and ``gone`` when it is dead.
The forking process has no thread and no loop, and has imported everything: a new kernel takes a few milliseconds.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import anyio._backends._asyncio  # noqa: F401 - imported with the first refresh, like the next two
import filelock  # noqa: F401
import httpcore  # noqa: F401
from pydantic import SecretStr

from spotantic_nb.auth import AuthCodePKCEFlowManager, _http
from spotantic_nb.auth._accounts import AccountsService
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.errors import SpotanticNbError
from spotantic_nb.models import AccessTokenInfo, AccessTokenRequestBody
from spotantic_nb.settings import AuthSettings


class WatchedAccounts(AccountsService):
    """The accounts service, with a line for every reply that has arrived."""

    async def request_token(self, body: AccessTokenRequestBody, **options: object) -> AccessTokenInfo:
        """Ask, and say so when the answer is there."""
        token = await super().request_token(body, **options)  # type: ignore[arg-type]
        _say("arrived")
        return token


def main() -> None:
    """Fork one kernel after the other."""
    _http.tls_context()
    for line in sys.stdin:
        kernel = os.fork()
        if kernel == 0:
            _live(dies_while_writing="die" in line)
        _say(str(kernel))
        os.waitpid(kernel, 0)
        _say("gone")


def _live(*, dies_while_writing: bool) -> None:
    """Refresh until killed; the manager is a new one each time, as in a project with many kernels."""
    if dies_while_writing:
        os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    try:
        asyncio.run(_refresh_for_ever())
    except SpotanticNbError:
        _say("failed")
        signal.pause()  # whoever kills it shall find it
    finally:
        os._exit(1)


async def _refresh_for_ever() -> None:
    while True:
        await _manager().refresh()
        _say("kept")


def _manager() -> AuthCodePKCEFlowManager:
    accounts_url, client_id, token_file = sys.argv[1:]
    settings = AuthSettings(_env_file=None, client_id=SecretStr(client_id), accounts_url=accounts_url)
    manager = AuthCodePKCEFlowManager(settings)
    manager.accounts = WatchedAccounts(accounts_url)
    manager.store = FileTokenStore(Path(token_file))
    return manager


def _say(line: str) -> None:
    """Write a line in one step: it is said before the next thing happens, and whole."""
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main()
