"""What is loaded, and what is not, by the first lines of a notebook."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from spotantic_nb.models import AccessTokenInfo

HEAVY = {
    "anyio",
    "filelock",
    "http.server",
    "httpcore",
    "httpx",
    "ipywidgets",
    "nest_asyncio",
    "nest_asyncio2",
    "pydantic",
    "pydantic_settings",
}

MOST_MODULES = 14
"""How many modules the extension may bring to a shell that runs already."""

_SHELL = "from IPython.core.interactiveshell import InteractiveShell; shell = InteractiveShell.instance()"
_LOAD = "shell.run_line_magic('load_ext', 'spotantic_nb')"
_TOKEN = (
    f"{_LOAD}; token = shell.run_line_magic('spotantic_token', '--reveal'); assert token == 'PLANTED-secret', token"
)

_PROGRAM = """
import json, sys
{first}
before = set(sys.modules)
{then}
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def _loaded_by(then: str, *, after: str) -> set[str]:
    """Return the modules that a fresh interpreter has more after a statement than before it."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    program = [sys.executable, "-c", _PROGRAM.format(first=after, then=then)]
    process = subprocess.run(program, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert process.returncode == 0, process.stderr
    return set(json.loads(process.stdout.splitlines()[-1]))


CASES = [
    pytest.param("import spotantic_nb", "import typing, contextlib, importlib", id="import"),
    pytest.param(_LOAD, _SHELL, id="load_ext"),
]


@pytest.mark.parametrize(("statement", "after"), CASES)
def test_the_beginning_loads_nothing_heavy(statement: str, after: str) -> None:
    loaded = _loaded_by(statement, after=after)
    assert "spotantic_nb" in loaded
    assert not HEAVY & loaded


@pytest.mark.parametrize(("statement", "after"), CASES)
def test_the_beginning_loads_few_modules(statement: str, after: str) -> None:
    loaded = _loaded_by(statement, after=after)
    assert len(loaded) <= MOST_MODULES, sorted(loaded)


def test_a_token_on_disk_is_handed_out_without_http_or_widgets(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    AccessTokenInfo(access_token=SecretStr("PLANTED-secret"), token_type="Bearer", expires_in=3600).store_token(
        project / "token.json"
    )
    monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_ID", "id")
    monkeypatch.setenv("SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH", "token.json")
    loaded = _loaded_by(_TOKEN, after=_SHELL)
    assert "spotantic_nb.session" in loaded
    assert not {"httpx", "httpcore", "ipywidgets"} & loaded
