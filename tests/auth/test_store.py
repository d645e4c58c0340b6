"""What every store of tokens does: the newest wins, and one at a time renews it."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tokens import block, token

from spotantic_nb.auth import _file_store
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.auth._store import MemoryTokenStore, TokenStore
from spotantic_nb.errors import TokenStoreError


class TestKeeping:
    @pytest.fixture(params=["file", "memory"])
    def any_store(self, request: pytest.FixtureRequest, store: FileTokenStore) -> TokenStore:
        return store if request.param == "file" else MemoryTokenStore()

    def test_a_new_store_is_empty(self, any_store: TokenStore) -> None:
        assert any_store.load() is None

    def test_what_was_saved_is_loaded(self, any_store: TokenStore) -> None:
        any_store.save(token())
        assert any_store.load() == token()

    def test_the_last_one_saved_replaces_the_one_before(self, any_store: TokenStore) -> None:
        any_store.save(token(2))
        any_store.save(token(1))
        assert any_store.load() == token(1)

    def test_a_cleared_store_is_empty(self, any_store: TokenStore) -> None:
        any_store.save(token())
        any_store.clear()
        assert any_store.load() is None

    def test_clearing_twice_is_no_error(self, any_store: TokenStore) -> None:
        any_store.clear()
        any_store.clear()
        assert any_store.load() is None


_COUNTING_PROCESS = """
import asyncio, sys
from pathlib import Path
from spotantic_nb.auth._file_store import FileTokenStore

async def count_up(counter):
    store = FileTokenStore(counter.with_name("token.json"))
    for _ in range(60):
        async with store.exclusive():
            seen = int(counter.read_text())
            await asyncio.sleep(0.001)
            counter.write_text(str(seen + 1))

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(count_up(Path(sys.argv[1])))
"""


def _start_counting(counter: Path) -> "subprocess.Popen[str]":
    """Start a Python process with our own import path, and wait until it says that it is ready."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    program = [sys.executable, "-c", _COUNTING_PROCESS, str(counter)]
    process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


class Count:
    """A number that loses a count as soon as two are let in at once."""

    def __init__(self) -> None:
        self.value = 0

    async def up(self, store: TokenStore, *, times: int) -> None:
        """Raise it, slowly enough for others to come between."""
        for _ in range(times):
            async with store.exclusive():
                seen = self.value
                await asyncio.sleep(0.001)
                self.value = seen + 1


class TestExclusive:
    @pytest.fixture(params=["two stores of one file", "one store", "one store without a folder", "one memory"])
    def stores(self, request: pytest.FixtureRequest, path: Path) -> tuple[TokenStore, TokenStore]:
        """Two users of one token, who must not meet."""
        if request.param == "two stores of one file":
            return FileTokenStore(path), FileTokenStore(path)
        if request.param == "one store without a folder":
            block(path)
        shared = MemoryTokenStore() if request.param == "one memory" else FileTokenStore(path)
        return shared, shared

    async def test_two_tasks_never_hold_it_at_once(self, stores: tuple[TokenStore, TokenStore]) -> None:
        count = Count()
        async with asyncio.timeout(20):
            await asyncio.gather(*(count.up(store, times=30) for store in stores))
        assert count.value == 60

    def test_two_threads_never_hold_it_at_once(self, stores: tuple[TokenStore, TokenStore]) -> None:
        count = Count()
        with ThreadPoolExecutor() as threads:
            for done in [threads.submit(asyncio.run, count.up(store, times=30)) for store in stores]:
                done.result(timeout=20)
        assert count.value == 60

    def test_two_processes_never_hold_it_at_once(self, project: Path) -> None:
        counter = project / "counter.txt"
        counter.write_text("0")
        processes = [_start_counting(counter) for _ in range(2)]
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [process.communicate(timeout=30) and process.returncode for process in processes] == [0, 0]
        assert counter.read_text() == "120"

    async def test_the_folder_is_made_private_for_the_lock_as_well(self, store: FileTokenStore, path: Path) -> None:
        async with store.exclusive():
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert [entry.name for entry in path.parent.glob("*.lock")] == ["token.json.lock"]

    async def test_whoever_waits_too_long_is_told_which_file(
        self, store: FileTokenStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_file_store, "LOCK_TIMEOUT", 0.02)
        async with FileTokenStore(path).exclusive():
            with pytest.raises(
                TokenStoreError, match=r"Another task or kernel has held the lock of .*token\.json for too long"
            ):
                await store.exclusive().__aenter__()

    @pytest.mark.parametrize("error", [TimeoutError, TokenStoreError, asyncio.CancelledError])
    @pytest.mark.parametrize("make", [FileTokenStore, lambda _: MemoryTokenStore()], ids=["file", "memory"])
    async def test_a_failure_inside_comes_out_unchanged_and_frees_it(
        self, make: Callable[[Path], TokenStore], error: type[Exception], path: Path
    ) -> None:
        store, raised = make(path), error("from inside")
        with pytest.raises(error) as caught:
            async with store.exclusive():
                raise raised
        assert caught.value is raised
        async with asyncio.timeout(30), store.exclusive():
            assert store.load() is None
