"""
Another machine, as far as the network goes: a namespace of Linux, whose 127.0.0.1 is not ours.

What passes between here and there goes through sockets in the file system, which both have: one port of theirs is
served here, as ``ssh -L`` does, and one of ours is served there, as a service on the internet is. No other port gets
through. Run as a program, this is the far end.
"""

import asyncio
import contextlib
import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

Address = int | str
"""A port of 127.0.0.1, or the path of a socket."""

_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
"""To bring a network interface up, as ``ip link set lo up`` does: netdevice(7)."""


@contextlib.contextmanager
def another_machine(*, theirs: int, ours: int) -> Iterator[list[str]]:
    """
    Yield what stands before a command that is to run on another machine.

    Args:
        theirs: The port there that is served here too.
        ours: The port here that is served there too.
    """
    with tempfile.TemporaryDirectory() as folder, _relaying({theirs: f"{folder}/theirs", f"{folder}/ours": ours}):
        yield [*_unshare(), sys.executable, str(Path(__file__)), folder, str(theirs), str(ours)]


def _unshare() -> list[str]:
    for options in (["--net"], ["--map-root-user", "--net"]):
        if subprocess.run(["unshare", *options, "true"], capture_output=True, check=False).returncode == 0:
            return ["unshare", *options]
    raise AssertionError("This machine allows no network namespaces (unshare --net): nothing here is out of reach.")


@contextlib.contextmanager
def _relaying(ways: dict[Address, Address]) -> Iterator[None]:
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(_relay(ways, stop)))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


async def _relay(ways: dict[Address, Address], stop: asyncio.Event) -> None:
    """Carry what comes to one address to the other, until the event is set; then close every connection."""
    carrying: set[asyncio.Task[None]] = set()
    ends: set[asyncio.StreamWriter] = set()

    def accept(to: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.add(writer)  # at once: a task that is cancelled before it has begun closes nothing
        carrying.add(asyncio.create_task(serve(to, reader, writer)))

    async def serve(to: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError), contextlib.closing(writer):
            far_reader, far_writer = await _connect(to)
            ends.add(far_writer)
            with contextlib.closing(far_writer):
                await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))

    servers = [await _listen(at, lambda *near, to=to: accept(to, *near)) for at, to in ways.items()]
    await stop.wait()
    for listener in (listener for server in servers for listener in server.sockets):
        asyncio.get_running_loop().remove_reader(listener.fileno())
    await _all_steps()  # what was accepted in this moment: Python 3.11 leaves it to nobody once the server is closed
    for server in servers:
        server.close()
    for task in carrying:
        task.cancel()
    await asyncio.gather(*carrying, return_exceptions=True)
    for end in ends:
        end.transport.abort()
    await _all_steps()


async def _all_steps() -> None:
    """Let the loop go on until a connection is wholly accepted, or wholly closed: asyncio does either in steps."""
    for _ in range(5):
        await asyncio.sleep(0)


async def _listen(at: Address, serve: "object") -> asyncio.Server:
    if isinstance(at, int):
        return await asyncio.start_server(serve, "127.0.0.1", at)
    return await asyncio.start_unix_server(serve, at)


async def _connect(to: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await (asyncio.open_connection("127.0.0.1", to) if isinstance(to, int) else asyncio.open_unix_connection(to))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


def _become(folder: str, theirs: int, ours: int, command: list[str]) -> None:
    """Bring up a network of our own, and turn into the command; the relay lives in a child, as long as it does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", _IFF_UP))
    end, held = os.pipe()
    if os.fork():
        os.set_inheritable(held, True)
        os.execv(command[0], command)
    os.close(held)

    async def relay() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_reader(end, stop.set)  # readable once nobody holds the other end
        await _relay({f"{folder}/theirs": theirs, ours: f"{folder}/ours"}, stop)

    asyncio.run(relay())


if __name__ == "__main__":
    _become(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
