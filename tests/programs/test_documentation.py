"""What the documentation shows is run: every block of code, as it stands there."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kernels import Kernel

import spotantic_nb
from spotantic_nb.notebook._magics import SpotanticMagics

ROOT = Path(spotantic_nb.__file__).parents[1]

PERSON = """#!{python}
import sys
from spotantic_nb.sandbox import ScriptedUser
ScriptedUser().follow(sys.argv[1])
"""
"""A browser with somebody in front of it who agrees to everything."""


def blocks(document: str, language: str) -> list[str]:
    return blocks_in((ROOT / document).read_text(), language)


def blocks_in(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def examples_in_docstrings() -> list[tuple[str, str]]:
    """Return each indented block of a docstring in the package that begins with a magic, with its file."""
    return [
        (path.name, block.replace("    ", ""))
        for path in sorted(Path(spotantic_nb.__file__).parent.rglob("*.py"))
        for block in re.findall(r"(?:^ {4}[^ ].*\n)+|(?:^ {12}[^ ].*\n)+", path.read_text(), re.MULTILINE)
        if block.lstrip().startswith("%")
    ]


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment whose browser logs in by itself."""
    person = tmp_path / "person"
    person.write_text(PERSON.format(python=sys.executable))
    person.chmod(0o755)
    return {**environ, "BROWSER": str(person)}


@pytest.mark.parametrize("page", ["README.md", "docs/clusters.md"])
def test_the_blocks_of_a_page_run_one_after_the_other(new_kernel: Callable[..., Kernel], page: str) -> None:
    kernel = new_kernel()
    shown = blocks(page, "python")
    assert shown
    for block in shown:
        cell = kernel.run(block)
        assert cell.ok, f"{block}\n{cell.error}"
    assert "Signed in as" in kernel.run("%spotantic_status").text


def test_the_blocks_of_the_clients_run_one_after_the_other(new_kernel: Callable[..., Kernel]) -> None:
    kernel = new_kernel()
    for section in (ROOT / "docs" / "clients.md").read_text().split("\n## "):
        heading, _, text = section.partition("\n")
        if sys.version_info < (3, 12) and heading.endswith("(Python 3.12)"):
            continue
        for block in blocks_in(text, "python"):
            cell = kernel.run(block)
            assert cell.ok, f"{block}\n{cell.error}"
            assert ("Ada Fjordmark" in cell.text) == ("display_name" in block), block


@pytest.mark.parametrize(("file", "block"), examples_in_docstrings())
def test_an_example_in_a_docstring_runs(new_kernel: Callable[..., Kernel], file: str, block: str) -> None:
    cell = new_kernel().run(block)
    assert cell.ok, f"{file}: {cell.error}"


def test_every_magic_has_an_example() -> None:
    shown = "".join(block for file, block in examples_in_docstrings() if file == "_magics.py")
    magics = [name for name in vars(SpotanticMagics) if name.startswith("spotantic_")]
    assert magics
    assert [name for name in magics if f"%{name}" not in shown] == []


def test_the_commands_of_the_readme_are_the_two_that_continuous_integration_runs() -> None:
    demo, tests = blocks("README.md", "sh")
    install = "python -m venv .venv && .venv/bin/pip install -e "
    assert demo == f"{install}'.[demo]' && .venv/bin/python -m spotantic_nb demo\n"
    assert tests == f"{install}'.[test]' && .venv/bin/python -m pytest\n"
    assert "grep -m1 'bin/python -m pytest' README.md" in (ROOT / ".ci" / "run").read_text()


def test_the_commands_of_the_contributors_are_no_nonsense() -> None:
    for block in [block for document in ("README.md", "CONTRIBUTING.md") for block in blocks(document, "sh")]:
        subprocess.run(["sh", "-n"], input=block, text=True, check=True)
