"""One notebook: what is found in it, and its text without what may be taken out."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from spotantic_nb.scan._json_text import Edit, Span, edited, entries_of, removals, span_of, value_at
from spotantic_nb.scan._known import KnownSecrets
from spotantic_nb.scan._parts import Part, Way, is_notebook, parts_of, texts_in
from spotantic_nb.scan._shapes import REFRESH_TOKEN, TOKEN_OR_CODE, kinds_in

_BYTE_ORDER_MARK = "\ufeff"


class NoNotebookError(ValueError):
    """A text is no notebook; the message says why, without a word of what it is."""


class Notebook:
    """
    The text of a notebook file.

    Args:
        data: The file's bytes.
        secrets: What is looked for by its value.

    Raises:
        NoNotebookError: It is none.
    """

    def __init__(self, data: bytes, secrets: KnownSecrets) -> None:
        text = data.decode(errors="surrogateescape")  # all other bytes come back as they were
        self._text = text.removeprefix(_BYTE_ORDER_MARK)
        self._before = text[: len(text) - len(self._text)]
        self._document = _document(self._text)
        self._secrets = secrets

    def finds(self) -> Iterator[tuple[Part, str]]:
        """Yield the parts with something secret in them, once for each kind of it."""
        for part in parts_of(self._document):
            for kind in sorted(self._kinds_in(part.value)):
                yield part, kind

    def cleared(self) -> bytes:
        """Return the file's bytes without the parts that can be cleared and hold something secret."""
        parts = [part for part in parts_of(self._document) if part.cleared_by and self._is_secret(part.value)]
        text = edited(self._text, self._edits(parts))
        return (self._before + text).encode(errors="surrogateescape")

    def _kinds_in(self, value: object) -> set[str]:
        known, alike = set[str](), set[str]()
        for text in texts_in(value):
            known |= self._secrets.kinds_in(text)
            alike |= kinds_in(text)
        return known | (alike - {TOKEN_OR_CODE} if REFRESH_TOKEN in known else alike)

    def _is_secret(self, value: object) -> bool:
        return bool(self._kinds_in(value))

    def _edits(self, parts: Iterable[Part]) -> Iterator[Edit]:
        removed = defaultdict[Way, set[str | int]](set)
        for part in parts:
            if part.cleared_by == "removal":
                removed[part.way[:-1]].add(part.way[-1])
            else:
                yield from _emptied(self._text, span_of(self._text, part.way), self._is_secret)
        for way, names in removed.items():
            around = span_of(self._text, way)
            yield from removals(entries_of(self._text, around), around, names)


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise NoNotebookError(f"no notebook (line {error.lineno} is no JSON)") from None
    except (ValueError, RecursionError):
        raise NoNotebookError("no notebook that can be read") from None
    if not isinstance(document, dict) or not is_notebook(document):
        raise NoNotebookError("no notebook, though it is JSON")
    return document


def _emptied(text: str, span: Span, is_secret: Callable[[object], bool]) -> list[Edit]:
    """Return the edits that empty each secret text in a value that holds one: what shows it goes on without."""
    if text[span.start] == '"':
        return [Edit(span, '""')]
    is_object, edits = text[span.start] == "{", list[Edit]()
    for entry in entries_of(text, span):
        value = value_at(text, entry.value)
        if is_object and is_secret(entry.name):
            return [Edit(span, "{}")]
        if is_secret({entry.name: value} if is_object else value):
            edits += _emptied(text, entry.value, is_secret)
    return edits or [Edit(span, "{}" if is_object else "[]")]
