"""What is packed: built from a folder in which somebody has worked, installed anew, and used."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import spotantic_nb

ROOT = Path(spotantic_nb.__file__).parents[1]

ENVIRON = {**os.environ, "VIRTUAL_ENV": ""}
"""As it was before each test has a home of its own: uv finds its cache and its settings by it."""

UV = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}") or "uv"

STRAYS = (
    ".env",
    ".spotantic/tokens.json",
    "Untitled.ipynb",
    "docs/Untitled.ipynb",
    "labextension/notes.txt",
    "my_spotify_data/Streaming_History_Audio_2026_0.json",
    "notebooks/.ipynb_checkpoints/01_quickstart-checkpoint.ipynb",
    "notebooks/Spotify Extended Streaming History/Streaming_History_Audio_2026_0.json",
    "notebooks/Untitled.ipynb",
    "scratch/try.py",
    "spotantic_nb/Untitled.ipynb",
    "spotantic_nb/sandbox/.spotantic/tokens.json",
    "tests/screenshots/box.png",
)
"""What lies about where somebody works."""

LOGIN = """
import sys
import spotantic_nb
from spotantic_nb import AuthSettings, Session
from spotantic_nb.sandbox import Sandbox, ScriptedUser
assert "site-packages" in spotantic_nb.__file__, spotantic_nb.__file__
with Sandbox() as sandbox:
    app = {"client_id": sandbox.client_id, "redirect_uri": f"http://127.0.0.1:{sys.argv[1]}/callback"}
    session = Session(AuthSettings(**app, accounts_url=sandbox.accounts_url, api_url=sandbox.api_url))
    login = session.login("pkce", wait=False)
    ScriptedUser().follow(login.url)
    session.wait_for(login)
    print(session.token().account.name)
"""


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """The sdist of a folder with strays, and the wheel that was built of it."""
    tree, dist = tmp_path / "tree", tmp_path / "dist"
    left_out = shutil.ignore_patterns(".*_cache", ".git", ".nox", ".venv", "__pycache__")
    shutil.copytree(ROOT, tree, symlinks=True, ignore=left_out)
    for stray in STRAYS:
        (tree / stray).parent.mkdir(parents=True, exist_ok=True)
        (tree / stray).write_text("stray")
    uv("build", "--quiet", f"--out-dir={dist}", str(tree))
    return dist


def uv(*arguments: str) -> None:
    done = subprocess.run([UV, *arguments], env=ENVIRON, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def names_in(dist: Path) -> tuple[set[str], set[str]]:
    """Return what is in the sdist and in the wheel."""
    [sdist], [wheel] = dist.glob("*.tar.gz"), dist.glob("*.whl")
    with tarfile.open(sdist) as packed, zipfile.ZipFile(wheel) as installed:
        return {name.partition("/")[2] for name in packed.getnames()}, set(installed.namelist())


def test_nothing_that_lies_about_is_packed_and_nothing_that_belongs_is_left_out(dist: Path) -> None:
    sdist, wheel = names_in(dist)
    assert [name for name in (*sdist, *wheel) if name.endswith(STRAYS)] == []
    ours = {str(path.relative_to(ROOT)) for path in (ROOT / "spotantic_nb").rglob("*") if path.is_file()}
    package = {name for name in ours if "__pycache__" not in name}
    notebooks = {path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert package <= sdist & wheel
    assert {name for name in wheel if name.startswith("spotantic_nb/notebooks/")} == {
        f"spotantic_nb/notebooks/{name}" for name in notebooks
    }
    assert {"pyproject.toml", "README.md", "LICENSE", "tests/conftest.py", "docs/index.md"} <= sdist


def test_the_wheel_of_the_sdist_logs_in_where_nothing_else_is_installed(dist: Path, project: Path, port: int) -> None:
    [wheel] = dist.glob("*.whl")
    python = project / "fresh" / "bin" / "python"
    uv("venv", "--quiet", f"--python={sys.executable}", str(project / "fresh"))
    uv("pip", "install", "--quiet", f"--python={python}", f"{wheel}[sandbox]")
    done = subprocess.run([python, "-c", LOGIN, str(port)], cwd=project, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("Ada Fjordmark\n", "")
