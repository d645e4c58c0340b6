"""What axe finds on the built pages, in the light and the dark theme: nothing serious."""

from collections.abc import Iterator

import pytest
from accessibility import serious_faults
from playwright.sync_api import Browser, Page
from site_pages import PAGES


@pytest.fixture(scope="session", params=["light", "dark"])
def tab(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A tab in which everything is light, or dark."""
    tab = chromium.new_page(color_scheme=request.param, viewport={"width": 1300, "height": 1000})
    yield tab
    tab.close()


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_serious_on_a_page(tab: Page, address: str, page: str) -> None:
    tab.goto(f"{address}/{page}")
    assert serious_faults(tab) == []


def test_axe_finds_a_picture_without_words(tab: Page) -> None:
    tab.set_content("<html lang='en'><title>A page</title><main><h1>A</h1><img src='data:,'></main></html>")
    assert any("image-alt" in fault for fault in serious_faults(tab))
