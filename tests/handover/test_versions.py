"""The README states no version of a client that has not been tested, and leaves out none that has."""

import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATED = dict(re.findall(r"^\| (\w+) \|.*\| ([\d.]+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE))
NEED_NEWER = {"spotantic", "spotifyaio"} if sys.version_info < (3, 12) else set[str]()


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


@pytest.mark.parametrize("package", sorted(STATED.keys() - NEED_NEWER))
def test_the_version_that_is_stated_or_a_newer_one_is_tested(package: str) -> None:
    assert numbers(version(package)) >= numbers(STATED[package])


def test_every_client_that_is_tested_is_stated() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    tested = {re.split(r"[>=<;\[]", requirement)[0] for requirement in extras["test-clients"]}
    assert STATED.keys() == tested - {"spotantic-nb"} | {"httpx"}
