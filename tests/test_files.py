"""Private files: nobody else reads them, nobody finds half of one, and two never hold the lock at once."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from spotantic_nb._files import forget, make_private_folder, move_aside, read_private, write_private
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


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


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
        monkeypatch.setattr(os, "replace", lambda written, name: seen.append(_mode(written)))
        with pytest.raises(TokenStoreError):  # nothing got the name
            write_private(path, NEW)
        assert seen == [0o600]

    def test_a_file_that_others_could_read_is_closed_to_them(self, path: Path) -> None:
        path.write_text(OLD)
        path.chmod(0o644)
        write_private(path, NEW)
        assert (path.read_text(), _mode(path)) == (NEW, 0o600)

    def test_the_text_has_its_name_before_it_is_waited_for_the_disk(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_private(path, OLD)
        seen: list[tuple[int, str]] = []
        monkeypatch.setattr(os, "fsync", lambda file: seen.append((os.fstat(file).st_size, path.read_text())))
        write_private(path, NEW + "-longer")
        assert seen == [(len(NEW + "-longer"), NEW + "-longer")]

    def test_a_file_is_closed_before_it_gets_its_name(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before, seen = _open_files(), []
        monkeypatch.setattr(os, "replace", lambda *_: seen.append(_open_files()))
        with pytest.raises(TokenStoreError):  # nothing got the name
            write_private(path, NEW)
        assert seen == [before]

    def test_a_disk_that_fails_after_all_is_told(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write_private(path, OLD)
        monkeypatch.setattr(os, "fsync", _fail)
        with pytest.raises(TokenStoreError, match="No space left on device"):
            write_private(path, NEW)
        assert path.read_text() == NEW
        assert not [file for file in path.parent.iterdir() if file.suffix == ".tmp"]

    def test_a_failure_leaves_the_old_text_and_nothing_else(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write_private(path, OLD)
        before = sorted(path.parent.iterdir())
        monkeypatch.setattr(os, "replace", _fail)
        with pytest.raises(TokenStoreError, match="No space left on device"):
            write_private(path, NEW)
        assert (path.read_text(), sorted(path.parent.iterdir())) == (OLD, before)

    def test_an_interrupt_leaves_the_old_text_and_nothing_else(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_private(path, OLD)
        before = sorted(path.parent.iterdir())
        monkeypatch.setattr(os, "replace", _interrupt)
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
            patch.setattr(os, "replace", _fail)
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
