"""What is decided about asyncio.run in a running loop, and what is really done, each patch in a process of its own."""

import asyncio
import importlib.metadata
import subprocess
import sys

import pytest

from spotantic_nb import ConfigurationError, _nested_asyncio, allow_nested_asyncio
from spotantic_nb._nested_asyncio import Loop, Plan, Version, harm_of, loses_cells, plan, warn_once

NO_KERNEL: Version = ()
TOLERANT = [NO_KERNEL, (6, 17), (6, 31), (7, 0)]
LOSING = [(7, 1), (7, 4), (8, 0)]

PYTHON: Version = (3, 13)
BREAKING: Version = (3, 14)

NO_FORK: Version = ()
TOO_OLD = [NO_FORK, (1, 7), (1, 7, 1), (1, 7, 2)]
GOOD = [(1, 7, 3), (1, 7, 4), (1, 8), (2, 0, 0)]


class TestPlan:
    @pytest.mark.parametrize("kernel", TOLERANT)
    @pytest.mark.parametrize("fork", TOO_OLD + GOOD)
    def test_where_no_cell_is_lost_nest_asyncio_is_applied(self, kernel: Version, fork: Version) -> None:
        assert plan("plain", python=PYTHON, ipykernel=kernel, nest_asyncio2=fork) == "nest_asyncio"

    @pytest.mark.parametrize("kernel", LOSING)
    @pytest.mark.parametrize("fork", GOOD)
    def test_where_it_loses_cells_a_good_nest_asyncio2_is_applied(self, kernel: Version, fork: Version) -> None:
        assert plan("plain", python=PYTHON, ipykernel=kernel, nest_asyncio2=fork) == "nest_asyncio2"

    @pytest.mark.parametrize("kernel", LOSING)
    @pytest.mark.parametrize("fork", TOO_OLD)
    def test_without_a_good_one_it_is_refused_there(self, kernel: Version, fork: Version) -> None:
        assert plan("plain", python=PYTHON, ipykernel=kernel, nest_asyncio2=fork) == "refuse"

    @pytest.mark.parametrize("kernel", TOLERANT + LOSING)
    @pytest.mark.parametrize(
        ("fork", "decision"), [*((fork, "nest_asyncio2") for fork in GOOD), *((fork, "refuse") for fork in TOO_OLD)]
    )
    def test_where_nest_asyncio_breaks_timeouts_it_is_never_applied(
        self, kernel: Version, fork: Version, decision: Plan
    ) -> None:
        assert plan("plain", python=BREAKING, ipykernel=kernel, nest_asyncio2=fork) == decision

    @pytest.mark.parametrize(
        ("loop", "kernel", "decision"),
        [
            ("none", NO_KERNEL, "nothing"),
            ("none", (7, 4), "nothing"),
            ("nested", (6, 31), "nothing"),
            ("nested", (7, 4), "nothing"),
            ("lossy", NO_KERNEL, "nothing"),
            ("lossy", (7, 0), "nothing"),
            ("lossy", (7, 1), "refuse"),
            ("foreign", NO_KERNEL, "refuse"),
            ("foreign", (6, 31), "refuse"),
            ("foreign", (7, 4), "refuse"),
        ],
    )
    @pytest.mark.parametrize("fork", [NO_FORK, (1, 7, 4)])
    def test_no_other_loop_is_patched(self, loop: Loop, kernel: Version, decision: Plan, fork: Version) -> None:
        assert plan(loop, python=PYTHON, ipykernel=kernel, nest_asyncio2=fork) == decision

    @pytest.mark.parametrize("kernel", LOSING)
    def test_cells_are_lost_by_a_lossy_patch_alone(self, kernel: Version) -> None:
        assert [
            loop for loop in ("none", "foreign", "plain", "nested", "lossy") if loses_cells(loop, ipykernel=kernel)
        ] == ["lossy"]


@pytest.mark.parametrize(
    ("text", "version"),
    [("1.7.3", (1, 7, 3)), ("1.8", (1, 8)), ("2.0.0.post1", (2, 0, 0)), ("1.7.3rc1", (1, 7)), ("1.7.2+local", (1, 7))],
)
def test_a_version_is_read_so_that_an_unsure_one_is_too_old(
    text: str, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: text)
    assert _nested_asyncio._installed_nest_asyncio2() == version


def test_what_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert _nested_asyncio._installed_nest_asyncio2() == ()


