"""
The long runs, in an environment of their own.

    nox -s soak

installs the package with its ``test`` extra and runs the endurance and fuzz tests in their long forms (``SOAK=1``), and
then the refresh storms of the benchmark at full strength. It takes many minutes. The short forms of the same tests are
part of every ordinary ``pytest``.
"""

from pathlib import Path

import nox

nox.options.sessions = ["soak"]

LONG_FORMS = ("tests/endurance", "tests/fuzz")


@nox.session
def soak(session: nox.Session) -> None:
    """Wear the package out: kills, storms, torn reads, clocks and fuzzing, for as long as it takes."""
    session.install("-e", ".[test]")
    tests = [folder for folder in LONG_FORMS if Path(folder).is_dir()]
    session.run("python", "-m", "pytest", "--no-cov", "--timeout=1200", *tests, *session.posargs, env={"SOAK": "1"})
    session.run("python", "benchmarks/storm.py")
