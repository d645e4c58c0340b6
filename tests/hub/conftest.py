"""
What a story on a hub starts with: a hub that runs once for all of them, one browser, and two people.

Run by ``nox -s hub``, which brings the hub and its proxy.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from hubs import NAME, Hub, Person, running_hub
from labs import ARGUMENTS, CHROMIUM, free_port
from playwright.sync_api import BrowserContext, expect, sync_playwright

from spotantic_nb.sandbox import Sandbox

expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def hub() -> Iterator[Hub]:
    with running_hub(os.environ) as hub:
        yield hub


@pytest.fixture(scope="session")
def chromium(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser on another machine, with its popup blocker on: the hub has a name there, and no kernel is near."""
    rules = [f"MAP {NAME} 127.0.0.1", f"MAP 127.0.0.1:{hub.away} 127.0.0.1:9"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("chromium"),
            executable_path=CHROMIUM,
            args=[*ARGUMENTS, f"--host-resolver-rules={','.join(rules)}"],
            ignore_default_args=["--disable-popup-blocking"],
            ignore_https_errors=True,
            permissions=["clipboard-read", "clipboard-write"],
            viewport={"width": 1100, "height": 900},
        )
        chromium.set_default_timeout(30_000)
        yield chromium
        chromium.close()


@pytest.fixture
def browser(chromium: BrowserContext) -> Iterator[BrowserContext]:
    chromium.clear_cookies()
    yield chromium
    for page in chromium.pages:
        page.close()


@pytest.fixture
def person(hub: Hub, browser: BrowserContext, sandbox: Sandbox) -> Iterator[Callable[[str], Person]]:
    """Have ada or bob come to the browser; who comes last is whom the hub knows there."""
    came: list[Person] = []
    accounts = {"ada": "ada", "bob": "grace"}

    def person(user: str) -> Person:
        came.append(Person(hub, browser, sandbox, user, accounts[user], free_port()))
        came[-1].enter()
        return came[-1]

    yield person
    for one in came:
        one.leave()
