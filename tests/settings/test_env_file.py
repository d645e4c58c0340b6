"""The project's ``.env``: an app gets into it beside what is there, and a secret makes it a private file."""

import errno
import os
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from spotantic_nb import ConfigurationError
from spotantic_nb.settings import AuthSettings, _env_file
from spotantic_nb.settings._env_file import EnvFile, from_dashboard, read_env_file, write_app

ID, SECRET = "0123456789abcdef0123456789ABCDEF", "fedcba98765432100123456789abcdef"
APP = {"client_id": ID}


@pytest.fixture
def env_file(project: Path) -> Path:
    return project / ".env"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestReading:
    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16"], ids=["plain", "byte order mark", "PowerShell"]
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
    def test_it_is_read_as_editors_of_all_systems_write_it(self, env_file: Path, encoding: str, end: str) -> None:
        env_file.write_bytes(f"NAME=größer{end}OTHER=2{end}".encode(encoding))
        assert read_env_file(env_file).variables == {"NAME": "größer", "OTHER": "2"}

    def test_a_line_that_is_no_variable_is_left_out_and_told_by_its_number(self, env_file: Path) -> None:
        env_file.write_text("FIRST=1\n\nthis is no line\nexport SECOND='2'\n'odd\nTHIRD=3\n")
        read = read_env_file(env_file)
        assert (read.variables, read.unreadable_lines) == ({"FIRST": "1", "SECOND": "2", "THIRD": "3"}, (3, 5))

    def test_a_name_without_a_value_is_no_variable(self, env_file: Path) -> None:
        env_file.write_text("NAME\n")
        assert read_env_file(env_file) == EnvFile({})

    def test_what_a_program_writes_into_a_pipe_is_read_to_its_end(self, env_file: Path) -> None:
        os.mkfifo(env_file)
        many = "".join(f"NAME{number}={'x' * 100}\n" for number in range(2000))
        writer = threading.Thread(target=env_file.write_text, args=(many,))
        writer.start()
        assert len(read_env_file(env_file).variables) == 2000
        writer.join()

    def test_a_pipe_that_nobody_writes_to_is_said_and_not_waited_for(self, env_file: Path) -> None:
        os.mkfifo(env_file)
        with pytest.raises(ConfigurationError, match=r"\.env is a pipe, and nothing comes from it\."):
            read_env_file(env_file)


@pytest.mark.parametrize(
    "text", [ID, f"  {ID}\n", f'"{ID}"', f"'{ID}'", f"\u201c{ID}\u201d", f"{ID[:9]}\u200b{ID[9:]}"]
)
def test_what_was_copied_along_with_an_id_is_let_go(text: str) -> None:
    assert from_dashboard(text, "client id") == ID


@pytest.mark.parametrize("text", ["", ID[1:], f"{ID}0", "g" * 32, f"{ID[:16]} {ID[16:]}", f"CLIENT_ID={ID}", "٣" * 32])
def test_what_has_not_the_shape_of_an_id_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ConfigurationError, match="That is not a client id") as caught:
        from_dashboard(text, "client id")
    assert not text or text not in str(caught.value)


def test_the_settings_find_what_was_written(env_file: Path) -> None:
    write_app(env_file, APP | {"client_secret": SECRET})
    assert AuthSettings(_env_file=env_file).require("client_id", "client_secret") == [ID, SECRET]


def test_other_lines_stay_as_they_are_and_old_values_are_replaced(env_file: Path) -> None:
    others = "# my keys\nOTHER='a b # c'\n\nexport PATHS=\"x\"\n"
    env_file.write_text(f"{others}SPOTANTIC_AUTH_CLIENT_ID=old\nlast=1")
    write_app(env_file, APP)
    assert env_file.read_text() == f"{others}SPOTANTIC_AUTH_CLIENT_ID={ID}\nlast=1"


