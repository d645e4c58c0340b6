"""
Who else may see the project's secrets: what git does with ``.env`` and the token files, their modes and owners.
"""

import os
import shlex
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from spotantic_nb._exposure import what_git_does_with
from spotantic_nb._files import file_errors, make_private_folder
from spotantic_nb._text import isolated
from spotantic_nb.doctor._examined import Examined
from spotantic_nb.doctor._finding import Finding, Remedy, broken, look_at, ok
from spotantic_nb.doctor._tokens import token_files
from spotantic_nb.settings._env_file import PREFIX
from spotantic_nb.settings._project import PROJECT_FOLDER, is_file

_SECRETS = (f"{PREFIX}CLIENT_SECRET", f"{PREFIX}REFRESH_TOKEN")

_OTHERS = 0o077
"""What a mode lets other users do."""


def findings(it: Examined) -> Iterator[Finding]:
    """Yield what there is to say about the privacy of the project's files."""
    files = [path for path in token_files(it) if is_file(path) and not path.is_symlink()]
    found = [*_of_env_file(it), *(found for path in files for found in _of_token_file(path)), *_of_folders(files)]
    names = [isolated(path.name) for path in [it.env_file, *files] if is_file(path)]
    yield from found or [ok("files", f"No secret in {' or '.join(names)} is exposed." if names else "None yet.")]


def _of_env_file(it: Examined) -> Iterator[Finding]:
    path, has_secret = it.env_file, any(it.env.variables.get(name) for name in _SECRETS)
    if not is_file(path):
        return
    yield from _git("env-file", path, is_secret=has_secret)
    if has_secret:
        yield from _mode("env-file", path)
    yield from _owner(path)


def _of_token_file(path: Path) -> Iterator[Finding]:
    yield from _git("token-file", path, is_secret=True)
    yield from _mode("token-file", path)


def _of_folders(files: list[Path]) -> Iterator[Finding]:
    for folder in sorted({path.parent for path in files if path.parent.name == PROJECT_FOLDER}):
        yield from _owner(folder)
        if os.name != "nt" and folder.stat().st_mode & _OTHERS:
            yield look_at(
                "token-folder-mode",
                f"Other users of this machine may look into {isolated(folder)} "
                f"(mode {stat.S_IMODE(folder.stat().st_mode):o}).",
                f"`chmod 700 {_quoted(folder)}`",
                Remedy(
                    "Make the token folder private", partial(_chmod, folder, 0o700), f"{isolated(folder)} is 0700 now."
                ),
            )


def _git(kind: str, path: Path, *, is_secret: bool) -> Iterator[Finding]:
    does, shown, name = what_git_does_with(path), isolated(path), isolated(path.name)
    if does == "tracks":
        find = broken if is_secret else look_at
        yield find(
            f"{kind}-tracked",
            f"git tracks {shown}, and publishes what is in it{', a secret among it' if is_secret else ''}.",
            f"`git rm --cached {_quoted(path)}`, and put {name} into .gitignore. What was pushed is known to others: "
            "rotate the client secret in the dashboard, and log in anew with %spotantic_login --force.",
        )
    elif does == "would add":
        yield look_at(
            f"{kind}-not-ignored",
            f"git would add {shown} to the repository.",
            f"Put {name} into {isolated(path.parent / '.gitignore')}.",
            Remedy(f"Put {name} into .gitignore", partial(_ignore, path), f"git ignores {shown} now."),
        )


def _mode(kind: str, path: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name != "nt" and mode & _OTHERS:
        yield look_at(
            f"{kind}-mode",
            f"Other users of this machine may read {isolated(path)} (mode {mode:o}), and a secret is in it.",
            f"`chmod 600 {_quoted(path)}`",
            Remedy(
                f"Make {isolated(path.name)} private", partial(_chmod, path, 0o600), f"{isolated(path)} is 0600 now."
            ),
        )


def _owner(path: Path) -> Iterator[Finding]:
    # In containers, root often works on the files of whoever started it.
    if os.name != "nt" and os.geteuid() not in {0, path.stat().st_uid}:
        yield look_at(
            "file-owner",
            f"{isolated(path)} belongs to another user (number {path.stat().st_uid}), who may read and change it.",
            f"Take it over (chown), or set {PREFIX}ACCESS_TOKEN_FILE_PATH to a place of your own.",
        )


def _quoted(path: Path) -> str:
    """Return a path as it can be pasted into a shell."""
    return isolated(shlex.quote(str(path)))


def _chmod(path: Path, mode: int) -> None:
    with file_errors(path):
        path.chmod(mode)


def _ignore(path: Path) -> None:
    """Add the file to the ``.gitignore`` beside it, after what is there."""
    if path.parent.name == PROJECT_FOLDER:
        make_private_folder(path.parent, parents=False)
        return
    ignore = path.with_name(".gitignore")
    with file_errors(ignore):
        before = ignore.read_bytes() if ignore.is_file() else b""
        gap = "" if before.endswith(b"\n") or not before else "\n"
        with ignore.open("a", encoding="utf-8") as file:
            file.write(f"{gap}{path.name}\n")
