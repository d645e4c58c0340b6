"""
The tests that need an environment of their own: other interpreters and kernels, a Colab runtime, or much time.

    nox -s kernels       the kernel tests in every cell of the table, against the built wheel
    nox -t corner        the same in the corners of the table, colab_pins, clients and docs
    nox -s colab_pins    what installing the package does to the packages of a Colab runtime
    nox -s clients       the tests of handing a login over, with the newest of every client, on Python 3.13
    nox -s docs          the documentation, built with every warning for an error, and the tests of the built pages
    nox -s screenshots   the pictures of the documentation, taken anew
    nox -s xeus          the tests of xeus-python, a kernel that is not ipykernel
    nox -s browsers      the tests in a real JupyterLab, with one kernel after the other
    nox -s hub           every way back from a login on a real JupyterHub, against the wheel; npm brings its proxy
    nox -s py314         the tests of interrupts and forks on Python 3.14, wherever there is one
    nox -s cluster       a login lent to Dask: the tests of it at full strength, and with the oldest Dask that we take
    nox -s coverage      all tests, and the lines that none of them comes to
    nox -s classroom     the notebook of a class with thirty students, whom every other run has six of
    nox -s peers         the benchmark of logins, beside other packages
    nox -s soak          the endurance and fuzz tests in their long forms, and the refresh storms at full strength

``nox -s "kernels(3.13-colab)"`` is one cell; ``nox -j auto -s kernels`` runs as many at a time as there are cores, and
``nox -s table`` shows how they ended. What stands after ``--`` goes to pytest.
"""

import json
import os
import re
import shutil
from collections import defaultdict
from pathlib import Path

import nox

nox.needs_version = ">=2026"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.sessions = ["kernels", "colab_pins"]

# The programs of pyenv answer only for versions that are switched on.
os.environ.setdefault("PYENV_VERSION", "3.11:3.12:3.13")

COLAB = (
    "anyio==4.14.2",
    "anywidget==0.9.21",
    "httpx==0.28.1",
    "ipykernel==6.17.1",
    "ipython==7.34.0",
    "ipywidgets==7.7.1",
    "jupyter-client==7.4.9",
    "nest-asyncio==1.6.0",
    "notebook==6.5.7",
    "pydantic-core==2.46.4",
    "pydantic==2.13.4",
    "python-dotenv==1.2.3",
    "pyzmq==26.2.1",
    "tornado==6.5.7",
    "traitlets==5.7.1",
    "uvloop==0.22.1",
)
"""What a Colab runtime has of what we stand on, or beside (googlecolab/backend-info, 2026-08-19)."""

KERNELS = {
    "colab": COLAB,
    "lowest": ("ipykernel==6.17.1",),
    "6.31": ("ipykernel==6.31.0", "ipython==8.*"),
    "7.3": ("ipykernel==7.3.0",),
    "7.4": ("ipykernel==7.4.0",),
}
"""What is pinned in each kind of environment; all else is the newest that fits, or in ``lowest`` the oldest."""

CELLS = [
    *(("3.11", kind) for kind in ("lowest", "6.31", "7.3", "7.4")),
    *(("3.12", kind) for kind in ("colab", "6.31", "7.3", "7.4")),
    *(("3.13", kind) for kind in ("colab", "6.31", "7.3", "7.4")),
    ("3.14", "7.4"),
]
"""The table: an interpreter and a kind of environment each; 3.14 where there is one."""

CORNERS = {("3.11", "lowest"), ("3.12", "6.31"), ("3.12", "7.3"), ("3.13", "colab")}
"""What every change must pass: each interpreter and kind once, the newest kernel in the README's own command."""

KERNEL_TESTS = ("tests/notebook", "tests/journeys", "tests/test_imports.py")
OPTIONS = ("--override-ini=addopts=--strict-markers --strict-config --import-mode=importlib", "-q", "-p", "no:anyio")
"""As in an ordinary run, without the pytest plugin of whatever anyio is pinned."""