def test_a_line_without_an_end_is_not_continued(env_file: Path) -> None:
    env_file.write_text("LAST=1")
    write_app(env_file, APP)
    assert env_file.read_text() == f"LAST=1\nSPOTANTIC_AUTH_CLIENT_ID={ID}\n"


@pytest.mark.parametrize("content", [None, "OTHER=1\n"])
def test_a_disk_that_fills_up_half_way_leaves_the_file_as_it_was(
    project: Path, env_file: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    if content:
        env_file.write_text(content)
    before, left = sorted(project.iterdir()), [_env_file.set_key]

    def fill_up(*arguments: object, **options: object) -> None:
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        left.pop()(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(_env_file, "set_key", fill_up)
    with pytest.raises(ConfigurationError, match="No space left on device"):
        write_app(env_file, APP | {"client_secret": SECRET})
    assert sorted(project.iterdir()) == before
    assert not content or env_file.read_text() == content


def test_a_new_file_is_private(env_file: Path) -> None:
    write_app(env_file, APP)
    assert mode_of(env_file) == 0o600


def test_a_file_that_gets_a_secret_becomes_private(env_file: Path) -> None:
    env_file.write_text("OTHER=1\n")
    env_file.chmod(0o644)
    write_app(env_file, APP | {"client_secret": SECRET})
    assert mode_of(env_file) == 0o600


def test_a_file_that_has_a_secret_becomes_private(env_file: Path) -> None:
    env_file.write_text(f"SPOTANTIC_AUTH_REFRESH_TOKEN={SECRET}\n")
    env_file.chmod(0o644)
    write_app(env_file, APP)
    assert mode_of(env_file) == 0o600


def test_a_file_without_secrets_keeps_its_mode(env_file: Path) -> None:
    env_file.write_text("OTHER=1\n")
    env_file.chmod(0o640)
    write_app(env_file, APP)
    assert mode_of(env_file) == 0o640


def test_a_symbolic_link_is_left_alone(env_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "shared.env"
    target.write_text("OTHER=1\n")
    env_file.symlink_to(target)
    with pytest.raises(ConfigurationError, match="is a symbolic link"):
        write_app(env_file, APP)
    assert target.read_text() == "OTHER=1\n"


def test_a_file_that_is_not_utf8_is_left_as_it_is(env_file: Path) -> None:
    env_file.write_bytes(b"NAME=\xff\n")
    with pytest.raises(ConfigurationError, match=r"cannot be read\. Save it as UTF-8 text\."):
        write_app(env_file, APP)
    assert env_file.read_bytes() == b"NAME=\xff\n"


def test_a_folder_in_its_place_is_said_with_the_way_out(env_file: Path) -> None:
    env_file.mkdir()
    with pytest.raises(ConfigurationError, match=r"cannot be written: .* Set SPOTANTIC_AUTH_CLIENT_ID in the env"):
        write_app(env_file, APP)


@pytest.fixture
def repository(project: Path) -> Path:
    (project / ".git").rmdir()
    git(project, "init", "--quiet")
    return project


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def test_a_file_that_git_tracks_is_warned_of(repository: Path, env_file: Path) -> None:
    env_file.write_text("")
    git(repository, "add", "--force", ".env")
    [warning] = write_app(env_file, APP)
    assert warning.startswith(f"git tracks {env_file}")


def test_a_file_that_git_would_add_is_warned_of(repository: Path, env_file: Path) -> None:
    [warning] = write_app(env_file, APP)
    assert warning == f"git would add {env_file} to the repository: put .env into .gitignore."


def test_a_file_that_git_ignores_earns_no_warning(repository: Path, env_file: Path) -> None:
    (repository / ".gitignore").write_text(".env\n")
    assert write_app(env_file, APP) == []


@pytest.mark.parametrize("path", ["", "/nowhere"])
def test_without_git_or_a_repository_there_is_no_warning(
    env_file: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    (env_file.parent / ".git").rmdir()
    if path:
        monkeypatch.setenv("PATH", path)
    assert write_app(env_file, APP) == []
