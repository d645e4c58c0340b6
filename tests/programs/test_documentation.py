"""What the documentation shows is run: every block of code, as it stands there."""

import itertools
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from caches import write_cache
from kernels import Kernel
from sources import parsed

import spotantic_nb
from spotantic_nb import AuthSettings
from spotantic_nb.notebook._magics import SpotanticMagics
from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.settings._sources import variable

ROOT = Path(spotantic_nb.__file__).parents[1]

PERSON = """#!{python}
import sys
from spotantic_nb.sandbox import ScriptedUser
ScriptedUser().follow(sys.argv[1])
"""
"""A browser with somebody in front of it who agrees to everything."""


DOCS = ROOT / "docs"
PAGES = ["README.md", *sorted(str(page.relative_to(ROOT)) for page in DOCS.rglob("*.md"))]

NOT_IN_A_KERNEL = {
    "docs/how-to/marimo.md": "run in a real marimo, by tests/browser/test_marimo.py",
    "docs/how-to/clients.md": "run section by section, each with what it answers",
}
"""Pages whose blocks are run by another test."""

NOT_RUN = {
    "docs/how-to/clusters.md": "Spark and Ray are not installed",
}
"""Pages with a block in ``py``, which is Python that is read and not run, each with its reason."""

COMMANDS_NOT_RUN = {
    "README.md": "continuous integration runs them by itself",
    "CONTRIBUTING.md": "likewise, or they need another Debian",
    "docs/gallery.md": "installs the package from an index",
    "docs/tutorial.md": "installs the package from an index, and serves until it is stopped",
    "docs/how-to/class.md": "installs the package from an index, and serves until it is stopped",
    "docs/how-to/colab.md": "installs the package from an index",
    "docs/how-to/docker.md": "needs Docker",
    "docs/how-to/jupyterhub.md": "installs the package from an index",
    "docs/how-to/kaggle.md": "installs the package from an index",
    "docs/how-to/ssh.md": "needs another machine",
}
"""Pages with commands, which are parsed and not run, each with its reason."""

AN_APP = "0123456789abcdef0123456789abcdef"
"""The client id of the app that the pages have for an example."""

UNTIL_NO_LOGIN_WAITS = """
import spotantic_nb
if waiting := spotantic_nb.Session.current().pending_login:
    spotantic_nb.Session.current().wait_for(waiting)
"""
"""What a person does who reads on when the line under the link says so."""

LANGUAGES = {"python", "py", "sh", "ini", "text", "", "{toctree}", "{eval-rst}", "{magics}", "{settings}", "{commands}"}
"""What a block may be in: to be run, read, parsed, compared, or none of these."""


def blocks(document: str, language: str) -> list[str]:
    return blocks_in((ROOT / document).read_text(), language)


def blocks_in(text: str, language: str) -> list[str]:
    """Return the blocks in a language, without the indent of a list that they stand in."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [dedent(block) for _, block in found]


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


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python") and page not in NOT_IN_A_KERNEL])
def test_the_blocks_of_a_page_run_one_after_the_other(
    new_kernel: Callable[..., Kernel], spotify_project: Path, sandbox: Sandbox, port: int, page: str
) -> None:
    write_cache(sandbox, spotify_project / ".cache")  # what the page on spotipy finds
    redirect_uris = [f"http://127.0.0.1:{port}/callback"]
    sandbox.register_app(client_id=AN_APP, client_secret="f" * 32, redirect_uris=redirect_uris)
    kernel = new_kernel()
    for block in blocks(page, "python"):
        cell = kernel.run(block)
        assert cell.ok, f"{block}\n{cell.error}"
        if "--no-browser" in block:
            ScriptedUser().follow(kernel.link(cell))
        assert kernel.run(UNTIL_NO_LOGIN_WAITS).ok
    assert "Signed in" in kernel.run("%spotantic_status").text


def test_every_block_is_in_a_language_that_something_is_done_with() -> None:
    found = [re.findall(r"^ *```([^\s`]*)", (ROOT / page).read_text(), re.MULTILINE) for page in PAGES]
    assert set(itertools.chain.from_iterable(found)) <= LANGUAGES


def test_python_that_is_not_run_is_python_and_has_a_reason() -> None:
    found = {page: blocks(page, "py") for page in PAGES if blocks(page, "py")}
    assert found.keys() == NOT_RUN.keys()
    for block in itertools.chain.from_iterable(found.values()):
        parsed(block)


def test_the_lines_of_an_env_file_are_settings() -> None:
    found = [block for page in PAGES for block in blocks(page, "ini")]
    assert found
    names = [line.partition("=")[0] for block in found for line in block.splitlines()]
    assert set(names) <= {variable(name) for name in AuthSettings.model_fields}


def test_the_blocks_of_the_clients_run_one_after_the_other(new_kernel: Callable[..., Kernel]) -> None:
    kernel = new_kernel()
    for section in (DOCS / "how-to" / "clients.md").read_text().split("\n## "):
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


def test_commands_that_are_not_run_are_parsed_and_have_a_reason() -> None:
    found = {page: blocks(page, "sh") for page in [*PAGES, "CONTRIBUTING.md"] if blocks(page, "sh")}
    assert found.keys() == COMMANDS_NOT_RUN.keys()
    for block in itertools.chain.from_iterable(found.values()):
        subprocess.run(["bash", "-n"], input=block, text=True, check=True)
