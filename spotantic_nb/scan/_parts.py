"""
The parts of a notebook that secrets get into, and all text in each of them.

Knows the formats 3 and 4 of nbformat, and what of them the front-ends fill in their own way: Colab keeps the state of
widgets one level higher than Jupyter. What is of no format is a part as well.
"""

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Way = tuple[str | int, ...]
"""The names and indices that lead from the whole notebook to a value in it."""

_SHORT = 2000
"""Characters up to which a value is looked at together with its name; every token and secret is shorter."""

_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What nbformat takes for the id of a cell; no token is so short."""

_FIELDS = {"source": "source", "input": "source", "metadata": "metadata"}
"""What the fields of a cell are called; ``input`` is that of nbformat 3."""

_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{24,}+={0,2}\s{0,9}")
_READABLE = re.compile(rb"[\t-\r -~]{16,}")
_DATA_URL = re.compile(r";base64,([A-Za-z0-9+/]{24,}={0,2})")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a notebook."""

    name: str
    """In words: ``output 2``, ``widget state``."""
    way: Way
    value: Any = field(repr=False)
    cell: int | None = None
    """The number of its cell, counted from 1; None for what belongs to the whole notebook."""
    cell_id: str = ""
    cleared_by: Literal["", "removal", "emptying"] = ""
    """How it can be taken out; empty for what somebody wrote, which is theirs to change."""


def is_notebook(document: dict[str, Any]) -> bool:
    """Tell whether a JSON document is a notebook of nbformat 3 or 4."""
    return any(isinstance(document.get(name), list) for name in ("cells", "worksheets"))


def parts_of(document: dict[str, Any]) -> Iterator[Part]:
    """Yield every part of a notebook, each text of it in exactly one part."""
    for number, (way, cell) in enumerate(_cells(document), 1):
        yield from _parts_of_cell(cell, way, number)
    for name, value in document.items():
        if name == "metadata" and isinstance(value, dict):
            yield from _metadata(value)
        elif name == "worksheets":
            yield Part("the notebook", (name,), [_without_cells(sheet) for sheet in _list(value)])
        elif name != "cells":
            yield Part("the notebook", (name,), {name: value})


def _cells(document: dict[str, Any]) -> Iterator[tuple[Way, Any]]:
    for index, cell in enumerate(_list(document.get("cells"))):
        yield ("cells", index), cell
    for outer, sheet in enumerate(_list(document.get("worksheets"))):
        for index, cell in enumerate(_list(sheet.get("cells")) if isinstance(sheet, dict) else []):
            yield ("worksheets", outer, "cells", index), cell


def _without_cells(sheet: Any) -> Any:
    return {name: value for name, value in sheet.items() if name != "cells"} if isinstance(sheet, dict) else sheet


def _parts_of_cell(cell: Any, way: Way, number: int) -> Iterator[Part]:
    if isinstance(cell, dict):
        written = str(cell.get("id", ""))
        cell_id = written if _CELL_ID.fullmatch(written) else ""
        for name, value in cell.items():
            for part in _parts_of_field(name, value, (*way, name)):
                yield replace(part, cell=number, cell_id=cell_id)
    else:
        yield Part("the cell", way, cell, number)


def _parts_of_field(name: str, value: Any, way: Way) -> Iterator[Part]:
    if name == "outputs" and isinstance(value, list):
        for index, output in enumerate(value):
            yield Part(f"output {index + 1}", (*way, index), output, cleared_by="removal")
    elif name == "attachments" and isinstance(value, dict):
        for number, (attachment, data) in enumerate(value.items(), 1):
            yield Part(f"attachment {number}", (*way, attachment), {attachment: data}, cleared_by="removal")
    else:
        yield Part(_FIELDS.get(name, "the cell"), way, {name: value})


def _metadata(metadata: dict[str, Any]) -> Iterator[Part]:
    for name, value in metadata.items():
        if name == "widgets":
            yield Part("widget state", ("metadata", name), value, cleared_by="emptying")
        else:
            yield Part("metadata of the notebook", ("metadata", name), {name: value})


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def texts_in(value: Any) -> Iterator[str]:
    """
    Yield every text in a JSON value; what is written in base64 is decoded.

    A list of lines is one text, and a short text stands behind its name, as in ``client_secret: ...``.
    """
    if isinstance(value, str):
        yield from _texts(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            text = _joined(inner)
            if text is None or len(text) > _SHORT:
                yield str(name)
                yield from texts_in(inner)
            else:
                yield from _texts(text)
                yield f"{name}: {text}"
    elif isinstance(value, list):
        text = _joined(value)
        yield from _texts(text) if text is not None else (text for inner in value for text in texts_in(inner))


def _joined(value: Any) -> str | None:
    """Return a text, also one that is written as a list of its lines; None for all else."""
    if isinstance(value, str):
        return value
    if value and isinstance(value, list) and all(isinstance(line, str) for line in value):
        text = "".join(value)
        return text if text.splitlines(keepends=True) == value else None  # else it is a list of texts
    return None


def _texts(text: str) -> Iterator[str]:
    if len(text) <= _SHORT or not _BASE64.fullmatch(text):  # a picture is no token, and searched for none
        yield text
    if _BASE64.fullmatch(text):
        yield from _decoded(text)
    if ";base64," in text:
        for found in _DATA_URL.finditer(text):
            yield from _decoded(found[1])


def _decoded(text: str) -> Iterator[str]:
    """Yield what can be read of bytes that are written in base64."""
    with contextlib.suppress(binascii.Error):  # it only looks like base64
        yield from (found.decode("ascii") for found in _READABLE.findall(base64.b64decode(f"{text}==")))
