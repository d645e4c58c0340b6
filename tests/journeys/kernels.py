"""A real kernel with a person in front of it, who runs cells, answers prompts, presses Stop, and looks."""

import contextlib
import html
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.channels import ZMQSocketChannel
from jupyter_client.connect import write_connection_file
from jupyter_client.manager import KernelManager

PATIENCE = 60.0
"""Seconds after which a test gives up; nothing here ever sleeps for a fixed time."""

QUIET = 1000
"""Milliseconds without a message after which a kernel may have gone to sleep over one."""

NOTEBOOK = {"cellId": "cell"}
"""What a notebook front-end with widgets says with each request."""


@dataclass
class Cell:
    """One cell that was sent: its outputs as they are now, and the reply once there is one."""

    code: str = ""
    outputs: list[dict[str, Any]] = field(default_factory=list)
    reply: dict[str, Any] | None = None
    is_idle: bool = False
    updates: int = 0
    """How often an output was replaced; a front-end then draws it anew, and what had the focus there loses it."""

    @property
    def is_done(self) -> bool:
        return self.reply is not None and self.is_idle

    @property
    def ok(self) -> bool:
        return self.reply is not None and self.reply["status"] == "ok"

    @property
    def error(self) -> str:
        """The error as the person sees it."""
        return "\n".join("\n".join(out["traceback"]) for out in self.outputs if "traceback" in out)

    @property
    def box(self) -> str:
        """The model of the box that the cell shows."""
        [view] = [data["application/vnd.jupyter.widget-view+json"] for data in self._data if _is_view(data)]
        return str(view["model_id"])

    @property
    def _data(self) -> list[dict[str, Any]]:
        return [out["data"] for out in self.outputs if "data" in out]

    @property
    def text(self) -> str:
        """All that the cell shows, as text."""
        shown = [out.get("text", "") or out.get("data", {}).get("text/plain", "") for out in self.outputs]
        return "\n".join([*shown, self.error])


class Models:
    """What a front-end keeps of the widgets: their state, as long as they are not closed."""

    def __init__(self) -> None:
        self.open: dict[str, dict[str, Any]] = {}
        self.messages: list[tuple[str, dict[str, Any]]] = []
        """All messages that came about widgets, in their order: kind and content."""

    def take_in(self, kind: str, content: dict[str, Any]) -> None:
        """Take in one message of the kernel about a widget."""
        self.messages.append((kind, content))
        if kind == "comm_open":
            self.open[content["comm_id"]] = content["data"]["state"]
        elif kind == "comm_close":
            self.open.pop(content["comm_id"], None)
        elif content["data"].get("method") == "update":
            self.open.get(content["comm_id"], {}).update(content["data"]["state"])

    def below(self, model: str) -> list[str]:
        """Return a model and all that stand in it, as far as they are open."""
        children = [child.removeprefix("IPY_MODEL_") for child in self.open.get(model, {}).get("children", ())]
        return [model, *(below for child in children for below in self.below(child))]

    def text_of(self, model: str) -> str:
        """Return what a person reads in a box."""
        shown = [self.open.get(below, {}) for below in self.below(model)]
        return html.unescape(" ".join(s.get("value", "") for s in shown if s.get("_model_name") == "HTMLModel"))


