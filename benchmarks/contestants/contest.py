"""What every contestant has: the service to log in to, a browser that is opened, and somebody who takes the time."""

import json
import sys
import time
import webbrowser

SERVICE, CLIENT_ID, REDIRECT_URI = sys.argv[1:]
SCOPE = "user-top-read"

_began = 0.0


def begin() -> None:
    """Note that a login begins."""
    global _began  # noqa: PLW0603 - one login at a time
    _began = time.perf_counter()


def opened(url: str) -> bool:
    """Be the browser: say which link was opened, and how many milliseconds after the beginning."""
    _say(url=url, opened=(time.perf_counter() - _began) * 1e3)
    return True


def have_token() -> None:
    """Say at which time the token is there."""
    _say(token=time.perf_counter())


def _say(**said: object) -> None:
    print(json.dumps(said), flush=True)


webbrowser.open = opened  # type: ignore[assignment]
