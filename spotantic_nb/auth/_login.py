"""
A login on its way: open for the browser's answer and for a pasted address at the same time.

Lives on the portal's loop; ``offer`` and ``cancel`` may be called from any thread. Where the answer is redeemed, and
what comes of it, is for whoever started it.
"""

import asyncio
import atexit
import contextlib
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from weakref import WeakSet

from spotantic_nb._foreign_text import isolated
from spotantic_nb._portal import portal
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._attempt import AuthorizationAttempt
from spotantic_nb.auth._mailbox import Mailbox
from spotantic_nb.auth._redirect_uri import loopback_of, why_no_listener
from spotantic_nb.auth._streams import show
from spotantic_nb.errors import (
    AuthorizationError,
    CallbackError,
    LoopbackUnavailableError,
    UnsupportedEnvironmentError,
)

_log = logging.getLogger(__name__)

_UNFINISHED = (
    "A login was still waiting for its answer, and has ended with this program. Wait for it: in a notebook with "
    "%spotantic_token, in Python with login() or wait_for()."
)

_begun: "WeakSet[Login]" = WeakSet()
"""The logins that somebody may still wait for."""


class Login:
    """
    Wait for the answer to one attempt, and complete it.

    Args:
        attempt: What the person is sent to.
        timeout: Seconds to wait for the answer.
        complete: Redeems the answer.
    """

    def __init__(
        self,
        attempt: AuthorizationAttempt,
        *,
        timeout: float,
        complete: Callable[[AuthorizationAttempt, str], Awaitable[None]],
    ) -> None:
        self._attempt = attempt
        self._timeout = timeout
        self._complete = complete
        self._mailbox = Mailbox(attempt)
        self._was_offered = False
        self._process = os.getpid()
        self._ready = asyncio.Event()
        self._task = asyncio.create_task(self._run())
        # A login that is replaced before its task has begun would otherwise never be ready.
        self._task.add_done_callback(lambda _: self._ready.set())
        _begun.add(self)
        self.unreachable = ""
        """Why the browser's answer cannot arrive by itself; empty where it can."""

    @property
    def url(self) -> str:
        """The link for the person."""
        return self._attempt.url

    @property
    def done(self) -> bool:
        """Whether the login is over, well or not; for a forked child, its parent's login is."""
        return self._task.done() or not self.is_of_this_process

    @property
    def is_of_this_process(self) -> bool:
        """Whether this process waits for the answer: a forked child inherits the login, but no answer arrives there."""
        return self._process == os.getpid()

    @property
    def answered(self) -> bool:
        """Whether an answer has arrived, from the browser or pasted."""
        return self._was_offered or self._mailbox.is_full

    @property
    def error(self) -> BaseException | None:
        """Why the login failed; None where it did not, or is still on its way."""
        if not self._task.done():
            return None if self.is_of_this_process else _begun_elsewhere()
        if self._task.cancelled():
            return cancelled()
        return self._task.exception()

    @hides_locals
    def offer(self, callback: str) -> None:
        """
        Take an address that the person pasted.

        Raises:
            CallbackError: It is not the redirect URI with an answer, or the login is over.
            StateMismatchError: It answers another login.
        """
        if self.done:
            raise CallbackError("This login is over.", hint="Log in again for a new link.")
        self._attempt.grants(callback)
        self._was_offered = True
        portal.call(lambda: self._mailbox.deliver(callback))

    def cancel(self) -> None:
        """End the login soon, and free its port."""
        _begun.discard(self)
        portal.call(self._task.cancel)

    def when_done(self, tell: Callable[["Login"], None]) -> None:
        """Have ``tell`` called once the login is over. To be called on the portal, as ``tell`` is."""
        self._task.add_done_callback(lambda _: tell(self))

    async def ready(self) -> None:
        """Wait until the link may be followed, or the login is over."""
        await self._ready.wait()

    async def ended(self) -> None:
        """Wait until the login is over, well or not; being cancelled here leaves it on its way."""
        if self.is_of_this_process:
            await asyncio.wait([self._task])

    async def stop(self) -> None:
        """End the login and wait until its port is free."""
        self._task.cancel()
        await self.ended()

    @hides_locals
    async def _run(self) -> None:
        async with contextlib.AsyncExitStack() as listener:
            await self._listen(listener)
            self._ready.set()
            _log.info("A login waits for its answer at %s.", isolated(self._attempt.redirect_uri))
            callback = await self._mailbox.answer(timeout=self._timeout)
        _log.info("The answer has arrived.")
        await self._complete(self._attempt, callback)

    async def _listen(self, listener: contextlib.AsyncExitStack) -> None:
        loopback = loopback_of(self._attempt.redirect_uri)
        if loopback is None:
            self.unreachable = why_no_listener(self._attempt.redirect_uri)
            return
        from spotantic_nb.auth._listener import listening  # h11 with it, which only a login needs

        try:
            await listener.enter_async_context(listening(loopback, self._mailbox))
        except LoopbackUnavailableError as error:
            self.unreachable = error.message  # its hint is for who cannot paste


@atexit.register
def _tell_of_unfinished_logins() -> None:
    """Say that a login ends with its program: ``jupyter run`` and scripts would end well with a login at their end."""
    if any(not login.done for login in _begun):
        with contextlib.suppress(UnsupportedEnvironmentError):
            # A kernel that ends sends nothing to its front-end any more.
            show(_UNFINISHED, sys.__stderr__, sys.stderr)


def _begun_elsewhere() -> AuthorizationError:
    return AuthorizationError(
        "This login was begun by the process that this one was forked from, and is finished there.",
        hint="Once it is, this process finds the token as well, unless it is kept in memory only.",
    )


def cancelled() -> AuthorizationError:
    """Return what is said of a login that somebody ended, or that another one took the place of."""
    return AuthorizationError("The login was cancelled.", hint="Log in again when you like.")