class Kernel:
    """A kernel and its one front-end."""

    def __init__(self, process: "Process", client: BlockingKernelClient) -> None:
        self._process = process
        self.client = client
        self.cells: dict[str, Cell] = {}
        self.models = Models()
        self.answers: list[str] = []
        """What the person types at the next prompts."""
        self.prompts: list[str] = []
        self.on_prompt: Callable[[], object] = lambda: None
        self._nudges: list[zmq.Socket[bytes]] = []

    def send(self, code: str, *, allow_stdin: bool = True, metadata: dict[str, Any] | None = None) -> Cell:
        """Queue a cell, as Run All does, and return at once."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": allow_stdin,
            # Else ipykernel 6 may also abort the cell after a failing one, though it is sent when that is over.
            "stop_on_error": False,
        }
        message = self.client.session.msg("execute_request", content, metadata=metadata or {})
        cell = self.cells[message["header"]["msg_id"]] = Cell(code)
        self.client.shell_channel.send(message)
        return cell

    def run(self, code: str, *, allow_stdin: bool = True, metadata: dict[str, Any] | None = None) -> Cell:
        """Run a cell to its end, as a person does who sees how it ends before the next one."""
        cell = self.send(code, allow_stdin=allow_stdin, metadata=metadata)
        self.wait_until(lambda: cell.is_done)
        return cell

    def value(self, expression: str) -> str:
        """Return what an expression prints as, failing where the cell fails."""
        cell = self.run(f"print({expression})")
        assert cell.ok, cell.text
        return "".join(out.get("text", "") for out in cell.outputs).strip()  # one print may come in two pieces

    def click(self, box: str, name: str) -> None:
        """Click a button of a box by its text."""
        for model in self.models.below(box):
            if self.models.open.get(model, {}).get("description") == name:
                self.tell(model, {"method": "custom", "content": {"event": "click"}})

    def type(self, box: str, text: str) -> None:
        """Type into the first box for secrets."""
        states = {model: self.models.open.get(model, {}) for model in self.models.below(box)}
        for model in [model for model, state in states.items() if state.get("_model_name") == "PasswordModel"][:1]:
            self.tell(model, {"method": "update", "state": {"value": text}, "buffer_paths": []})

    def tell(self, model: str, data: dict[str, Any]) -> None:
        """Send what the front-end says when a person does something with a widget."""
        content = {"comm_id": model, "data": data}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", content))

    def tab(self, typed: str) -> list[str]:
        """Press Tab, and return what the last word of a cell can become."""
        content = self.client.complete(typed, len(typed), reply=True, timeout=PATIENCE)["content"]
        assert content["status"] == "ok", content
        assert content["cursor_end"] == len(typed)
        kept = typed.rfind(" ") + 1
        return [(typed[: content["cursor_start"]] + match)[kept:] for match in content["matches"]]

    def link(self, cell: Cell) -> str:
        """Return the link that a cell shows; a prompt may overtake it, for that comes on another channel."""
        self.wait_until(lambda: "authorize?" in cell.text)
        return link_in(cell.text)

    def interrupt(self) -> None:
        """Press Stop."""
        self._process.interrupt()

    def ask_control(self) -> None:
        """Have the kernel answer on its control channel, as it does even while a cell runs."""
        self.client.control_channel.send(self.client.session.msg("kernel_info_request"))
        self.client.get_control_msg(timeout=PATIENCE)

    def restart(self) -> None:
        """Restart the kernel."""
        self._process.restart()
        self.client.wait_for_ready(timeout=PATIENCE)

    def close(self) -> None:
        """End the kernel, and leave it."""
        for nudge in self._nudges:
            nudge.close(0)
        self.client.stop_channels()
        self.client.context.destroy(0)  # jupyter_client does so itself from 8 on
        self._process.end()

    def wait_until(self, is_so: Callable[[], bool], *, patience: float = PATIENCE) -> None:
        """Take in what the kernel sends until something is so."""
        deadline = time.monotonic() + patience
        while not is_so():
            assert time.monotonic() < deadline, f"waited in vain; {self._as_they_are()}"
            if not self._poll():
                self._nudge()
            self.look()

    def _as_they_are(self) -> str:
        """Say how the last cells are."""
        cells = list(self.cells.values())[-5:]
        return "\n".join(f"{c.code!r}: replied {c.reply is not None}, idle {c.is_idle}, shows {c.text}" for c in cells)

    def _poll(self) -> bool:
        """Wait for a message, but not for ever, and tell whether there is one."""
        poller = zmq.Poller()
        for channel in self._channels:
            poller.register(channel.socket, zmq.POLLIN)
        return bool(poller.poll(QUIET))

    def _nudge(self) -> None:
        """
        Connect once more, as front-ends do.

        What arrives while ipykernel 7.0 to 7.3 sends a reply may stay unread until then (its issue 1554).
        """
        self._nudges.append(self.client.connect_shell())

    def look(self) -> None:
        """Take in what the kernel has sent so far."""
        for channel in self._channels:
            self._take_in(channel)

    @property
    def _channels(self) -> tuple[ZMQSocketChannel, ...]:
        return self.client.iopub_channel, self.client.stdin_channel, self.client.shell_channel

    def _take_in(self, channel: ZMQSocketChannel) -> None:
        # From the socket itself: how a channel hands out its messages changed with jupyter_client 8.
        plain = zmq.Socket.shadow(channel.socket.underlying)
        while message := self.client.session.recv(plain, zmq.NOBLOCK)[1]:
            self._handle(message)

    def _handle(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        cell = self.cells.get((message["parent_header"] or {}).get("msg_id", ""), Cell())
        if kind == "execute_reply":
            cell.reply = content
        elif kind == "status":
            cell.is_idle = content["execution_state"] == "idle"
        elif kind == "input_request":
            self.prompts.append(content["prompt"])
            self.on_prompt()
            self.client.input(self.answers.pop(0))
        elif kind == "update_display_data":
            self._update(content)
        elif kind.startswith("comm_"):
            self.models.take_in(kind, content)
        elif kind in {"stream", "display_data", "execute_result", "error"}:
            cell.outputs.append(content)

    def _update(self, content: dict[str, Any]) -> None:
        shown = content["transient"]["display_id"]
        for cell in self.cells.values():
            for output in cell.outputs:
                if output.get("transient", {}).get("display_id") == shown:
                    output["data"] = content["data"]
                    cell.updates += 1


def _is_view(data: dict[str, Any]) -> bool:
    return "application/vnd.jupyter.widget-view+json" in data


def own_places(folder: Path) -> dict[str, str]:
    """Return the variables with which nothing of this machine's own Jupyter is read, and no browser opened."""
    names = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")
    return {**{name: str(folder / name.lower()) for name in names}, "BROWSER": "true"}


