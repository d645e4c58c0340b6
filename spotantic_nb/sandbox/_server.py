"""
The server: one daemon thread that runs uvicorn on a loop of its own.

Knows nothing of Spotify. It works beside any other loop of the process, also where nest_asyncio has patched them.
"""

import _thread
import asyncio
import contextlib
import queue
import socket
import threading

import uvicorn
from starlette.types import ASGIApp


class ServerThread:
    """Serve an app on a socket that is already listening, until told to stop."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        self._server = _Server(app)
        self._listener = listener
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="spotify-sandbox", daemon=True)

    def start(self) -> None:
        """Return once it serves; who is interrupted meanwhile leaves nothing that serves."""
        try:
            # ``Thread.start`` takes locks that an interrupt would leave locked. Only the main thread is interrupted.
            _thread.start_new_thread(self._thread.start, ())
            self._server.has_started.get()
        except BaseException:
            self._tell_to_stop()
            raise

    def stop(self) -> None:
        """Return once the socket is closed and the thread has ended."""
        self._tell_to_stop()
        self._thread.join()

    def _tell_to_stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.should_stop.set)

    def _run(self) -> None:
        # Neither asyncio.run nor Server.run: nest_asyncio replaces the first, and the second calls it.
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._server.has_started.put(None)
            self._loop.close()

    async def _serve(self) -> None:
        await self._server.serve(sockets=[self._listener])
        await self._hang_up()
        unfinished = asyncio.all_tasks() - {asyncio.current_task()}
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def _hang_up(self) -> None:
        """Close what was accepted in the last moment or still has something to send: it would outlive the loop."""
        await asyncio.sleep(0)
        for connection in tuple(self._server.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


class _Server(uvicorn.Server):
    """uvicorn, which says when it has started and is told to stop, where the original looks ten times a second."""

    def __init__(self, app: ASGIApp) -> None:
        # No grace: an idle or a stalled connection must not keep the port.
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                log_level="critical",
                timeout_graceful_shutdown=0,
            )
        )
        self.has_started: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.should_stop = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.has_started.put(None)

    async def main_loop(self) -> None:
        await self.should_stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Free the port, and no more: the original gives the connections a tenth of a second, which nobody needs."""
        for listener in sockets or ():
            # Not only closed: a child that was forked meanwhile has it too, and would keep the port.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
        for server in self.servers:
            server.close()
