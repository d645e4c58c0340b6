"""
A page of somebody else on the hub's origin, which shares the channel between landing page and notebook.

It may hear what passes there, and say what it likes.
"""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode

import httpx
import pytest
from hubs import PAGE, Person
from labs import LAB, LOAD, Notebook, open_link
from playwright.sync_api import Page, expect

LOGIN = "%spotantic_login --force --switch-user"
WAITING = "Waiting for your answer"

LISTEN = """() => {
    window.heard = [];
    window.channel = new BroadcastChannel("spotantic_nb");
    channel.onmessage = ({ data }) => heard.push(data);
}"""
FORGE_AT_ONCE = """() => {
    channel.onmessage = ({ data }) => {
        if (typeof data?.query !== "string") return;
        const forged = new URLSearchParams(data.query);
        channel.postMessage({ taken: forged.get("state") });
        forged.set("code", "forged");
        for (let i = 0; i < 100; i++) channel.postMessage({ query: `?${forged}` });
        channel.postMessage({ query: `?error=access_denied&state=${forged.get("state")}` });
    };
}"""
SAY = "messages => messages.forEach(message => channel.postMessage(message))"

WATCH = """marker => {
    const watch = new BroadcastChannel("spotantic_nb");
    window.worked = new Promise(resolve => {
        let since;
        watch.onmessage = ({ data }) => {
            since ??= performance.now();
            if (data.query === marker) { watch.close(); resolve(performance.now() - since); }
        };
    });
}"""
FLOOD = """marker => {
    for (let i = 0; i < 10000; i++) channel.postMessage({ query: `?code=${i}&state=${"x".repeat(43)}` });
    channel.postMessage({ query: marker });
}"""


@pytest.fixture
def ada(person: Callable[[str], Person]) -> Person:
    ada = person("ada")
    ada.begin(PAGE)
    return ada


@pytest.fixture
def notebook(ada: Person) -> Notebook:
    notebook = ada.open(LAB, LOAD, LOGIN)
    notebook.run(0)
    return notebook


@pytest.fixture
def hostile(ada: Person) -> Iterator[Page]:
    address = f"{ada.hub.url}/user/bob/hostile"
    ada.browser.route(address, lambda route: route.fulfill(content_type="text/html", body="<title>hostile</title>"))
    page = ada.browser.new_page()
    page.goto(address)
    page.evaluate(LISTEN)
    yield page
    ada.browser.unroute(address)


def test_what_it_overhears_is_of_no_use_without_the_verifier(ada: Person, notebook: Notebook, hostile: Page) -> None:
    tab = ada.browser.new_page()
    tab.goto(notebook.run(1).get_by_role("link", name="Log in to Spotify").get_attribute("href") or "")
    tab.locator(f"input[value={ada.account}]").check()
    tab.get_by_role("button", name="Agree").click()
    expect(tab.get_by_role("heading", name="No notebook took the answer")).to_be_visible()
    [heard] = hostile.evaluate("heard")
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(heard["query"][1:])["code"][0],
        "redirect_uri": tab.url.partition("?")[0],
        "client_id": ada.client_id,
    }
    for verifier in ({}, {"code_verifier": "x" * 43}):
        reply = httpx.post(f"{ada.sandbox.accounts_url}/api/token", data={**form, **verifier})
        assert (reply.status_code, "access_token" in reply.text) == (400, False)


def test_what_it_makes_up_is_not_taken(ada: Person, notebook: Notebook, hostile: Page) -> None:
    login = notebook.run(1)
    tab = open_link(ada.browser, login)
    good = {"code": "stolen", "state": "x" * 43}
    queries = [good, {"code": "stolen"}, {"error": "access_denied"}, good | {"error": "access_denied"}]
    others = [
        "?",
        "",
        "?" + "x" * 100_000,
        "?code=" + "%00" * 1000,
        ".evil.example/?code=1",
        None,
        1,
        [],
        {"query": "?"},
    ]
    messages = [*({"query": f"?{urlencode(query)}"} for query in queries), *({"query": other} for other in others)]
    hostile.evaluate(SAY, [*messages, None, "text", 1, [], {"taken": "x" * 43}, {"taken": None}])
    notebook.page.evaluate("() => new Promise(resolve => setTimeout(resolve))")
    expect(login.get_by_text(WAITING)).to_be_visible()
    expect(login.get_by_placeholder("or paste the address")).to_have_value("")
    ada.finish(notebook, login, tab, PAGE)


def test_a_forgery_at_the_very_moment_comes_too_late(ada: Person, notebook: Notebook, hostile: Page) -> None:
    hostile.evaluate(FORGE_AT_ONCE)
    for _ in range(3):
        ada.log_in(notebook, 1, PAGE)


def test_an_answer_that_is_said_again_answers_no_other_login(ada: Person, notebook: Notebook, hostile: Page) -> None:
    ada.log_in(notebook, 1, PAGE)
    heard = [message for message in hostile.evaluate("heard") if "query" in message]
    assert len(heard) == 1
    login = notebook.run(1)
    tab = open_link(ada.browser, login)
    hostile.evaluate(SAY, heard * 100)
    expect(login.get_by_text(WAITING)).to_be_visible()
    ada.finish(notebook, login, tab, PAGE)


def test_ten_thousand_messages_cost_a_waiting_notebook_about_what_they_cost_any_page(
    ada: Person, notebook: Notebook, hostile: Page
) -> None:
    login = notebook.run(1)
    without = _flood(notebook, hostile)
    tab = open_link(ada.browser, login)
    notebook.page.bring_to_front()
    waiting = _flood(notebook, hostile)
    assert waiting < 10 * without
    ada.finish(notebook, login, tab, PAGE)


def _flood(notebook: Notebook, hostile: Page) -> float:
    """Return how long the notebook's page works on a flood, at best."""
    times = []
    for turn in range(3):
        notebook.page.evaluate(WATCH, marker := f"?{turn}")
        hostile.evaluate(FLOOD, marker)
        times.append(notebook.page.evaluate("() => worked"))
    return min(times)
