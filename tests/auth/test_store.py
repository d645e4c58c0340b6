"""Where a token is kept: nothing is lost, the newest wins, and one at a time renews it."""

import asyncio
import errno
import fcntl
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from pydantic import SecretStr

from spotantic_nb.auth import _file_store, _store
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.auth._store import MemoryTokenStore, TokenStore
from spotantic_nb.errors import TokenStoreError
from spotantic_nb.models import AccessTokenInfo

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def token(number: int = 1) -> AccessTokenInfo:
    """Return a token; a greater number ends later."""
    return AccessTokenInfo(
        access_token=SecretStr(f"PLANTED-secret-{number}"),
        token_type="Bearer",
        expires_in=3600,
        expires_at=NOON + timedelta(minutes=number),
    )


@pytest.fixture
def path(project: Path) -> Path:
    return project / ".spotantic" / "token.json"


@pytest.fixture
def said() -> list[str]:
    """What the store told the person."""
    return []


@pytest.fixture
def store(path: Path, said: list[str]) -> FileTokenStore:
    return FileTokenStore(path, notify=said.append)


def _block(path: Path) -> Path:
    """Put a file where the token's folder should be: not even root can write there."""
    path.parent.touch()
    return path.parent


def _fail(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


async def _hold(store: TokenStore) -> None:
    async with store.exclusive():
        pass


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


class TestFile:
    def test_the_token_is_in_a_private_file_of_a_private_folder(self, store: FileTokenStore, path: Path) -> None:
        store.save(token())
        modes = [stat.S_IMODE(place.stat().st_mode) for place in (path.parent, path)]
        assert modes == [0o700, 0o600]
        assert (path.parent / ".gitignore").read_text() == "*\n"

    def test_a_folder_that_was_there_is_left_as_it_is(self, path: Path) -> None:
        beside = path.parent.parent / "token.json"
        mode = stat.S_IMODE(beside.parent.stat().st_mode)
        FileTokenStore(beside).save(token())
        assert (stat.S_IMODE(beside.parent.stat().st_mode), (beside.parent / ".gitignore").exists()) == (mode, False)

    async def test_a_token_folder_that_was_made_by_hand_is_completed(self, store: FileTokenStore, path: Path) -> None:
        path.parent.mkdir(mode=0o755)
        async with store.exclusive():
            store.save(token())
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert (path.parent / ".gitignore").read_text() == "*\n"

    def test_another_kernel_finds_the_token(self, store: FileTokenStore, path: Path) -> None:
        store.save(token())
        assert FileTokenStore(path).load() == token()

    def test_loading_makes_no_folder(self, store: FileTokenStore, path: Path) -> None:
        assert store.load() is None
        assert not path.parent.exists()

    def test_what_goes_well_is_not_talked_about(self, store: FileTokenStore, said: list[str]) -> None:
        store.save(token())
        store.load()
        store.clear()
        assert said == []


class TestBrokenFile:
    @pytest.fixture
    def broken(self, path: Path) -> Path:
        path.parent.mkdir()
        path.write_text("PLANTED-secret: not a token")
        return path

    def test_reading_it_changes_nothing_and_says_what_is_wrong(self, store: FileTokenStore, broken: Path) -> None:
        before = broken.stat()
        assert store.load() is None
        assert (broken.stat(), [file.name for file in broken.parent.iterdir()]) == (before, [broken.name])
        assert store.trouble == f"{broken} holds no readable token. Log in again."

    def test_the_next_token_moves_it_aside_and_nothing_is_lost(self, store: FileTokenStore, broken: Path) -> None:
        store.save(token())
        [aside] = broken.parent.glob("token.json.broken-*")
        assert (store.load(), store.trouble, aside.read_text()) == (token(), "", "PLANTED-secret: not a token")

    def test_the_person_is_told_once_where_it_is_and_shown_nothing_of_it(
        self, store: FileTokenStore, broken: Path, said: list[str]
    ) -> None:
        store.save(token())
        store.save(token(2))
        [aside] = broken.parent.glob("token.json.broken-*")
        assert said == [f"{broken} holds no readable token. It was kept as {aside.name}."]

    def test_a_file_that_somebody_broke_costs_no_token(self, store: FileTokenStore, path: Path) -> None:
        store.save(token())
        path.write_text("PLANTED-secret: not a token")
        assert store.load() == token()
        asyncio.run(_hold(store))
        assert FileTokenStore(path).load() == token()

    @pytest.mark.usefixtures("broken")
    def test_its_place_can_be_used_again(self, store: FileTokenStore, path: Path) -> None:
        store.load()
        store.save(token())
        assert FileTokenStore(path).load() == token()

    def test_a_file_that_cannot_be_opened_just_now_stays_where_it_is(
        self, store: FileTokenStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> NoReturn:
            raise OSError(errno.EMFILE, "Too many open files")

        store.save(token())
        FileTokenStore(path).save(token(2))
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_text", fail)
            assert store.load() == token()
            assert "Too many open files" in store.trouble
        assert (store.load(), store.trouble) == (token(2), "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows locks files in another way")
@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.EIO])
class TestNoLocks:
    """A disk without flock, as Lustre and some NFS are; every filelock does something else there."""

    @pytest.fixture(autouse=True)
    def _no_flock(self, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        def flock(*_: object) -> NoReturn:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(fcntl, "flock", flock)
        monkeypatch.setattr(_store, "LOCK_TIMEOUT", 0.0)  # whoever waited here would give up

    async def test_this_process_alone_is_locked_and_the_person_is_told_which_folder_and_why(
        self, store: FileTokenStore, path: Path, said: list[str], number: int
    ) -> None:
        async with store.exclusive():
            store.save(token())
        assert FileTokenStore(path).load() == token()
        assert store.trouble.startswith(
            f"The disk of {path.parent} knows no file locks ({errno.errorcode[number]}), so other kernels are not held"
        )
        assert said == []
        assert sorted(file.name for file in path.parent.iterdir()) == [".gitignore", path.name]

    async def test_two_tasks_are_still_held_apart(self, store: FileTokenStore) -> None:
        async with store.exclusive():
            with pytest.raises(TokenStoreError, match="has held the lock"):
                async with store.exclusive():
                    pass

    async def test_without_anybody_to_tell_it_is_logged_once(
        self, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = FileTokenStore(path)
        for _ in range(3):
            async with store.exclusive():
                store.save(token())
        assert [record.levelno for record in caplog.records if "file locks" in record.getMessage()] == [logging.WARNING]

    async def test_once_the_disk_knows_locks_nothing_is_said_any_more(
        self, store: FileTokenStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with store.exclusive():
            pass
        monkeypatch.undo()
        async with store.exclusive():
            pass
        assert store.trouble == ""


class TestUnusableFolder:
    def test_the_token_stays_in_memory(self, store: FileTokenStore, path: Path) -> None:
        _block(path)
        store.save(token())
        assert store.load() == token()

    def test_the_person_is_told_which_file_and_why_as_long_as_it_is_so(
        self, store: FileTokenStore, path: Path, said: list[str]
    ) -> None:
        folder = _block(path)
        store.save(token())
        assert (said, store.place) == ([], "this kernel's memory")
        assert store.trouble.startswith(
            f"The token is kept in this kernel's memory only. {folder} cannot be used: File exists."
        )
        assert "PLANTED" not in store.trouble
        folder.unlink()
        store.save(token())
        assert (store.trouble, store.place) == ("", str(path))

    def test_without_anybody_to_tell_it_is_logged_once(self, path: Path, caplog: pytest.LogCaptureFixture) -> None:
        _block(path)
        store = FileTokenStore(path)
        store.save(token())
        store.save(token(2))
        [record] = caplog.records
        assert (record.name, record.levelno) == ("spotantic_nb.auth._file_store", logging.WARNING)
        assert "PLANTED" not in record.getMessage()

    async def test_it_is_written_when_the_lock_is_held_the_next_time(self, store: FileTokenStore, path: Path) -> None:
        folder = _block(path)
        store.save(token())
        folder.unlink()
        assert (store.load(), FileTokenStore(path).load()) == (token(), None)
        async with store.exclusive():
            assert FileTokenStore(path).load() == token()

    def test_a_full_disk_keeps_the_old_file_and_the_new_token(
        self, store: FileTokenStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.save(token(1))
        monkeypatch.setattr(os, "replace", _fail)
        store.save(token(2))
        assert (store.load(), FileTokenStore(path).load()) == (token(2), token(1))
        assert "is full: free some space" in store.trouble

    def test_a_newer_token_of_another_kernel_wins_over_the_one_in_memory(
        self, store: FileTokenStore, path: Path
    ) -> None:
        folder = _block(path)
        store.save(token(1))
        folder.unlink()
        FileTokenStore(path).save(token(2))
        assert (store.load(), FileTokenStore(path).load()) == (token(2), token(2))

    async def test_a_newer_token_in_memory_wins_over_the_file(self, store: FileTokenStore, path: Path) -> None:
        folder = _block(path)
        store.save(token(2))
        folder.unlink()
        FileTokenStore(path).save(token(1))
        assert (store.load(), FileTokenStore(path).load()) == (token(2), token(1))
        async with store.exclusive():
            assert FileTokenStore(path).load() == token(2)

    def test_a_token_in_memory_is_forgotten_when_another_kernel_logs_out(
        self, store: FileTokenStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.save(token(1))
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", _fail)
            store.save(token(2))
        FileTokenStore(path).clear()
        assert store.load() is None

    def test_once_written_the_last_one_saved_is_the_one(self, store: FileTokenStore, path: Path) -> None:
        folder = _block(path)
        store.save(token(2))
        folder.unlink()
        store.save(token(1))
        assert store.load() == token(1)

    def test_clearing_forgets_what_was_never_written(self, path: Path, store: FileTokenStore) -> None:
        folder = _block(path)
        store.save(token())
        folder.unlink()
        store.clear()
        assert store.load() is None

    def test_clearing_leaves_nothing_that_held_a_token(self, path: Path, store: FileTokenStore) -> None:
        store.save(token())
        path.with_name(f".{path.name}.killed.tmp").write_text("PLANTED")
        path.with_name(f"{path.name}.broken-2026").write_text("PLANTED")
        store.clear()
        assert {file.name for file in path.parent.iterdir()} <= {".gitignore"}

    def test_clearing_removes_no_file_that_cannot_be_read_just_now(
        self, path: Path, store: FileTokenStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.save(token())
        FileTokenStore(path).save(token(2))
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_text", _fail)
            with pytest.raises(TokenStoreError, match="cannot be used"):
                store.clear()
        assert FileTokenStore(path).load() == token(2)

    def test_a_file_that_cannot_be_removed_is_named(self, store: FileTokenStore, path: Path) -> None:
        path.mkdir(parents=True)
        with pytest.raises(TokenStoreError, match=r"token\.json cannot be used: Is a directory"):
            store.clear()


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
            _block(path)
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
        async with asyncio.timeout(1), store.exclusive():
            assert store.load() is None
