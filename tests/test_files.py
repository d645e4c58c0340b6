"""Private files: nobody else reads them, nobody finds half of one, and two never hold the lock at once."""

import asyncio
import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import pytest

from spotantic_nb._files import exclusive, forget, make_private_folder, move_aside, read_private, write_private
from spotantic_nb.errors import TokenStoreError

OLD, NEW = "PLANTED-secret-old", "PLANTED-secret-new"


@pytest.fixture(autouse=True)
def _generous_umask() -> Iterator[None]:
    """Nothing may lean on a careful umask."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def path(project: Path) -> Path:
    return project / "token.json"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _file_number(path: Path) -> int:
    return path.stat().st_ino


def _fail(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


class TestWriting:
    def test_what_was_written_is_read(self, path: Path) -> None:
        write_private(path, "höher, weiter\n")
        assert read_private(path) == "höher, weiter\n"

    def test_the_file_is_its_owners_alone(self, path: Path) -> None:
        write_private(path, NEW)
        assert _mode(path) == 0o600

    def test_the_file_is_its_owners_alone_before_it_has_its_name(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []
        monkeypatch.setattr(os, "fsync", lambda file: seen.append(stat.S_IMODE(os.fstat(file).st_mode)))
        write_private(path, NEW)
        assert seen == [0o600]

    def test_a_file_that_others_could_read_is_closed_to_them(self, path: Path) -> None:
        path.write_text(OLD)
        path.chmod(0o644)
        write_private(path, NEW)
        assert (path.read_text(), _mode(path)) == (NEW, 0o600)

    def test_the_text_is_on_the_disk_before_the_file_has_its_name(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_private(path, OLD)
        seen: list[tuple[int, str]] = []
        monkeypatch.setattr(os, "fsync", lambda file: seen.append((os.fstat(file).st_size, path.read_text())))
        write_private(path, NEW + "-longer")
        assert seen == [(len(NEW + "-longer"), OLD)]

    @pytest.mark.parametrize(("owner", "name"), [(os, "fsync"), (Path, "replace")])
    def test_a_failure_leaves_the_old_text_and_nothing_else(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str
    ) -> None:
        write_private(path, OLD)
        before = sorted(path.parent.iterdir())
        monkeypatch.setattr(owner, name, _fail)
        with pytest.raises(TokenStoreError, match="No space left on device"):
            write_private(path, NEW)
        assert (path.read_text(), sorted(path.parent.iterdir())) == (OLD, before)

    def test_an_interrupt_leaves_the_old_text_and_nothing_else(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_private(path, OLD)
        before = sorted(path.parent.iterdir())
        monkeypatch.setattr(os, "fsync", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_private(path, NEW)
        assert (path.read_text(), sorted(path.parent.iterdir())) == (OLD, before)


class TestReading:
    def test_a_file_that_is_not_there_has_no_text(self, path: Path) -> None:
        assert read_private(path) is None

    def test_bytes_that_are_no_text_are_no_failure(self, path: Path) -> None:
        path.write_bytes(b"\xff\xfe{}")
        assert read_private(path) == "\ufffd\ufffd{}"


class TestRefusing:
    @pytest.fixture(params=["there", "gone"])
    def link(self, request: pytest.FixtureRequest, path: Path) -> Path:
        """A symbolic link whose target is there, and one whose target is gone."""
        target = path.with_name("target")
        if request.param == "there":
            target.write_text(OLD)
        path.symlink_to(target)
        return path

    def test_nothing_is_read_through_a_symbolic_link(self, link: Path) -> None:
        with pytest.raises(TokenStoreError, match="symbolic link"):
            read_private(link)

    def test_nothing_is_written_through_a_symbolic_link(self, link: Path) -> None:
        before = sorted(link.parent.iterdir())
        with pytest.raises(TokenStoreError, match="symbolic link"):
            write_private(link, NEW)
        assert (sorted(link.parent.iterdir()), link.is_symlink()) == (before, True)
        assert not link.exists() or link.read_text() == OLD

    def test_an_operating_system_error_names_the_file_and_the_reason(self, path: Path) -> None:
        path.mkdir()
        with pytest.raises(TokenStoreError) as caught:
            read_private(path)
        assert caught.value.message == f"{path} cannot be used: Is a directory."
        assert isinstance(caught.value.__cause__, IsADirectoryError)

    def test_a_missing_folder_names_the_file(self, path: Path) -> None:
        lost = path.parent / "nowhere" / "token.json"
        with pytest.raises(TokenStoreError) as caught:
            write_private(lost, NEW)
        assert caught.value.message == f"{lost} cannot be used: No such file or directory."
        assert NEW not in str(caught.value)


class TestFolder:
    def test_a_private_folder_is_its_owners_alone_and_out_of_git(self, project: Path) -> None:
        folder = project / "deep" / ".spotantic"
        make_private_folder(folder)
        assert (_mode(folder), (folder / ".gitignore").read_text()) == (0o700, "*\n")

    def test_an_open_folder_is_closed_and_its_gitignore_respected(self, project: Path) -> None:
        folder = project / ".spotantic"
        folder.mkdir(mode=0o755)
        (folder / ".gitignore").write_text("*.json\n")
        make_private_folder(folder)
        assert (_mode(folder), (folder / ".gitignore").read_text()) == (0o700, "*.json\n")

    def test_an_empty_gitignore_is_filled(self, project: Path) -> None:
        folder = project / ".spotantic"
        folder.mkdir()
        (folder / ".gitignore").touch()
        make_private_folder(folder)
        assert (folder / ".gitignore").read_text() == "*\n"

    def test_a_full_disk_leaves_no_half_written_gitignore(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = project / ".spotantic"
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", _fail)
            make_private_folder(folder)
        assert list(folder.iterdir()) == []
        make_private_folder(folder)
        assert (folder / ".gitignore").read_text() == "*\n"

    def test_a_disk_that_refuses_modes_gets_its_gitignore_all_the_same(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = project / ".spotantic"
        folder.mkdir(mode=0o755)
        monkeypatch.setattr(Path, "chmod", _fail)
        make_private_folder(folder)
        assert (folder / ".gitignore").read_text() == "*\n"

    def test_the_folders_above_are_made_only_if_told_so(self, project: Path) -> None:
        with pytest.raises(TokenStoreError, match="No such file or directory"):
            make_private_folder(project / "gone" / ".spotantic", parents=False)
        make_private_folder(project / "new" / ".spotantic")
        assert not (project / "gone").exists()

    def test_a_file_in_the_place_of_the_folder_is_named(self, path: Path) -> None:
        path.touch()
        with pytest.raises(TokenStoreError) as caught:
            make_private_folder(path)
        assert caught.value.message == f"{path} cannot be used: File exists."


class TestForgetting:
    def test_what_cannot_be_removed_is_named(self, path: Path) -> None:
        path.mkdir()
        with pytest.raises(TokenStoreError, match=r"token\.json cannot be removed") as caught:
            forget(path)
        assert caught.value.hint == "Remove it by hand."

    def test_nothing_of_ours_is_below_a_file(self, path: Path) -> None:
        path.touch()
        forget(path / "token.json")
        assert path.exists()


class TestMovingAside:
    def test_the_name_is_free_and_the_text_is_kept(self, path: Path) -> None:
        write_private(path, OLD)
        aside = move_aside(path)
        assert (path.exists(), aside.read_text(), _mode(aside)) == (False, OLD, 0o600)
        assert aside.name.startswith("token.json.broken-")

    def test_two_files_of_the_same_second_are_both_kept(self, path: Path) -> None:
        moved = []
        for text in (OLD, NEW):
            write_private(path, text)
            moved.append(move_aside(path))
        assert [aside.read_text() for aside in moved] == [OLD, NEW]

    def test_a_file_that_is_not_there_is_named(self, path: Path) -> None:
        with pytest.raises(TokenStoreError, match=r"token\.json cannot be used"):
            move_aside(path)


class Count:
    """A number that loses a count as soon as two are let in at once."""

    def __init__(self) -> None:
        self.value = 0

    async def up(self, lock: Path, *, times: int) -> None:
        """Raise it, slowly enough for others to come between."""
        for _ in range(times):
            async with exclusive(lock, patience=20):
                seen = self.value
                await asyncio.sleep(0.001)
                self.value = seen + 1


_COUNTING_PROCESS = """
import asyncio, sys
from pathlib import Path
from spotantic_nb._files import exclusive

