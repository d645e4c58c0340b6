"""
What it costs to have this extension: CPU time of loading it, and of the first token in a new kernel.

Each measurement is a fresh interpreter. Loading is compared with ``%load_ext autoreload``, which everybody loads; the
first ``%spotantic_token``, with a fresh token on disk, is compared with what a kernel takes to have a shell at all.

    python benchmarks/load.py --repeats 15

Ends with status 1 if a ratio is over its target.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from spotantic_nb import AccessTokenInfo

MOST_FOR_LOADING = 0.5
"""Of the CPU time of ``%load_ext autoreload``."""

MOST_FOR_A_TOKEN = 0.6
"""Of the CPU time that IPython, ipykernel and a shell take."""

# It prints the CPU seconds of the shell and of the statement.
_PROGRAM = """
from time import process_time
begin = process_time()
import IPython, ipykernel
from IPython.core.interactiveshell import InteractiveShell
{first}
shell = InteractiveShell.instance()
shell.history_manager.enabled = False
built = process_time()
{before}
ready = process_time()
{statement}
print(built - begin, process_time() - ready)
"""
_LOAD = "shell.run_line_magic('load_ext', '{}')"
_LOAD_OURS, _LOAD_OTHER = _LOAD.format("spotantic_nb"), _LOAD.format("autoreload")
_FIRST = "assert shell.run_line_magic('spotantic_token', '') is not None"
_KERNEL = "import ipykernel.ipkernel"


@dataclass(frozen=True, slots=True)
class Ratio:
    """One comparison: two medians in CPU seconds, and how large their ratio may be."""

    name: str
    ours: float
    other: float
    most: float

    @property
    def value(self) -> float:
        """Ours as a part of the other."""
        return self.ours / self.other

    def __str__(self) -> str:
        times = f"{self.ours * 1e3:9.1f} ms{self.other * 1e3:9.1f} ms"
        return f"{self.name:44}{times}{self.value:8.2f}   (at most {self.most})"


def main() -> int:
    """Measure, print a table, and return the exit status."""
    repeats = _options(sys.argv[1:]).repeats
    with tempfile.TemporaryDirectory() as folder:
        project = _project(Path(folder))
        ratios = [_loading(project, repeats), _first_token(project, repeats)]
    print(*ratios, sep="\n")
    return 0 if all(ratio.value <= ratio.most for ratio in ratios) else 1


def _project(folder: Path) -> Path:
    """Make a project with a fresh token, and settings that lead to it."""
    token = AccessTokenInfo(access_token=SecretStr("a" * 160), token_type="Bearer", expires_in=36_000)  # noqa: S106
    token.store_token(folder / "token.json")
    settings = {"CLIENT_ID": "benchmark", "ACCESS_TOKEN_FILE_PATH": "token.json"}
    (folder / ".env").write_text("".join(f"SPOTANTIC_AUTH_{name}={value}\n" for name, value in settings.items()))
    return folder


def _loading(project: Path, repeats: int) -> Ratio:
    pairs = [(_measured(project, _LOAD_OURS)[1], _measured(project, _LOAD_OTHER)[1]) for _ in range(repeats)]
    return Ratio("%load_ext spotantic_nb : autoreload", *_medians(pairs), MOST_FOR_LOADING)


def _first_token(project: Path, repeats: int) -> Ratio:
    measured = [_measured(project, _FIRST, first=_KERNEL, before=_LOAD_OURS) for _ in range(repeats)]
    pairs = [(token, shell) for shell, token in measured]
    return Ratio("first %spotantic_token : shell", *_medians(pairs), MOST_FOR_A_TOKEN)


def _medians(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    ours, others = zip(*pairs, strict=True)
    return statistics.median(ours), statistics.median(others)


def _measured(project: Path, statement: str, *, first: str = "", before: str = "") -> tuple[float, float]:
    """Return the CPU seconds that a fresh interpreter takes for its shell, and then for the statement."""
    environ = {name: value for name, value in os.environ.items() if not name.upper().startswith("SPOTANTIC_")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what pip installs is compiled, and so are we
    environ |= {"HOME": str(project.parent), "IPYTHONDIR": str(project / "ipython"), "IPY_TEST_SIMPLE_PROMPT": "1"}
    finished = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _PROGRAM.format(first=first, before=before, statement=statement)],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    shell, rest = finished.stdout.split()[-2:]
    return float(shell), float(rest)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15, help="fresh interpreters of each kind")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
