"""The public names: all of them there, sorted, shown by ``dir``, and imported only when used."""

import ast
import importlib
import inspect
import types
from pathlib import Path

import pytest
from sources import parsed

import spotantic_nb
from spotantic_nb import auth, errors, models

PACKAGES = [spotantic_nb, auth]
NAMES = [(package, name) for package in PACKAGES for name in package.__all__]


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_every_name_can_be_imported_and_is_what_it_says(package: types.ModuleType, name: str) -> None:
    value = getattr(importlib.import_module(package.__name__), name)
    assert value.__name__ == name


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_every_name_is_documented(package: types.ModuleType, name: str) -> None:
    assert inspect.getdoc(getattr(package, name))


@pytest.mark.parametrize("package", PACKAGES)
def test_the_names_are_sorted_and_listed_once(package: types.ModuleType) -> None:
    assert list(package.__all__) == sorted(set(package.__all__))


@pytest.mark.parametrize("package", PACKAGES)
def test_dir_shows_the_names(package: types.ModuleType) -> None:
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_are_told_of_the_same_names(package: types.ModuleType) -> None:
    assert package.__file__
    tree = parsed(Path(package.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    told = {alias.name for node in imports if str(node.module).startswith("spotantic_nb") for alias in node.names}
    defined_here = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert told == set(package.__all__) - defined_here


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("name", ["Nothing", "_attempts", "SCOPES"])
def test_an_unknown_name_is_an_attribute_error(package: types.ModuleType, name: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute '{name}'"):
        getattr(package, name)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_star_brings_all_of_them(package: types.ModuleType) -> None:
    space: dict[str, object] = {}
    exec(f"from {package.__name__} import *", space)
    assert set(package.__all__) <= space.keys()


def test_every_exception_is_public() -> None:
    defined = [name for name, value in vars(errors).items() if inspect.isclass(value)]
    assert set(defined) <= set(spotantic_nb.__all__)


@pytest.mark.parametrize("name", auth.__all__)
def test_the_managers_are_the_same_from_either_package(name: str) -> None:
    assert getattr(spotantic_nb, name) is getattr(auth, name)


def test_the_models_are_where_the_reference_has_them() -> None:
    names = ("AccessTokenInfo", "AccessTokenRequestBody", "AuthCodeRequestParams", "AuthSettings")
    assert [getattr(models, name) for name in names] == [getattr(spotantic_nb, name) for name in names]


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(spotantic_nb.__file__).parent / "py.typed").is_file()