INTERRUPT_TESTS = ("tests/test_portal.py", "tests/test_locks.py", "tests/test_fork.py", "tests/test_nested_asyncio.py")

XEUS_TESTS = "tests/programs/test_xeus.py"

HUB = ("jupyterhub==6.*", "configurable-http-proxy@5")
"""The hub from PyPI, and its proxy from npm."""

CODE_SERVER_TESTS = "tests/programs/code_server.py"

CLIENT_TESTS = (
    "tests/handover",
    "tests/programs/test_documentation.py::test_the_blocks_of_the_clients_run_one_after_the_other",
    "tests/test_examples.py::test_an_example_shows_what_happens[spotantic_nb.session._clients.Clients.spotantic]",
)

CLUSTER_TESTS = "tests/handover/test_dask.py"

LONG_FORMS = ("tests/endurance", "tests/fuzz")

PROOF = "import spotantic_nb; print(spotantic_nb.__file__); assert 'site-packages' in spotantic_nb.__file__"
"""Run where the tests run, it shows that they test the wheel."""

VERSIONS = """
import json, platform
from importlib.metadata import version
print(json.dumps([platform.python_version(), *map(version, ("ipython", "ipykernel", "ipywidgets"))]))
"""
HEAD = "cell        python    ipython   ipykernel  ipywidgets  passed  failed  seconds"
TABLE = "{:<12}{:<10}{:<10}{:<11}{:<12}{:>6.0f}{:>8.0f}{:>9.0f}"


@nox.session(venv_backend="uv", default=False)
def wheel(session: nox.Session) -> None:
    """Build the sdist, and of it the wheel that all cells test, once in a run; a new table begins."""
    shutil.rmtree(_rows(session), ignore_errors=True)
    session.run("uv", "build", "--quiet", "--clear", f"--out-dir={_wheels(session)}")


@nox.session(requires=["wheel"], allow_parallel=True)
@nox.parametrize(
    ("python", "kind"),
    [nox.param(*cell, id="-".join(cell), tags=["corner"] if cell in CORNERS else []) for cell in CELLS],
)
def kernels(session: nox.Session, kind: str) -> None:
    """Run the kernel tests in one cell of the table."""
    if not session.parallel:  # where many run at a time, somebody has to ask for it in the end
        session.notify("table")
    if kind == "lowest":
        session.install("--resolution=lowest-direct", "--extra=sandbox", "-r", "pyproject.toml")
    session.install(f"{_wheel(session)}[test-kernels]", *KERNELS[kind])
    alone = _away_from_the_source(session)
    report = alone / "report.xml"
    try:
        with session.chdir(alone):
            session.run("python", "-c", PROOF)
            session.run("pytest", *OPTIONS, f"--junit-xml={report}", *KERNEL_TESTS, *session.posargs)
    finally:
        _enter(session, kind, report)


@nox.session(venv_backend="none", default=False)
def table(session: nox.Session) -> None:
    """Show how the cells that were run ended."""
    rows = [row.read_text(encoding="utf-8") for row in sorted(_rows(session).glob("*"))]
    session.log("\n".join(["the cells:", HEAD, *rows]))


@nox.session(python="3.13", requires=["wheel"], allow_parallel=True, tags=["corner"])
def colab_pins(session: nox.Session) -> None:
    """Install the package as a person does on Colab, and see that no package of the runtime is touched."""
    session.install("pip", *COLAB)
    session.run("uv", "pip", "uninstall", "--quiet", "jedi")  # Colab leaves it out of its IPython
    before = _freeze(session)
    session.run("python", "-m", "pip", "install", "--quiet", _wheel(session))
    after = _freeze(session)
    if touched := sorted(before - after):
        session.error(f"Colab's own packages were replaced or removed: {', '.join(touched)}")
    added = sorted(line.partition(" @")[0] for line in after - before)
    session.log(f"Colab keeps its {len(before)} packages and gets: {', '.join(added)}")


