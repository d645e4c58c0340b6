"""``python -m spotantic_nb.sandbox``: an offline Spotify for as long as the terminal stays open."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spotantic_nb.sandbox import Sandbox

_PORT = 8899
_PEOPLE = 3
_A_YEAR = 365 * 24 * 3600


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or a termination signal, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m spotantic_nb.sandbox", description="An offline Spotify.")
    parser.add_argument("--port", type=int, default=_PORT, help="where to listen (default: %(default)s)")
    parser.add_argument("--people", type=int, default=_PEOPLE, help="how many people there are (default: %(default)s)")
    asked = parser.parse_args(arguments)
    try:
        from spotantic_nb.sandbox import Sandbox

        sandbox = Sandbox(port=asked.port, people=asked.people)
        sandbox.start()
    except ModuleNotFoundError as error:
        return _fail(f"The sandbox needs {error.name}: pip install 'spotantic-nb[sandbox]'")
    except ValueError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"The sandbox cannot listen on port {asked.port}: {error.strerror}. Choose one with --port.")
    _serve(sandbox)
    return 0


def _serve(sandbox: "Sandbox") -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        print(_welcome(sandbox), flush=True)
        # Asleep rather than waiting for an event, which Ctrl-C does not end on Windows.
        time.sleep(_A_YEAR)
    except KeyboardInterrupt:
        sandbox.stop()


def _welcome(sandbox: "Sandbox") -> str:
    return f"""\
An offline Spotify is listening on {sandbox.url} (Ctrl-C ends it). The lines for your .env:

SPOTANTIC_AUTH_ACCOUNTS_URL={sandbox.accounts_url}
SPOTANTIC_AUTH_API_URL={sandbox.api_url}
SPOTANTIC_AUTH_CLIENT_ID={sandbox.client_id}
SPOTANTIC_AUTH_CLIENT_SECRET={sandbox.client_secret}
"""


def _fail(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
