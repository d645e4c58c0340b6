"""
A person as a program: reads the sandbox's pages as a browser would and answers them.

Speaks HTTP only; it takes the form from the page, so that a page without one is noticed. One object is one browser:
its cookies last as long as it does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Literal

import httpx

Decision = Literal["accept", "cancel"]

_LABELS: Mapping[Decision, str] = {"accept": "Agree", "cancel": "Cancel"}
_ONLY_WAY_ON = "Continue"

_PATIENCE = 60.0
"""Seconds that a person waits for a page: a kernel on a busy machine needs more than the five that httpx allows."""

_MANY_HOPS = 10
_SHOWN = 300


class ScriptedUser:
    """
    One of the invented people at a browser.

    Args:
        name: The user id of the person, such as ``ada``.

    Example:
        In a project whose ``.env`` leads to a sandbox:

        >>> from spotantic_nb.sandbox import ScriptedUser
        >>> login = Session.current().login("pkce", wait=False)
        >>> ScriptedUser("grace").answer(login.url, decision="cancel")
        'http://127.0.0.1:.../callback?error=access_denied&state=...'
        >>> ScriptedUser("ada").follow(login.url).status_code
        200
        >>> Session.current().wait_for(login)
    """

    def __init__(self, name: str = "ada") -> None:
        self.name = name
        self._cookies = httpx.Cookies()

    def answer(self, authorize_url: str, *, decision: Decision = "accept") -> str:
        """
        Walk from an authorize URL through all pages and return the callback URL, without requesting it.

        Raises:
            RuntimeError: The sandbox showed an error, or a page without a way on.
        """
        # No trust in the environment: a proxy has no business between two ends of the loopback interface.
        with httpx.Client(trust_env=False, timeout=_PATIENCE, cookies=self._cookies) as browser:
            try:
                return self._walk(browser, browser.get(authorize_url), decision)
            finally:
                self._cookies = browser.cookies

    def follow(self, authorize_url: str, *, decision: Decision = "accept") -> httpx.Response:
        """
        Do the same, request the callback URL as well, and return what the app's listener answered.

        Raises:
            RuntimeError: The sandbox showed an error, or a page without a way on.
        """
        callback_url = self.answer(authorize_url, decision=decision)
        with httpx.Client(trust_env=False, timeout=_PATIENCE) as browser:
            return browser.get(callback_url)

    def _walk(self, browser: httpx.Client, response: httpx.Response, decision: Decision) -> str:
        for _ in range(_MANY_HOPS):
            if not response.has_redirect_location:
                response = self._submit(browser, response, decision)
                continue
            target = response.url.join(response.headers["Location"])
            if target.netloc != response.url.netloc:
                return str(response.headers["Location"])
            response = browser.get(target)
        raise RuntimeError("The sandbox sent its visitor in circles.")

    def _submit(self, browser: httpx.Client, response: httpx.Response, decision: Decision) -> httpx.Response:
        page = _read(response.text)
        label = _ONLY_WAY_ON if _ONLY_WAY_ON in page.buttons else _LABELS[decision]
        if response.is_error or self.name not in page.choices or label not in page.buttons:
            raise RuntimeError(f"The sandbox shows {self.name} no way on: {page.text()}")
        fields = page.hidden | {page.choices[self.name]: self.name} | page.buttons[label]
        return browser.post(response.url.join(page.action), data=fields)


@dataclass(slots=True)
class _Page:
    """What can be done on a page: hidden fields, radio choices by value, buttons by label."""

    action: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, dict[str, str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def text(self) -> str:
        return " ".join(" ".join(self.words).split())[:_SHOWN]


def _read(html: str) -> _Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = _Page()
        self._button: dict[str, str] | None = None
        self._is_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._is_style = tag == "style"
        match tag, values.get("type"):
            case "form", _:
                self.page.action = values["action"]
            case "input", "hidden":
                self.page.hidden[values["name"]] = values["value"]
            case "input", "radio":
                self.page.choices[values["value"]] = values["name"]
            case "button", _:
                self._button = {values["name"]: values["value"]} if "name" in values else {}

    def handle_endtag(self, tag: str) -> None:
        self._is_style = False
        if tag == "button":
            self._button = None

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self.page.buttons[data.strip()] = self._button
        if not self._is_style:
            self.page.words.append(data)