@nox.session(python="3.13", allow_parallel=True, tags=["corner"])
def clients(session: nox.Session) -> None:
    """Run the tests of handing a login over; spotantic and the newest spotifyaio need Python 3.12."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *OPTIONS, *CLIENT_TESTS, *session.posargs)


@nox.session(python="3.13", allow_parallel=True, tags=["corner"])
def docs(session: nox.Session) -> None:
    """Build the documentation, run its notebooks, and look at the pages: dead links, secrets, what axe finds."""
    session.install("-e", ".[docs]")
    pages, doctrees = (Path(session.virtualenv.location, name).absolute() for name in ("pages", "doctrees"))
    shutil.rmtree(pages, ignore_errors=True)
    options = ("-W", "-n", "--keep-going", "-q", "-E", "-a", f"--doctree-dir={doctrees}")
    session.run("python", "-m", "sphinx", *options, "docs", str(pages))
    session.run(
        "python", "-m", "pytest", *OPTIONS, "-n2", "tests/documentation", *session.posargs, env={"SITE": str(pages)}
    )
    session.log(f"the pages: {pages / 'index.html'}")


@nox.session(python="3.13", default=False)
def screenshots(session: nox.Session) -> None:
    """Take the pictures of the documentation anew; look at each before you commit it."""
    session.install("-e", ".[docs]")
    session.run("python", "docs/screenshots.py")


@nox.session(python=["3.11", "3.12", "3.13"], requires=["wheel"], allow_parallel=True)
def xeus(session: nox.Session) -> None:
    """Run the tests of xeus-python against the built wheel."""
    session.install(f"{_wheel(session)}[test-kernels]", "xeus-python")
    with session.chdir(_away_from_the_source(session)):
        session.run("python", "-c", PROOF)
        session.run("pytest", *OPTIONS, XEUS_TESTS, *session.posargs)


@nox.session(python="3.11")
@nox.parametrize("kind", ["6.31", "7.3", "7.4"], ids=["6.31", "7.3", "7.4"])
def browsers(session: nox.Session, kind: str) -> None:
    """Run the tests in a real JupyterLab with one kind of kernel."""
    session.install("-e", ".[test]", *KERNELS[kind])
    session.run("python", "-m", "pytest", "tests/browser", *session.posargs)


@nox.session(python="3.11", requires=["wheel"], default=False)
def hub(session: nox.Session) -> None:
    """Log in on a real JupyterHub, as its operator would install the package: by pip, and nothing else."""
    package, proxy = HUB
    session.install(f"{_wheel(session)}[test]", package)
    session.run(
        "npm",
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        f"--prefix={session.virtualenv.location}",
        proxy,
        external=True,
    )
    program = Path(session.virtualenv.location, "node_modules", ".bin", "configurable-http-proxy")
    with session.chdir(_away_from_the_source(session)):
        session.run("python", "-c", PROOF)
        session.run(
            "pytest",
            *OPTIONS,
            "--timeout=600",
            "tests/hub",
            *session.posargs,
            env={"CONFIGURABLE_HTTP_PROXY": str(program)},
        )


@nox.session(python="3.14", default=False)
def py314(session: nox.Session) -> None:
    """Run on Python 3.14 what differs there: interrupts of locks, nest_asyncio, forks."""
    session.install("-e", ".[test-kernels]")
    session.run("python", "-m", "pytest", *OPTIONS, *INTERRUPT_TESTS, *session.posargs)


@nox.session(python="3.11", default=False)
def code_server(session: nox.Session) -> None:
    """Run logins that come through the proxy of a real code-server, which npm installs."""
    session.install("-e", ".[test]")
    folder = Path(session.create_tmp())
    # Of the native parts, the proxy needs this one alone; the editor's need headers that few machines have.
    (folder / "package.json").write_text('{"private": true, "allowScripts": {"argon2": true}}', encoding="utf-8")
    for command in (["install", "--ignore-scripts", "--no-audit", "--no-fund", "code-server"], ["rebuild", "argon2"]):
        session.run("npm", *command, f"--prefix={folder}", external=True, silent=True)
    entry = folder.absolute() / "node_modules" / "code-server" / "out" / "node" / "entry.js"
    session.run("python", "-m", "pytest", "-n0", CODE_SERVER_TESTS, *session.posargs, env={"CODE_SERVER": str(entry)})


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Wear the package out: kills, storms, torn reads, clocks and fuzzing, for as long as it takes."""
    session.install("-e", ".[test]")
    tests = [folder for folder in LONG_FORMS if Path(folder).is_dir()]
    session.run("python", "-m", "pytest", "--timeout=1200", *tests, *session.posargs, env={"SOAK": "1"})
    session.run("python", "benchmarks/storm.py")


