"""
The house has floors, and imports go downward only.

The imports are read from the source: those inside functions count, those for type checkers alone do not.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import spotantic_nb

FLOORS = (
    "errors _interrupt _times _foreign_text _task_lock _tracebacks",
    "_require_asyncio",
    "_project _lazy _hidden_modules _portal _hosted _nesting _exposure _setting_types auth._choices auth._streams",
    "_files _wire _env_file",
    "_setting_sources",
    "settings auth._redirect_uri",
    "models",
    "auth._paste",
    "auth._attempt auth._placement auth._network_errors auth._tls auth._pages auth._retry auth._token_file",
    "auth._http",
    "auth._mailbox auth._accounts auth._whoami auth._store auth._grant",
    "auth._listener",
    "auth._login",
    "auth._prompt",
    "auth._receivers",
    "auth._base auth._invitation",
    "auth._flows",
    "status _managers",
    "_desk _audience",
    "session",
    "notebook._front_end notebook._completion notebook._kit notebook._face notebook._output notebook._sandbox",
    "notebook._link",
    "notebook._acts",
    "notebook._paste notebook._scopes",
    "notebook._controls notebook._wizard notebook._boxes",
    "notebook._cells",
    "notebook._panel notebook._login_box",
    "notebook._login notebook._show_panel",
    "notebook._magics",
    "_demo",
    "__init__ __main__ auth.__init__ notebook.__init__",
)
"""From the ground up. A module imports from the floors below its own, and none of its neighbours."""

MAY_IMPORT = {
    "IPython": "notebook",
    "ipywidgets": "notebook",
    "httpx": "auth._http auth._network_errors auth._whoami settings.get_basic_auth sandbox",
    "spotantic_nb.sandbox": "sandbox notebook._sandbox __main__ _demo",
}
"""Who may import these at all: a package, a module, or one function of a module."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import, with the function it stands in."""

    place: str
    """The module, or the module and the function: ``settings.get_basic_auth``."""
    name: str
    """All of it: ``spotantic_nb.auth._http``, ``IPython.core.magic.Magics``."""


def imports_in(module: str, source: str) -> list[Import]:
    """Return the imports of a module, by its name inside the package."""
    return [Import(place, name) for place, name in _walk(ast.parse(source), module, package=_package_of(module))]


def _package_of(module: str) -> list[str]:
    return ["spotantic_nb", *module.split(".")[:-1]]


