"""What axe, which knows the rules of the Web Content Accessibility Guidelines, finds on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = {"serious", "critical"}


def serious_faults(page: Page, *, within: str = "") -> list[str]:
    """
    Return the faults of serious or critical impact: the rule, and where.

    Args:
        page: The page.
        within: A selector of what is looked at; otherwise all of the page.
    """
    found = Axe().run(page, context=within or None).response["violations"]
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]
