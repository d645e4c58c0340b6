"""
Errors without the local variables of the frames they passed through.

A traceback keeps every frame of a failed call, and each frame its local variables: codes, tokens and client secrets.
``%xmode Verbose``, rich, structlog, loguru, Sentry and ``pytest -l`` print them, also those of the errors behind the
error. Files and line numbers stay, so that a fault can still be reported.
"""

import functools
import inspect
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


def hides_locals(function: Callable[P, R]) -> Callable[P, R]:
    """
    Decorate a function, or a coroutine function, so that no error leaves it with local variables.

    For every place where an error leaves the package and a plain secret may be a variable or an argument below.
    """
    if inspect.iscoroutinefunction(function):
        return cast("Callable[P, R]", _awaiting(function))
    return _calling(function)


def clear_locals(error: BaseException, *, outer: BaseException | None = None) -> None:
    """
    Clear the local variables of all frames that have ended, in the traceback of an error and of those behind it.

    What ``raise ... from None`` hides is let go altogether: who walks ``__context__`` would still find it.

    Args:
        error: The error that is about to leave.
        outer: The error that the caller was handling; it and what is behind it belong to the caller.
    """
    seen = {id(outer)}
    waiting: list[BaseException | None] = [error]
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        traceback.clear_frames(found.__traceback__)
        if found.__suppress_context__:
            found.__context__ = None
        waiting += [found.__cause__, found.__context__]


def _calling(function: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        outer = sys.exception()
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            clear_locals(error, outer=outer)
            del args, kwargs  # this frame has not ended, and cannot be cleared
            raise

    return call


def _awaiting(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    @functools.wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        outer = sys.exception()
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            clear_locals(error, outer=outer)
            del args, kwargs  # this frame has not ended, and cannot be cleared
            raise

    return call
