"""The benchmarks run, as small as they can be; what they measure is looked at where it is quiet."""

import subprocess
import sys
from pathlib import Path

import pytest

import spotantic_nb

BENCHMARKS = Path(spotantic_nb.__file__).parents[1] / "benchmarks"
SMALL = {
    "header": ("--calls", "10", "--repeats", "2"),
    "handover": ("--calls", "3", "--repeats", "2"),
    "load": ("--repeats", "1"),
    "login": ("--rounds", "1"),
    "lookup": ("--projects", "5", "--lookups", "20"),
    "storm": ("--storms", "1", "--processes", "2", "--callers", "2"),
}


def test_every_benchmark_has_a_small_form() -> None:
    assert {path.stem for path in BENCHMARKS.glob("*.py")} == SMALL.keys()


@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_runs_to_its_table(name: str, environ: dict[str, str]) -> None:
    command = [sys.executable, str(BENCHMARKS / f"{name}.py"), *SMALL[name]]
    finished = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert finished.returncode in {0, 1}, finished.stderr
    assert "Traceback" not in finished.stderr
    assert any(character.isdigit() for character in finished.stdout)
