"""
The layers of the package: imports go down or stay within a layer, and never in a circle.

The imports are read from the source: those inside functions count, those for type checkers alone do not.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sources import parsed

import spotantic_nb

LAYERS = (
    "errors _bearer _lazy _hidden_modules _text _tracebacks _choices",
    "_asking _event_loop _background_loop _portal _files _locks _exposure _nested_asyncio",
    "_requests _account settings",
    "models handover",
    "auth scan",
    "status session",
    "doctor",
    "notebook",
    "_demo __main__ __init__",
)
"""From the bottom up: packages, and modules of the root."""

MAY_IMPORT = {
    "IPython": "notebook",
    "ipywidgets": "notebook",
    "httpx": "auth._http auth._network_errors settings.__init__.get_basic_auth handover session._clients sandbox",
    "distributed": "handover._dask",
    "spotantic_nb.sandbox": "sandbox notebook._sandbox_switch __main__ _demo",
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
    return [Import(place, name) for place, name in _walk(parsed(source), module, package=_package_of(module))]


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
    if target is None or _is_in(target, "sandbox"):
        return ""
    here, there = _layer_of(found.place), _layer_of(target)
    if here is None or there is None:
        return f"{found.place} may import nothing of ours, and imports {target}"
    return f"{found.place} lies below {target}" if there > here else ""


def circles_in(sources: Mapping[str, str]) -> list[list[str]]:
    """Return the imports that lead back to where they began, each as the modules on the way."""
    graph = {
        module: {target for found in imports_in(module, source) if (target := _module_of(found.name, set(sources)))}
        for module, source in sources.items()
    }
    return [circle for module in graph if (circle := _way_back(module, graph))]


def _way_back(start: str, graph: Mapping[str, set[str]]) -> list[str]:
    ways, seen = [[start]], set[str]()
    while ways:
        way = ways.pop()
        for target in graph.get(way[-1], set()) - {way[-1]}:
            if target == start:
                return [*way, start]
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []


def _layer_of(place: str) -> int | None:
    """Return the layer of a module, or of a function in one."""
    names = ((height, name) for height, layer in enumerate(LAYERS) for name in layer.split())
    return next((height for height, name in names if _is_in(place, name)), None)


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


def test_every_import_goes_down_and_where_it_may() -> None:
    assert faults_of(_sources()) == []


def test_no_imports_go_in_a_circle() -> None:
    assert circles_in(_sources()) == []


def test_every_module_has_its_layer() -> None:
    assert [module for module in _sources() if not _is_in(module, "sandbox") and _layer_of(module) is None] == []


def test_a_circle_is_found() -> None:
    sources = {"auth._a": "from spotantic_nb.auth import _b", "auth._b": "def f():\n  import spotantic_nb.auth._a"}
    assert circles_in(sources) == [["auth._a", "auth._b", "auth._a"], ["auth._b", "auth._a", "auth._b"]]


MODULES = dict.fromkeys([*_sources(), "unheard_of"], "")


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("errors", "from spotantic_nb.models import Account", "errors lies below models"),
        ("models", "import spotantic_nb.session", "models lies below session.__init__"),
        ("status", "from spotantic_nb.notebook import _show", "status lies below notebook._show"),
        ("auth._http", "from spotantic_nb.session import _managers", "auth._http lies below session._managers"),
        ("auth._http", "from ..session import Session", "auth._http lies below session.__init__"),
        ("settings._types", "from spotantic_nb.auth import _paste", "settings._types lies below auth._paste"),
        ("session._managers", "from spotantic_nb import X", "session._managers lies below __init__"),
        ("_files", "def f():\n  import spotantic_nb.models", "_files.f lies below models"),
        ("_files", "class A:\n async def f(s):\n  import spotantic_nb.models", "_files.f lies below models"),
        ("session.__init__", "import IPython", "session.__init__ may not import IPython"),
        ("auth._login", "from ipywidgets import HTML", "auth._login may not import ipywidgets.HTML"),
        ("settings.__init__", "import httpx", "settings.__init__ may not import httpx"),
        ("settings.__init__", "def other():\n  import httpx", "settings.__init__.other may not import httpx"),
        ("models", "try:\n  import httpx\nexcept E:\n  pass", "models may not import httpx"),
        ("models", "import spotantic_nb.sandbox", "models may not import spotantic_nb.sandbox"),
        (
            "sandbox._knobs",
            "import spotantic_nb.errors",
            "sandbox._knobs may import nothing of ours, and imports errors",
        ),
        ("sandbox._knobs", "import IPython", "sandbox._knobs may not import IPython"),
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
        ("session.__init__", "if TYPE_CHECKING:\n  import httpx, spotantic_nb.notebook._magics"),
        ("session.__init__", "if typing.TYPE_CHECKING:\n  import IPython"),
        ("auth._http", "import httpx"),
        ("settings.__init__", "class S:\n  def get_basic_auth(self):\n    import httpx"),
        ("notebook._magics", "import IPython\nfrom spotantic_nb.notebook import _completion, _sandbox_switch"),
        ("notebook._sandbox_switch", "def f():\n  from spotantic_nb.sandbox import Sandbox"),
        ("sandbox._faults", "import httpx\nfrom spotantic_nb.sandbox import _knobs"),
        ("auth._base", "from ._store import TokenStore\nfrom .. import errors"),
    ],
)
def test_a_right_import_is_no_fault(module: str, source: str) -> None:
    assert faults_of({**MODULES, module: source}) == []
