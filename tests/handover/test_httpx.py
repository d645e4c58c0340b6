"""httpx and httpx2: one object for both, in whichever order they are imported."""

import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from spotantic_nb import Session
from spotantic_nb.handover import _httpx

PROGRAM = """
{imports}
from spotantic_nb.handover._credential import NamedCredential
from spotantic_nb.handover._httpx import bearer_auth
auth = bearer_auth(NamedCredential("http://127.0.0.1:1/v1", "a name"))
import httpx, httpx2
for library in (httpx, httpx2):
    library.Client(auth=auth), library.AsyncClient(auth=auth)
"""


@pytest.mark.parametrize(
    "imports", ["", "import httpx", "import httpx2", "import httpx, httpx2", "import httpx2, httpx"]
)
def test_both_packages_take_it_whatever_was_imported_before_it_was_made(imports: str) -> None:
    program = PROGRAM.format(imports=imports)
    ended = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.fixture
def _without_httpx2(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "httpx2", None)
    _httpx.auth_class.cache_clear()
    yield
    _httpx.auth_class.cache_clear()


@pytest.mark.usefixtures("_without_httpx2")
def test_httpx_alone_is_enough(session: Session) -> None:
    assert httpx.get(f"{session.api_url}/me", auth=session.httpx_auth(), trust_env=False).status_code == 200
