"""
The examples in the docstrings are run, each by itself, and everything public has one.

An example is run in a project whose ``.env`` leads to a sandbox, with a browser in which somebody agrees to whatever is
asked. It sees what ``from spotantic_nb import *`` brings, and the public names of its own module; the rest it imports.
"""

import ast
import doctest
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sources import parsed

import spotantic_nb
from spotantic_nb import auth, doctor, errors, models, sandbox, settings, status
from spotantic_nb.auth import _prompt
from spotantic_nb.sandbox import ScriptedUser

SURFACE = (spotantic_nb, auth, doctor, errors, models, sandbox, settings, status)
"""The modules that the public names are imported from."""

NOT_FOR_PEOPLE = {
    "dump_secret_value": "pydantic calls it, where a model is dumped",
    "desk": "deprecated",
}
"""Public by their names alone."""

_ROOT = Path(spotantic_nb.__file__).parent
_PARSER = doctest.DocTestParser()
_DOES_THE_SAME = re.compile(r"(?:Do what|Return what|Begin a login as) ``(\w+)\b")
"""How the docstring of a coroutine refers, in its first words, to the method that it stands for."""


# The examples are run


def docstrings_with_examples() -> Iterator[doctest.DocTest]:
    """
    Yield the examples of every docstring in the package.

    They are taken from the source, as ``doctest`` by itself passes over what a decorator of another module wraps.
    """
    for path in sorted(_ROOT.rglob("*.py")):
        parts = path.relative_to(_ROOT.parent).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        for name, docstring, line in _docstrings(parsed(path.read_text(encoding="utf-8")), module):
            test = _PARSER.get_doctest(docstring, {"__name__": module}, name, str(path), line)
            if test.examples and not _needs_newer_python(docstring):
                yield test


def _needs_newer_python(docstring: str) -> bool:
    """Tell whether an example is run by ``nox -s clients`` alone, whose Python is newer."""
    needed = re.search(r"needs Python 3\.(\d+)", docstring)
    return needed is not None and sys.version_info < (3, int(needed[1]))


def _docstrings(node: ast.AST, name: str) -> Iterator[tuple[str, str, int]]:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        if docstring := ast.get_docstring(node):
            yield name, docstring, node.body[0].lineno
        for child in node.body:
            yield from _docstrings(child, f"{name}.{getattr(child, 'name', '')}")


def report_of(test: doctest.DocTest) -> str:
    """Run the examples of one docstring, and return what went wrong."""
    home = test.globs["__name__"]
    exec("from spotantic_nb import *", test.globs)
    test.globs.update((name, getattr(importlib.import_module(home), name)) for name in _defined_in(home))
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append)
    return "".join(report)


@pytest.fixture
def _somebody_agrees(spotify_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "true")  # a command that does nothing: what opens a browser is replaced
    monkeypatch.setattr(_prompt, "open_browser", ScriptedUser().follow)


@pytest.mark.usefixtures("_somebody_agrees")
@pytest.mark.parametrize("test", list(docstrings_with_examples()), ids=lambda test: test.name)
def test_an_example_shows_what_happens(test: doctest.DocTest) -> None:
    report = report_of(test)
    assert not report, report


def test_an_example_that_shows_something_else_is_found() -> None:
    wrong = _PARSER.get_doctest(">>> 6 * 7\n41\n", {"__name__": "spotantic_nb"}, "wrong", None, 0)
    assert "Got:\n    42" in report_of(wrong)


# Everything public has one


def public() -> dict[str, object]:
    """Return the public classes and functions by their names, each where it is found first."""
    found: dict[str, object] = {}
    for module in SURFACE:
        for name in getattr(module, "__all__", None) or _defined_in(module.__name__):
            value = getattr(module, name)
            if value not in found.values():
                found[name] = value
    return found


def _defined_in(module: str) -> list[str]:
    values = vars(importlib.import_module(module)).items()
    return [name for name, value in values if name[0] != "_" and getattr(value, "__module__", "") == module]


def methods_of(cls: type) -> dict[str, Callable[..., object]]:
    """Return the public methods that a class has from this package, without those of another library's classes."""
    ours = [base for base in cls.__mro__ if base.__module__.startswith("spotantic_nb")]
    others = {name for base in cls.__mro__ if base not in ours for name in dir(base)}
    return {
        name: getattr(cls, name)
        for base in ours
        for name, value in vars(base).items()
        if name[0] != "_" and name not in others | NOT_FOR_PEOPLE.keys() and _is_method(value)
    }


def _is_method(value: object) -> bool:
    return inspect.isfunction(value) or isinstance(value, classmethod | staticmethod)


def has_example(docstring: str | None, *, of: str = "") -> bool:
    """Tell whether there is an example in a docstring, and one that calls this method, if one is named."""
    uses = re.compile(rf"\.{of}\(" if of else "")
    return any(uses.search(example.source) for example in _PARSER.get_examples(docstring or ""))


def is_shown(cls: type, method: str) -> bool:
    """Tell whether a method has an example: its own, its class's, or that of the method it refers to."""
    docstring = inspect.getdoc(getattr(cls, method))
    if has_example(docstring) or any(has_example(base.__doc__, of=method) for base in cls.__mro__):
        return True
    referred = _DOES_THE_SAME.match(docstring or "") if inspect.iscoroutinefunction(getattr(cls, method)) else None
    return bool(referred) and is_shown(cls, referred[1])


CLASSES = {name: value for name, value in public().items() if inspect.isclass(value)}
FUNCTIONS = {name: value for name, value in public().items() if inspect.isfunction(value)}
METHODS = [(name, method) for name, cls in CLASSES.items() for method in methods_of(cls)]


@pytest.mark.parametrize("name", CLASSES)
def test_a_public_class_has_an_example(name: str) -> None:
    bases = CLASSES[name].__mro__ if issubclass(CLASSES[name], Exception) else (CLASSES[name],)
    assert any(has_example(base.__doc__) for base in bases)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_has_an_example(name: str) -> None:
    assert has_example(FUNCTIONS[name].__doc__)


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_a_public_method_has_an_example(name: str, method: str) -> None:
    assert is_shown(CLASSES[name], method)


class _Half:
    """
    Has two methods, and an example of one.

    Example:
        >>> _Half().shown()
    """

    def shown(self) -> None: ...

    def forgotten(self) -> None: ...

    async def ashown(self) -> None:
        """Do what ``shown`` does."""

    async def aforgotten(self) -> None:
        """Do what ``forgotten`` does."""


def test_a_method_that_no_example_calls_is_found() -> None:
    names = ("shown", "forgotten", "ashown", "aforgotten")
    assert [name for name in names if is_shown(_Half, name)] == ["shown", "ashown"]
