"""
The sections of a docstring, as Sphinx wants them: Args, Attributes, Raises, Returns, and Example.

Not napoleon, which takes the words before any colon of an attribute for its type.
"""

import re
from typing import Any

from sphinx.application import Sphinx

_SECTION = re.compile(r"(Args|Attributes|Raises|Returns|Yields|Example):\s*")
_FIELDS = {"Args": "param", "Attributes": "ivar", "Raises": "raises"}
_ITEM = re.compile(r"(\*{0,2}\w+): (.*)")


def convert(_app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    """Replace the lines of a docstring, as autodoc wants it."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in lines:
        if found := _SECTION.fullmatch(line):
            parts.append((found[1], []))
        else:
            parts[-1][1].append(line)
    lines[:] = [line for section, part in parts for line in [*converted(section, part), ""]]


def converted(section: str, lines: list[str]) -> list[str]:
    """Return one section as reStructuredText."""
    inside = [line.removeprefix("    ") for line in lines]
    if section in _FIELDS:
        return fields(_FIELDS[section], inside)
    if section in {"Returns", "Yields"}:
        return [f":returns: {' '.join(inside).strip()}"]
    if section == "Example":
        return [".. rubric:: Example", "", *example(inside)]
    return lines


def fields(role: str, lines: list[str]) -> list[str]:
    """Return a list of names and texts as fields; a line that goes on stands further right."""
    shown = []
    for line in lines:
        found = _ITEM.fullmatch(line)
        shown.append(f":{role} {found[1].replace('*', chr(92) + '*')}: {found[2]}" if found else line)
    return shown


def example(lines: list[str]) -> list[str]:
    """Return an example; one with magics is no doctest."""
    if not any(line.startswith("%") for line in lines):
        return lines
    return [".. code-block:: ipython", "", *(f"    {line}" for line in lines)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Have autodoc's docstrings converted."""
    app.connect("autodoc-process-docstring", convert)
    return {"parallel_read_safe": True}
