"""What is on the built pages."""

import os
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

SITE = Path(os.environ["SITE"])
"""The folder of the built pages."""

PAGES = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html") if "_static" not in path.parts)

LINKS = {"href", "src"}


@dataclass
class Read:
    """The links of a page, and the places in it that a link may name."""

    links: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.read = Read()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in LINKS and value is not None and tag != "use":
                self.read.links.append(value)
            elif name == "id" and value:
                self.read.places.add(value)


@cache
def read(page: str) -> Read:
    """Return what is on a page."""
    reader = _Reader()
    reader.feed((SITE / page).read_text(encoding="utf-8"))
    return reader.read
