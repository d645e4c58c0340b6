"""
A login that waits for its answer: from the browser and pasted, at the same time, for a limited time.

The only engine of this package that waits for a person: sessions, panels, prompts and the bare managers all use it. It
lives on the portal's loop; ``offer`` and ``cancel`` may be called from any thread. The first valid answer wins; an
invalid one is refused and changes nothing.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from importlib import import_module

from spotantic_nb._exposure import is_own_port
from spotantic_nb._portal import portal
from spotantic_nb._text import html_link, in_html, isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._attempt import Answer, AuthorizationAttempt
from spotantic_nb.auth._endings import begun, begun_elsewhere, cancelled, intercepted
from spotantic_nb.auth._listener import listening
from spotantic_nb.auth._redirect_uri import is_landing_page, loopback_of, why_no_listener
from spotantic_nb.errors import (
    CallbackError,
    CallbackTimeoutError,
    LoopbackUnavailableError,
    StateMismatchError,
    anew,
)

_log = logging.getLogger(__name__)

LINK_TEXT = "Log in to Spotify"


class Login:
    """
    Wait for the answer to one attempt, and complete it. Made on the portal.

    Args:
        attempt: What the person is sent to.
        timeout: Seconds to wait for the answer.
        complete: Redeems the answer; without it, the login is done once the answer has arrived.
    """

    def __init__(
        self,
        attempt: AuthorizationAttempt,
        *,
        timeout: float,
        complete: Callable[[Answer], Awaitable[None]] | None = None,
    ) -> None:
        self._attempt = attempt
        self._timeout = timeout
        self._complete = complete
        self._arrival: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._was_offered = False
        self._preparation: asyncio.Task[None] | None = None
        self._process = os.getpid()
        self._ready = asyncio.Event()
        self._task = asyncio.create_task(self._run())
        # A login that is replaced before its task has begun would otherwise never be ready.
        self._task.add_done_callback(lambda _: self._ready.set())
        begun.add(self)
        self.was_cancelled = False
        """Whether somebody ends it, which takes a moment."""
        self.unreachable = ""
        """Why the browser's answer cannot arrive by itself; empty where it can."""
        self.came_by = ""
        """How the answer came, in words; empty while it has not."""
        self.listener_error: LoopbackUnavailableError | None = None
        """Why the redirect URI cannot be listened on, with a remedy; None where that was not tried, or worked."""

    def __repr__(self) -> str:
        return f"<Login: {self._in_words()}>"

    def _repr_html_(self) -> str:
        link = "" if self.done else f"{html_link(self.url, LINK_TEXT)}<br>"
        return f"{link}{in_html(self._in_words())}"

    @property
    def url(self) -> str:
        """The link for the person."""
        return self._attempt.url

    @property
    def ends_at_the_landing_page(self) -> bool:
        """Whether the answer goes to the page that hands it to the notebook, where that shows a box."""
        return is_landing_page(self._attempt.redirect_uri)

    @property
    def done(self) -> bool:
        """Whether the login has ended, well or not; for a forked child, its parent's login is."""
        return self._task.done() or not self.is_of_this_process

    @property
    def is_of_this_process(self) -> bool:
        """Whether this process waits for the answer: a forked child inherits the login, but no answer arrives there."""
        return self._process == os.getpid()

    @property
    def answered(self) -> bool:
        """Whether an answer has arrived, from the browser or pasted."""
        return self._was_offered or (self._arrival.done() and not self._arrival.cancelled())

    @property
    def error(self) -> BaseException | None:
        """Why the login failed; None where it did not, or still waits."""
        if not self._task.done():
            return None if self.is_of_this_process else begun_elsewhere()
        if self._task.cancelled():
            return cancelled()
        return self._task.exception()

    @hides_locals
    def is_answer(self, address: str) -> bool:
        """Tell whether an address is a whole answer to this login; ``offer`` says what is wrong where it is not."""
        try:
            self._attempt.answer(address)
        except (CallbackError, StateMismatchError):
            return False
        return True

    @hides_locals
    def offer(self, address: str) -> None:
        """
        Take an address that the person pasted.

        Raises:
            CallbackError: It is not the redirect URI with an answer, or the login has ended.
            StateMismatchError: It answers another login.
        """
        if self.done:
            raise CallbackError("This login has ended.", hint="Log in again for a new link.")
        answer, landed = self._attempt.answer(address), self.ends_at_the_landing_page
        self._was_offered = True
        portal.call(lambda: self._deliver(answer, "handed over by the landing page" if landed else "pasted"))

    def link_is_shown(self) -> None:
        """Use the time that the person spends in the browser: load what completing the login needs."""
        portal.call(self._prepare)

    def cancel(self) -> None:
        """End the login soon, and free its port."""
        begun.discard(self)
        self.was_cancelled = True
        portal.call(self._task.cancel)

    def when_done(self, tell: Callable[["Login"], None]) -> None:
        """Have ``tell`` called once the login has ended. To be called on the portal, as ``tell`` is."""
        self._task.add_done_callback(lambda _: tell(self))

    async def ready(self) -> None:
        """
        Wait until the link may be followed, or the login was cancelled.

        Raises:
            LoopbackUnavailableError: Another program would receive the answer.
        """
        await self._ready.wait()
        if isinstance(self.error, LoopbackUnavailableError):
            raise anew(self.error)

    async def ended(self) -> None:
        """Wait until the login has ended, well or not; being cancelled here leaves it waiting."""
        if self.is_of_this_process:
            await asyncio.wait([self._task])

    async def result(self) -> Answer:
        """
        Return the answer once the login has ended; being cancelled here leaves it waiting.

        Raises:
            AuthorizationError: The person refused, did not answer in time, or cancelled.
            TokenRequestError: The accounts service gave no token.
        """
        await self.ended()
        if self.error is not None:
            raise anew(self.error)
        return self._arrival.result()

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
            answer = await self._answer_in_time()
        _log.info("The answer has arrived.")
        if self._complete is not None:
            await self._complete(answer)

    async def _listen(self, listener: contextlib.AsyncExitStack) -> None:
        loopback = loopback_of(self._attempt.redirect_uri, self._attempt.forwarded_to)
        if loopback is None:
            self.unreachable = why_no_listener(self._attempt.redirect_uri)
            return
        try:
            await listener.enter_async_context(listening(loopback, self._attempt, self._arrive))
        except LoopbackUnavailableError as error:
            # Another notebook of this user may have it: that one says no to our answer, and the address can be pasted.
            if self._attempt.forwarded_to is not None and not is_own_port(loopback.port):
                raise intercepted(error) from None
            self.listener_error, self.unreachable = error, error.message

    def _in_words(self) -> str:
        if not self.done:
            return f"Waiting for your answer on Spotify's page. {self.unreachable}".rstrip()
        return str(self.error) if self.error else "Spotify's answer has arrived, and the login is done."

    def _prepare(self) -> None:
        if self._preparation is None and not self.done:
            self._preparation = asyncio.create_task(_prepare_http())

    def _arrive(self, answer: Answer) -> None:
        """Take the answer that came to the redirect URI."""
        self._deliver(answer, "brought by your browser" if self._attempt.forwarded_to is None else "brought by a proxy")

    def _deliver(self, answer: Answer, came_by: str) -> None:
        if not self._arrival.done():
            self.came_by = came_by
            self._arrival.set_result(answer)

    async def _answer_in_time(self) -> Answer:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._arrival
        except TimeoutError:
            raise CallbackTimeoutError(
                f"No answer came within {self._timeout:g} seconds.",
                hint="If Spotify showed an error page, compare client id and redirect URI "
                f"({isolated(self._attempt.redirect_uri)}) with the dashboard; then log in again.",
            ) from None


async def _prepare_http() -> None:
    # On the loop and not in a thread: a process that is forked in the middle of an import never finishes it.
    import_module("spotantic_nb.auth._callback_http")
    await asyncio.sleep(0)  # an answer that comes meanwhile is not kept waiting for both
    from spotantic_nb.auth import _http

    await _http.prepare()