@nox.session(default=False)
@nox.parametrize("dask", ["", "distributed==2024.8.0"], ids=["newest", "oldest"])
def cluster(session: nox.Session, dask: str) -> None:
    """Lend a login to a Dask cluster of four processes, across thousands of tasks, and show how long things took."""
    session.install("-e", ".[test]", *filter(None, [dask]))
    pytest = ("python", "-m", "pytest", "-n0", "-rP", "--timeout=600", CLUSTER_TESTS)
    session.run(*pytest, *session.posargs, env={"SOAK": "1"})


@nox.session(python="3.11", default=False)
def coverage(session: nox.Session) -> None:
    """Run all tests, and show which lines of the package none of them comes to, in kernels and other programs too."""
    session.install("-e", ".[test]")
    session.run("coverage", "erase")
    try:
        session.run("coverage", "run", "-m", "pytest", "--timeout=300", *session.posargs)
    finally:
        session.run("coverage", "combine", "--quiet")
        session.run("coverage", "report", "--skip-covered")


@nox.session(default=False)
def classroom(session: nox.Session) -> None:
    """Run the notebook of the class with all of its thirty kernels."""
    session.install("-e", ".[test]")
    test = "tests/programs/test_notebooks.py"
    session.run("python", "-m", "pytest", "-n0", "-k=class", test, *session.posargs, env={"STUDENTS": "30"})


@nox.session(python="3.13", default=False)
def peers(session: nox.Session) -> None:
    """Measure logins beside those of spotipy, tekore and spotantic, which are installed for that alone."""
    session.install("-e", ".[sandbox]", "spotipy", "tekore", "spotantic")
    session.run("python", "benchmarks/login.py", "--peers", f"{session.bin}/python", *session.posargs)


def _rows(session: nox.Session) -> Path:
    return session.cache_dir / "rows"


def _wheels(session: nox.Session) -> Path:
    return session.cache_dir.absolute() / "wheel"


def _wheel(session: nox.Session) -> str:
    [wheel] = _wheels(session).glob("*.whl")
    return str(wheel)


def _away_from_the_source(session: nox.Session) -> Path:
    """Return a copy of the tests with no package beside it, where only the installed one can be found."""
    alone = Path(session.virtualenv.location, "tests-alone")
    shutil.rmtree(alone, ignore_errors=True)  # an environment that is used again has that of the run before
    for folder in ("tests", "notebooks", "docs"):
        shutil.copytree(folder, alone / folder)
    shutil.copy("pyproject.toml", alone)
    return alone


def _enter(session: nox.Session, kind: str, report: Path) -> None:
    """Enter a cell in the table, with the counts of its report where there is one."""
    head = report.read_text(encoding="utf-8").partition("<testcase")[0] if report.exists() else ""
    suite = defaultdict(float, {name: float(count) for name, count in re.findall(r'(\w+)="([\d.]+)"', head)})
    failed = suite["failures"] + suite["errors"]
    passed = suite["tests"] - failed - suite["skipped"]
    found = json.loads(str(session.run("python", "-c", VERSIONS, silent=True, log=False)))
    cell = f"{session.python}-{kind}"
    _rows(session).mkdir(parents=True, exist_ok=True)
    (_rows(session) / cell).write_text(TABLE.format(cell, *found, passed, failed, suite["time"]), encoding="utf-8")


def _freeze(session: nox.Session) -> set[str]:
    return set(str(session.run("uv", "pip", "freeze", "--quiet", silent=True, log=False)).splitlines())
