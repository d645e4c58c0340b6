"""The event loop that the coroutines of this package need: one of asyncio."""

import asyncio

from spotantic_nb.errors import UnsupportedEnvironmentError


def require_asyncio() -> asyncio.AbstractEventLoop:
    """
    Return the loop that runs here.

    Raises:
        UnsupportedEnvironmentError: Another library runs the coroutine.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise UnsupportedEnvironmentError(
            "This coroutine needs asyncio, which is not what runs it here.",
            hint="Under trio or curio, call the plain Session.token() in a thread, as by trio.to_thread.run_sync; "
            "or have asyncio.run(...) run the coroutine in one.",
        ) from None
