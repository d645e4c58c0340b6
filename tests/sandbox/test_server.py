"""The server: it starts anywhere, stops whatever is open, and keeps what it knows."""

import asyncio
import gc
import itertools
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import httpx
import pytest
from starlette.applications import Starlette

import spotantic_nb.sandbox
from spotantic_nb.sandbox import Knobs, Sandbox, ScriptedUser
from spotantic_nb.sandbox._sandbox import _listen
from spotantic_nb.sandbox._server import ServerThread
from tests.sandbox.conftest import DemoApp

ROOT = str(Path(spotantic_nb.sandbox.__file__).parents[2])

UNDER_NEST_ASYNCIO = """
import asyncio, sys
import {patch} as patch
import httpx
from spotantic_nb.sandbox import Sandbox

async def main():
    patch.apply()
    with Sandbox() as sandbox:
        return httpx.get(sandbox.api_url + "/me", trust_env=False).status_code

sys.exit(asyncio.run(main()) != 401)
"""


def status(url: str) -> int:
    return httpx.get(url, trust_env=False).status_code


def test_the_public_names_are_those_that_are_listed() -> None:
    names = spotantic_nb.sandbox.__all__
    assert names == sorted(names)
    assert all(getattr(spotantic_nb.sandbox, name).__name__ == name for name in names)
    assert set(names) <= set(dir(spotantic_nb.sandbox))
    with pytest.raises(AttributeError, match="Elsewhere"):
        spotantic_nb.sandbox.Elsewhere  # noqa: B018


def test_it_has_no_address_before_it_is_started() -> None:
    with pytest.raises(RuntimeError, match="before it is started"):
        _ = Sandbox().url


def test_its_addresses_belong_together(sandbox: Sandbox) -> None:
    assert sandbox.accounts_url == sandbox.url
    assert sandbox.api_url == f"{sandbox.url}/v1"
    assert sandbox.url.startswith("http://127.0.0.1:")
    assert repr(sandbox) == f"<Sandbox {sandbox.url}>"


def test_it_starts_within_half_a_second() -> None:
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        with Sandbox():
            times.append(time.perf_counter() - begun)
    assert min(times) < 0.5  # a busy machine adds to some of them


def test_starting_and_stopping_twice_is_once(sandbox: Sandbox) -> None:
    url = sandbox.url
    sandbox.start()
    assert sandbox.url == url
    sandbox.stop()
    sandbox.stop()
    assert repr(sandbox) == "<Sandbox stopped>"


def test_what_it_issued_outlives_a_stop(app: DemoApp) -> None:
    token = app.log_in()["refresh_token"]
    app.sandbox.stop()
    app.sandbox.start()
    assert app.refresh(token).status_code == 200


def test_a_stop_frees_the_port_though_connections_are_idle(sandbox: Sandbox) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)), httpx.Client(trust_env=False) as kept_alive:
        kept_alive.get(f"{sandbox.api_url}/me")
        sandbox.stop()
        with Sandbox(port=port) as again:
            assert status(f"{again.api_url}/me") == 401


def test_a_stop_does_not_wait_for_a_slow_answer(app: DemoApp) -> None:
    app.sandbox.knobs.token_delay = 60
    app.http.timeout = 0.05
    with pytest.raises(httpx.ReadTimeout):
        app.app_token()
    begun = time.perf_counter()
    app.sandbox.stop()
    assert time.perf_counter() - begun < 30


def test_no_request_waits_for_nagle() -> None:
    with _listen(0) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_taken_port_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(OSError, match="in use"):
        Sandbox(port=int(sandbox.url.rpartition(":")[2])).start()


def test_a_start_that_is_interrupted_at_any_moment_leaves_nothing_that_serves() -> None:
    interrupts = 0
    while _is_interrupted(server := ServerThread(Starlette(), _listen(0)), moment=interrupts + 1):
        interrupts += 1
        if interrupts > 1:  # the thread was begun
            server._server.has_started.get(timeout=30)
            server._thread.join(30)
        assert not server._thread.is_alive()
        server._listener.close()
        server._loop.close()
    server.stop()
    assert interrupts > 2


def _is_interrupted(server: ServerThread, *, moment: int) -> bool:
    """Press Ctrl-C at one of the moments of a start at which Python looks for signals; tell whether it has so many."""
    moments = itertools.count(1)

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event in {"call", "c_return"} and next(moments) == moment:
            signal.raise_signal(signal.SIGINT)

    gc.disable()  # Python prints and forgets what is raised while it collects garbage
    sys.setprofile(profile)
    try:
        server.start()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
        gc.enable()
    return False


async def test_it_starts_beside_a_running_loop() -> None:
    with Sandbox(knobs=Knobs(consent="deny")) as sandbox:
        assert await asyncio.to_thread(status, f"{sandbox.api_url}/me") == 401


@pytest.mark.parametrize("patch", ["nest_asyncio", "nest_asyncio2"])
def test_it_starts_in_a_loop_that_is_patched(patch: str) -> None:
    pytest.importorskip(patch)
    program = UNDER_NEST_ASYNCIO.format(patch=patch)
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30, env={"PYTHONPATH": ROOT})


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with Sandbox(knobs=Knobs(consent="accept")) as sandbox:
        status(sandbox.url)
        with pytest.raises(RuntimeError):
            ScriptedUser().answer(f"{sandbox.url}/authorize")
    assert capfd.readouterr() == ("", "")


def test_the_clock_does_not_go_back(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        sandbox.advance(-1)


def test_it_imports_nothing_of_ours() -> None:
    for module in Path(ROOT, "spotantic_nb", "sandbox").glob("*.py"):
        lines = module.read_text(encoding="utf-8").splitlines()
        ours = [line for line in lines if line.strip().startswith(("from spotantic_nb", "import spotantic_nb"))]
        assert all("from spotantic_nb.sandbox" in line for line in ours), module.name


@pytest.mark.rule(25)
def test_it_cannot_be_reached_from_another_address(sandbox: Sandbox) -> None:
    """RFC 8252, 8.3."""
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=10).close()