async def count_up(counter, times):
    for _ in range(times):
        async with exclusive(counter.with_suffix(".lock"), patience=20):
            seen = int(counter.read_text())
            await asyncio.sleep(0.001)
            counter.write_text(str(seen + 1))

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(count_up(Path(sys.argv[1]), times=100))
"""

_HOLDING_PROCESS = """
import asyncio, sys
from pathlib import Path
from spotantic_nb._files import exclusive

async def hold():
    async with exclusive(Path(sys.argv[1]), patience=5):
        print("ready", flush=True)
        sys.stdin.readline()

asyncio.run(hold())
"""


def _start(program: str, path: Path) -> "subprocess.Popen[str]":
    """Start a Python process with our own import path, and wait until it says that it is ready."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environ,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


class TestExclusive:
    @pytest.fixture
    def lock(self, project: Path) -> Path:
        return project / "token.json.lock"

    async def test_two_tasks_never_hold_it_at_once(self, lock: Path) -> None:
        count = Count()
        async with asyncio.timeout(20):
            await asyncio.gather(count.up(lock, times=50), count.up(lock, times=50))
        assert count.value == 100

    def test_two_threads_with_loops_of_their_own_never_hold_it_at_once(self, lock: Path) -> None:
        count = Count()
        with ThreadPoolExecutor() as threads:
            for done in [threads.submit(asyncio.run, count.up(lock, times=50)) for _ in range(2)]:
                done.result(timeout=20)
        assert count.value == 100

    def test_two_processes_never_hold_it_at_once(self, project: Path) -> None:
        counter = project / "counter.txt"
        counter.write_text("0")
        processes = [_start(_COUNTING_PROCESS, counter) for _ in range(2)]
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [process.communicate(timeout=30) and process.returncode for process in processes] == [0, 0]
        assert counter.read_text() == "200"

    async def test_a_process_that_holds_it_keeps_it_until_it_is_killed(self, lock: Path) -> None:
        process = _start(_HOLDING_PROCESS, lock)
        with pytest.raises(TimeoutError):
            async with exclusive(lock, patience=0.05):
                pytest.fail("two were let in")
        process.kill()
        process.communicate(timeout=5)
        async with exclusive(lock, patience=5):
            assert _mode(lock) == 0o600

    async def test_patience_has_an_end(self, lock: Path) -> None:
        async with exclusive(lock, patience=5):
            with pytest.raises(TimeoutError):
                async with exclusive(lock, patience=0.02):
                    pytest.fail("two were let in")

    async def test_who_waits_is_let_in_once_the_holder_is_gone(self, lock: Path) -> None:
        entered = asyncio.Event()

        async def wait_for_it() -> None:
            async with exclusive(lock, patience=5):
                entered.set()

        async with exclusive(lock, patience=5):
            waiter = asyncio.create_task(wait_for_it())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(entered.wait(), 0.02)
        await asyncio.wait_for(waiter, 5)
        assert entered.is_set()

    async def test_whoever_gives_up_waiting_leaves_it_free(self, lock: Path) -> None:
        async with exclusive(lock, patience=5):
            waiter = asyncio.create_task(exclusive(lock, patience=5).__aenter__())
            await asyncio.sleep(0)
            waiter.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiter
        async with exclusive(lock, patience=0.02):
            assert _mode(lock) == 0o600

    async def test_a_failure_inside_frees_it(self, lock: Path) -> None:
        with pytest.raises(ZeroDivisionError):
            async with exclusive(lock, patience=5):
                raise ZeroDivisionError
        async with exclusive(lock, patience=0.02):
            assert _mode(lock) == 0o600

    async def test_the_lock_file_stays_and_is_its_owners_alone(self, lock: Path) -> None:
        async with exclusive(lock, patience=5):
            held = _file_number(lock)
        assert (_file_number(lock), _mode(lock)) == (held, 0o600)

    @pytest.fixture
    def file(self, path: Path) -> Path:
        path.touch()
        return path

    async def test_a_lock_file_that_cannot_be_made_is_named(self, file: Path) -> None:
        with pytest.raises(TokenStoreError, match=r"token\.json\.lock cannot be used"):
            async with exclusive(file / "token.json.lock", patience=0.02):
                pytest.fail("there is nothing to hold")