async def test_a_refusal_says_what_to_install_and_how_to_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_nested_asyncio, "_ipykernel", lambda: (7, 1))
    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(ConfigurationError, match="loses every cell queued behind") as refused:
        allow_nested_asyncio()
    assert "pip install 'nest-asyncio2>=1.7.3'" in refused.value.hint
    assert "await manager.authorize()" in refused.value.hint
    assert not hasattr(asyncio, "_nest_patched")


async def test_a_refusal_for_the_sake_of_timeouts_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (*BREAKING, 0))
    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(ConfigurationError, match="nest_asyncio breaks the timeouts of asyncio") as refused:
        allow_nested_asyncio()
    assert "pip install 'nest-asyncio2>=1.7.3'" in refused.value.hint


def test_a_loop_that_cannot_be_patched_is_refused_before_anything_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loop(asyncio.AbstractEventLoop):
        """A loop that is none of asyncio's own, as uvloop's is."""

    monkeypatch.setattr(asyncio, "get_running_loop", Loop)
    with pytest.raises(ConfigurationError, match=r"a running \S+\.Loop cannot be entered again") as refused:
        allow_nested_asyncio()
    assert "await manager.authorize()" in refused.value.hint
    assert not hasattr(asyncio, "_nest_patched")


async def test_nobody_is_warned_of_a_loop_that_nobody_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_nested_asyncio, "_ipykernel", lambda: (7, 1))
    warn_once(pytest.fail)


def test_without_a_loop_there_is_nothing_to_do_and_nothing_is_imported() -> None:
    said = said_by(
        "print(allow_nested_asyncio()); print({'IPython', 'nest_asyncio', 'nest_asyncio2'} & set(sys.modules))"
    )
    assert said == [
        "No event loop is running here, so asyncio.run(...) works as it is; nothing was changed.",
        "set()",
    ]


def test_in_the_loop_of_a_script_asyncio_run_works_after_one_call_and_the_next_says_so() -> None:
    said = said_in_a_loop(
        "print(allow_nested_asyncio())\n"
        "print(asyncio.run(asyncio.sleep(0, 'slept')))\n"
        "print(allow_nested_asyncio())\n"
        "print('IPython' in sys.modules)"
    )
    package = "nest_asyncio" if sys.version_info < BREAKING else "nest_asyncio2"
    assert said == [
        f"asyncio.run(...) works here from now on, by {package}.",
        "slept",
        f"asyncio.run(...) works here already, by {package}; nothing was changed.",
        "False",
    ]


@pytest.mark.parametrize(
    ("package", "kind"), [("nest_asyncio", "lossy"), ("nest_asyncio2", "nested")], ids=["nest_asyncio", "nest_asyncio2"]
)
def test_a_patch_is_known_by_what_it_does(package: str, kind: str) -> None:
    said = said_in_a_loop(
        "print(_nested_asyncio._kind(asyncio.get_running_loop()))\n"
        f"import {package}; {package}.apply()\n"
        "print(_nested_asyncio._kind(asyncio.get_running_loop()))\n"
        "print(allow_nested_asyncio())"
    )
    assert said == ["plain", kind, f"asyncio.run(...) works here already, by {package}; nothing was changed."]


def missing(name: str) -> str:
    raise importlib.metadata.PackageNotFoundError(name)


def said_in_a_loop(code: str) -> list[str]:
    """Return the lines that a script prints whose code runs inside an event loop."""
    body = code.replace("\n", "\n    ")
    return said_by(f"async def main():\n    {body}\nasyncio.run(main())")


def said_by(code: str) -> list[str]:
    """Return the lines that a script prints, failing where it warns or complains of anything."""
    program = f"import asyncio, sys\nfrom spotantic_nb import _nested_asyncio, allow_nested_asyncio\n{code}"
    strict = ["-W", "error", "-W", "ignore::DeprecationWarning:nest_asyncio"]  # older than Python 3.14
    process = subprocess.run(
        [sys.executable, *strict, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (process.returncode, process.stderr) == (0, "")
    return process.stdout.splitlines()


@pytest.mark.parametrize(
    ("loop", "python", "ipykernel", "harm"),
    [
        ("lossy", (3, 13), (7, 1), "lost cells"),
        ("lossy", (3, 14), (7, 4), "lost cells"),
        ("lossy", (3, 14), (6, 31), "no timeouts"),
        ("lossy", (3, 13), (6, 31), ""),
        ("nested", (3, 14), (7, 4), ""),
        ("plain", (3, 14), (7, 4), ""),
        ("none", (3, 14), (), ""),
    ],
)
def test_what_a_patch_breaks_depends_on_kernel_and_python(
    loop: Loop, python: Version, ipykernel: Version, harm: str
) -> None:
    assert harm_of(loop, python=python, ipykernel=ipykernel) == harm