def start_kernel(folder: Path, environ: dict[str, str], *, name: str = "python3") -> Kernel:
    """Start a kernel in a folder, as opening a notebook there does."""
    process = (Forked if name == "python3" else Launched)(folder, environ, name)
    client = process.client()
    client.start_channels(hb=False)  # a busy machine misses a beat, and the kernel would be taken for dead
    client.wait_for_ready(timeout=PATIENCE)
    return Kernel(process, client)


class Process(Protocol):
    """The process of a kernel, begun when it is made."""

    def client(self) -> BlockingKernelClient:
        """Return a client that is to be connected."""
        ...

    def interrupt(self) -> None:
        """Press Stop."""
        ...

    def restart(self) -> None:
        """End it and start another in its place, at the same sockets."""
        ...

    def end(self) -> None:
        """End it at once."""
        ...


class Forked:
    """
    An ipykernel that is forked from a program which has imported ipykernel.

    Args:
        folder: Where it starts.
        environ: Its environment.
        name: The kernel's name, which is always that of Python.
    """

    def __init__(self, folder: Path, environ: dict[str, str], name: str) -> None:
        self._sockets = _folder_for_sockets()
        self._file, _ = write_connection_file(
            f"{self._sockets}/connection.json", transport="ipc", ip=f"{self._sockets}/s", kernel_name=name
        )
        self._order = {"file": self._file, "folder": str(folder), "environ": environ}
        self._id = _fork(self._order)

    def client(self) -> BlockingKernelClient:
        client = BlockingKernelClient(connection_file=self._file)
        client.load_connection_file()
        return client

    def interrupt(self) -> None:
        os.killpg(self._id, signal.SIGINT)

    def restart(self) -> None:
        self._kill()
        self._id = _fork(self._order)

    def end(self) -> None:
        self._kill()
        shutil.rmtree(self._sockets)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(self._id)
            if "COVERAGE_PROCESS_CONFIG" in os.environ:  # it then keeps what it has counted
                os.kill(self._id, signal.SIGTERM)
                select.select([handle], [], [], PATIENCE)
            os.killpg(self._id, signal.SIGKILL)
            select.select([handle], [], [])
            os.close(handle)


class Launched:
    """
    A kernel of any kind, launched as its kernel spec says.

    Args:
        folder: Where it starts.
        environ: Its environment.
        name: The kernel's name.
    """

    def __init__(self, folder: Path, environ: dict[str, str], name: str) -> None:
        self._sockets = _folder_for_sockets()
        self._manager = KernelManager(kernel_name=name, transport="ipc", ip=f"{self._sockets}/s")
        self._manager.start_kernel(cwd=str(folder), env=environ)

    def client(self) -> BlockingKernelClient:
        return self._manager.blocking_client()

    def interrupt(self) -> None:
        self._manager.interrupt_kernel()

    def restart(self) -> None:
        self._manager.restart_kernel(now=True)

    def end(self) -> None:
        self._manager.shutdown_kernel(now=True)
        shutil.rmtree(self._sockets)


def _folder_for_sockets() -> str:
    """
    Return a new folder near the root, because the path of a socket must be short.

    Sockets and not ports, for which kernels that start at the same time compete.
    """
    return tempfile.mkdtemp(prefix="kernel-")


@cache
def _forking() -> "subprocess.Popen[str]":
    """Return the program that forks kernels, which ends with this one."""
    command = [sys.executable, str(Path(__file__).with_name("fork_kernels.py"))]
    environ = {**os.environ, "JPY_PARENT_PID": str(os.getpid())}  # as a server of notebooks says
    return subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _fork(order: dict[str, Any]) -> int:
    program = _forking()
    assert program.stdin
    assert program.stdout
    program.stdin.write(f"{json.dumps(order)}\n")
    program.stdin.flush()
    return int(program.stdout.readline())


def link_in(text: str) -> str:
    """Return the login link that a cell shows."""
    [link] = re.findall(r"http://\S+/authorize\?\S+", text)
    return str(link)


def is_free(port: int) -> bool:
    """Tell whether a port of the loopback interface can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
