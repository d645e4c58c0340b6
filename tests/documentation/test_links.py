"""No link of the built pages is dead; those that lead outside are https, and are not asked."""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest
from site_pages import PAGES, SITE, read


def fault_of(page: str, link: str) -> str:
    """Return in words what is wrong with a link of a page; nothing where all is well."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        is_good = parts.scheme == "https" and "." in parts.netloc and " " not in link
        return "" if is_good or parts.scheme == "data" else f"{link} is not https"
    target = page if not parts.path else str(PurePosixPath(page).parent / unquote(parts.path))
    file = (SITE / target).resolve()
    if not file.is_file():
        return f"{link} leads to no file"
    if parts.fragment and file.suffix == ".html":
        places = read(str(file.relative_to(SITE.resolve()))).places
        return "" if unquote(parts.fragment) in places else f"{link} names no place of that page"
    return ""


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    links = read(page).links
    assert links
    assert [fault for link in links if (fault := fault_of(page, link))] == []


def test_a_dead_link_is_found() -> None:
    assert fault_of("index.html", "nowhere.html") == "nowhere.html leads to no file"
    assert fault_of("index.html", "tutorial.html#nowhere") == "tutorial.html#nowhere names no place of that page"
    assert fault_of("index.html", "http://example.org/") == "http://example.org/ is not https"
