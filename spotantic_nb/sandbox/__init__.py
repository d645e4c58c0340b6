"""
An offline Spotify on loopback: the accounts service and a slice of the Web API, with invented people and music.

It imports nothing of the client it is there to test, and neither does the client import it. The names are lazy, so
that a missing starlette or uvicorn is noticed where a sandbox is wanted.

Example:
    >>> from spotantic_nb.sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     settings = AuthSettings(accounts_url=sandbox.accounts_url, client_id=sandbox.client_id)
    ...     Session(settings).login("pkce")
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spotantic_nb.sandbox._data_download import write_streaming_history
    from spotantic_nb.sandbox._knobs import Knobs
    from spotantic_nb.sandbox._recording import RecordedRequest
    from spotantic_nb.sandbox._sandbox import Sandbox
    from spotantic_nb.sandbox._scripted_user import ScriptedUser

__all__ = ["Knobs", "RecordedRequest", "Sandbox", "ScriptedUser", "write_streaming_history"]

_HOMES = {
    "Knobs": "_knobs",
    "RecordedRequest": "_recording",
    "Sandbox": "_sandbox",
    "ScriptedUser": "_scripted_user",
    "write_streaming_history": "_data_download",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