def _walk(node: ast.AST, place: str, *, package: list[str]) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        yield from ((place, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package[: len(package) + 1 - node.level] if node.level else []
        home = ".".join([*above, *filter(None, [node.module])])
        yield from ((place, f"{home}.{alias.name}") for alias in node.names)
    is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    inside = f"{place}.{node.name}" if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else place
    for child in _children(node):
        yield from _walk(child, inside if is_function else place, package=package)


def _children(node: ast.AST) -> list[ast.AST]:
    """Return what is run of a node: of ``if TYPE_CHECKING``, only what stands under ``else``."""
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return list(node.orelse)
    return list(ast.iter_child_nodes(node))


def faults_of(sources: Mapping[str, str]) -> list[str]:
    """Return in words every import that goes up, sideways, or where it may not."""
    imports = [found for module, source in sources.items() for found in imports_in(module, source)]
    return [fault for found in imports for fault in (_stranger(found), _climb(found, set(sources))) if fault]


def _stranger(found: Import) -> str:
    for name, places in MAY_IMPORT.items():
        if _is_in(found.name, name) and not any(_is_in(found.place, place) for place in places.split()):
            return f"{found.place} may not import {found.name}"
    return ""


def _climb(found: Import, modules: set[str]) -> str:
    target = _module_of(found.name, modules)
    here = next((module for module in _floors() if _is_in(found.place, module)), None)
    if target is None or _is_in(target, "sandbox"):
        return ""
    if here is None or target not in _floors():
        return f"{found.place} may import nothing of ours, and imports {target}"
    return f"{found.place} stands no higher than {target}" if _floors()[target] >= _floors()[here] else ""


def _floors() -> dict[str, int]:
    return {module: height for height, floor in enumerate(FLOORS) for module in floor.split()}


def _is_in(name: str, home: str) -> bool:
    return f"{name}.".startswith(f"{home}.")


def _module_of(name: str, modules: set[str]) -> str | None:
    """Return the module of ours that an import loads: the longest beginning of its name that is one."""
    parts = name.split(".")
    if parts[0] != "spotantic_nb":
        return None
    for length in range(len(parts), 1, -1):
        module = ".".join(parts[1:length])
        if found := {module, f"{module}.__init__"} & modules:
            return found.pop()
    return "__init__"


def _sources() -> dict[str, str]:
    assert spotantic_nb.__file__
    root = Path(spotantic_nb.__file__).parent
    files = {".".join(path.relative_to(root).with_suffix("").parts): path for path in sorted(root.rglob("*.py"))}
    return {module: path.read_text(encoding="utf-8") for module, path in files.items()}


def test_every_import_goes_downward_and_where_it_may() -> None:
    assert faults_of(_sources()) == []


def test_every_module_has_its_floor() -> None:
    assert [module for module in _sources() if not _is_in(module, "sandbox") and module not in _floors()] == []


def test_no_module_has_two_floors() -> None:
    assert len(_floors()) == sum(len(floor.split()) for floor in FLOORS)


MODULES = dict.fromkeys([module for floor in FLOORS for module in floor.split()] + ["sandbox.__init__"], "")


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("errors", "from spotantic_nb.models import Account", "errors stands no higher than models"),
        ("models", "import spotantic_nb.session", "models stands no higher than session"),
        ("status", "from spotantic_nb._managers import x", "status stands no higher than _managers"),
        ("auth._http", "from spotantic_nb.auth import _store", "auth._http stands no higher than auth._store"),
        ("auth._http", "from . import _store", "auth._http stands no higher than auth._store"),
        ("auth._http", "from ..session import Session", "auth._http stands no higher than session"),
        ("session", "from spotantic_nb.auth import X", "session stands no higher than auth.__init__"),
        ("session", "from spotantic_nb import X", "session stands no higher than __init__"),
        ("_files", "def f():\n  import spotantic_nb.models", "_files.f stands no higher than models"),
        ("_files", "class A:\n async def f(s):\n  import spotantic_nb.models", "_files.f stands no higher than models"),
        ("session", "import IPython", "session may not import IPython"),
        ("_desk", "from ipywidgets import HTML", "_desk may not import ipywidgets.HTML"),
        ("settings", "import httpx", "settings may not import httpx"),
        ("settings", "def other():\n  import httpx", "settings.other may not import httpx"),
        ("session", "try:\n  import httpx\nexcept E:\n  pass", "session may not import httpx"),
        ("session", "import spotantic_nb.sandbox", "session may not import spotantic_nb.sandbox"),
        ("sandbox._apps", "import spotantic_nb.errors", "sandbox._apps may import nothing of ours, and imports errors"),
        ("sandbox._apps", "import IPython", "sandbox._apps may not import IPython"),
        ("unheard_of", "import spotantic_nb.errors", "unheard_of may import nothing of ours, and imports errors"),
        ("models", "if TYPE_CHECKING:\n  pass\nelse:\n  import httpx", "models may not import httpx"),
    ],
)
def test_a_wrong_import_is_found(module: str, source: str, fault: str) -> None:
    assert faults_of({**MODULES, module: source}) == [fault]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("models", "import json, httpx_sse\nfrom spotantic_nb.errors import TokenStoreError"),
        ("session", "if TYPE_CHECKING:\n  import httpx, spotantic_nb.notebook._magics"),
        ("session", "if typing.TYPE_CHECKING:\n  import IPython"),
        ("auth._http", "import httpx"),
        ("settings", "class S:\n  def get_basic_auth(self):\n    import httpx"),
        ("notebook._magics", "import IPython\nfrom spotantic_nb.notebook import _completion, _sandbox"),
        ("notebook._sandbox", "def f():\n  from spotantic_nb.sandbox import Sandbox"),
        ("sandbox._apps", "import httpx\nfrom spotantic_nb.sandbox import _knobs"),
        ("auth._base", "from ._store import FileTokenStore\nfrom .. import errors"),
    ],
)
def test_a_right_import_is_no_fault(module: str, source: str) -> None:
    assert faults_of({**MODULES, module: source}) == []
