"""
Who else may get to see a file with a secret in it: other users of this machine, and whoever sees the repository.

Only tells; whoever writes the file closes it as far as the disk allows.
"""

import os
import stat
import subprocess
from pathlib import Path

from spotantic_nb._text import isolated

_PATIENCE = 5.0
"""Seconds for git, which may have to look through a slow disk."""


def exposures_of(path: Path) -> list[str]:
    """Return in words who else may see this file of ours, and what to do about it; nothing where all is well."""
    advice = (
        "its disk does not keep files private. Set SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH to a place on another disk."
    )
    return _warnings(path, advice)


def exposures_of_another(path: Path) -> list[str]:
    """Return the same of a file that another program wrote."""
    return _warnings(path, f"close it with chmod 600 {isolated(path)}, or remove it.")


def _warnings(path: Path, advice: str) -> list[str]:
    return [warning for warning in (_warning_about_modes(path, advice), warning_about_git(path)) if warning]


def _warning_about_modes(path: Path, advice: str) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return ""
    if os.name == "nt" or not mode & 0o077:
        return ""  # what Windows calls a mode says nothing about other users
    return f"Other users of this machine may read {isolated(path)} (mode {mode:o}): {advice}"


def warning_about_git(path: Path) -> str:
    """Return a warning where git tracks the file or would add it; an empty text where there is no git."""
    command = ["git", "ls-files", "-t", "--cached", "--others", "--exclude-standard", "--", path.name]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=path.parent, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if not done.stdout:
        return ""
    shown, name = isolated(path), isolated(path.name)
    if done.stdout.startswith("?"):
        return f"git would add {shown} to the repository: put {name} into .gitignore."
    return f"git tracks {shown}, and would publish what is in it: git rm --cached {shown}, and put it into .gitignore."
