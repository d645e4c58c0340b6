"""A token in a file: nothing is lost, whatever becomes of file, folder and disk."""

import asyncio
import errno
import fcntl
import logging
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from tokens import block, token

from spotantic_nb.auth import _store
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.auth._store import TokenStore
from spotantic_nb.errors import TokenStoreError


def _fail(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


async def _hold(store: TokenStore) -> None:
    async with store.exclusive():
        pass


class TestFile:
    @pytest.mark.rule(17)
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
        after = broken.stat()
        assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)  # which reading leaves alone
        assert [file.name for file in broken.parent.iterdir()] == [broken.name]
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
        block(path)
        store.save(token())
        assert store.load() == token()

    def test_the_person_is_told_which_file_and_why_as_long_as_it_is_so(
        self, store: FileTokenStore, path: Path, said: list[str]
    ) -> None:
        folder = block(path)
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
        block(path)
        store = FileTokenStore(path)
        store.save(token())
        store.save(token(2))
        [record] = caplog.records
        assert (record.name, record.levelno) == ("spotantic_nb.auth._file_store", logging.WARNING)
        assert "PLANTED" not in record.getMessage()

    async def test_it_is_written_when_the_lock_is_held_the_next_time(self, store: FileTokenStore, path: Path) -> None:
        folder = block(path)
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
        folder = block(path)
        store.save(token(1))
        folder.unlink()
        FileTokenStore(path).save(token(2))
        assert (store.load(), FileTokenStore(path).load()) == (token(2), token(2))

    async def test_a_newer_token_in_memory_wins_over_the_file(self, store: FileTokenStore, path: Path) -> None:
        folder = block(path)
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
        folder = block(path)
        store.save(token(2))
        folder.unlink()
        store.save(token(1))
        assert store.load() == token(1)

    def test_clearing_forgets_what_was_never_written(self, path: Path, store: FileTokenStore) -> None:
        folder = block(path)
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


@pytest.fixture
def open_to_all() -> Iterator[None]:
    """A process that would let everybody read what it writes."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.rule(17)
@pytest.mark.usefixtures("open_to_all")
def test_the_token_file_is_private_from_birth(
    store: FileTokenStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CVE-2025-27154 was the other way: made for all, then closed."""
    seen: list[tuple[str, int]] = []
    opened = os.open

    def spy(file: str, flags: int, mode: int = 0o777, **more: int) -> int:
        name = os.path.basename(file)  # noqa: PTH119 - what os.open was given
        if flags & os.O_CREAT and "token" in name:
            seen.append((name, mode))
        return opened(file, flags, mode, **more)

    monkeypatch.setattr(os, "open", spy)
    store.save(token())
    assert [mode for _, mode in seen] == [0o600]
    assert seen[0][0] != "token.json"
    assert [stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent)] == [0o600, 0o700]
