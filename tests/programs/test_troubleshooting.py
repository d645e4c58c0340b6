"""
Every error that a user can meet is explained under its own text, and every pain has a text, a place and a test.

The texts are read from the source of the package: what a message is made of there must stand on the page, with anything
in the place of what is put into it.
"""

import ast
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sources import parsed

import spotantic_nb
from spotantic_nb import errors

PACKAGE = Path(spotantic_nb.__file__).parent
ROOT = PACKAGE.parent
PAGE = ROOT / "docs" / "troubleshooting.md"
PAINS = ROOT / "docs" / "developers" / "pains.md"

GAP = "\0"
"""Stands in a message for what is put into it."""

ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}

OTHER_SHAPES = {
    "auth/_network_errors.py": "message and hint are a pair, and put into the error together",
    "handover/_api_errors.py": "likewise",
}
"""Modules whose messages are not written where the error is made."""


def text_of(node: ast.expr) -> str:
    """Return a string of the source with a gap for each part that is put in; empty where it is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or GAP for part in node.values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):  # f"{...} here".lstrip()
        return text_of(node.func.value)
    return ""


def messages_in(source: str, *, in_pairs: bool = False) -> Iterator[str]:
    """Yield the message of every error of ours that a module makes, both of ``a if ... else b``."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
            first = node.args[0]
            yield from map(text_of, [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Fault":
            reasons = [reason for reason in map(text_of, node.args) if " " in reason]
            yield from (f"The redirect URI (SPOTANTIC_AUTH_REDIRECT_URI) {reason}." for reason in reasons)
        elif in_pairs and isinstance(node, ast.Tuple) and len(node.elts) == 2:
            yield text_of(node.elts[0])


@cache
def messages() -> list[str]:
    """Return what the errors of the package say, each with gaps."""
    found = {
        message
        for path in sorted(PACKAGE.rglob("*.py"))
        if "sandbox" not in path.parent.parts
        for message in messages_in(
            path.read_text(encoding="utf-8"), in_pairs=str(path.relative_to(PACKAGE)) in OTHER_SHAPES
        )
    }
    return sorted(message.strip(f"{GAP} ") for message in found if re.search(r"\w{2} \w", message))


def pattern_of(message: str) -> re.Pattern[str]:
    """Return what finds a message with anything in its gaps."""
    return re.compile(".+?".join(re.escape(part) for part in message.split(GAP)))


@cache
def shown() -> list[str]:
    """Return every text that the page shows as code, in headings and elsewhere."""
    return re.findall(r"`([^`\n]+)`", PAGE.read_text(encoding="utf-8"))


def is_shown(message: str) -> bool:
    """Tell whether the page shows this message."""
    wanted = pattern_of(message)
    return any(wanted.search(text) for text in shown())


def test_there_are_messages_to_look_for() -> None:
    assert len(messages()) > 90


@pytest.mark.parametrize("message", messages(), ids=lambda message: message.replace(GAP, "{}")[:70])
def test_an_error_is_explained_under_its_own_text(message: str) -> None:
    assert is_shown(message), f"docs/troubleshooting.md does not explain: {message.replace(GAP, '{}')}"


def test_a_message_that_the_page_lacks_is_found() -> None:
    [message] = messages_in('raise NotLoggedInError(f"{name} went to the sea.", hint="Wait.")')
    assert not is_shown(message)


# What the doctor finds


def names_of_findings() -> list[str]:
    """Return the names of all findings that the doctor makes, as its modules have them."""
    nodes = [
        node
        for path in sorted((PACKAGE / "doctor").glob("*.py"))
        for node in ast.walk(parsed(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"broken", "look_at"}
    ]
    return sorted({text for node in nodes for text in map(text_of, node.args[:1]) if re.fullmatch(r"[a-z-]+", text)})


def test_every_finding_of_the_doctor_has_a_place_on_the_page() -> None:
    names = names_of_findings()
    assert len(names) > 40
    assert [name for name in names if f"[](#{name})" not in targets()] == []


# What others say

OF_SPOTIPY = (
    "Couldn't read cache at: ",
    "Couldn't decode JSON from cache at: ",
    "Couldn't write token to cache at: ",
    "Server listening on localhost has not been accessed",
    "Your application has reached a rate/request limit. ",
    "Max Retries",
)


@pytest.mark.parametrize("text", OF_SPOTIPY)
def test_a_text_of_spotipy_is_one_that_it_has_and_that_the_page_explains(text: str) -> None:
    spec = importlib.util.find_spec("spotipy")
    assert spec
    assert spec.origin
    assert any(text in path.read_text(encoding="utf-8") for path in Path(spec.origin).parent.glob("*.py"))
    assert any(text.strip() in found for found in shown())


ERRORS_OF_SPOTIFY = {"TokenError", "AuthorizeError", "ApiError"}

OF_THE_SANDBOX = {
    "This page was answered before. Start again in the app.": "its consent page, which Spotify has in another form",
    "This login leads nowhere. Start again in the app.": "likewise",
    "scope: Invalid scope": "Spotify's own newer text is not known",
    "code_challenge: Invalid": "likewise",
    "code_challenge_method must be S256": "likewise",
    "code_verifier must be 43 to 128 unreserved characters": "likewise",
}
"""What the sandbox says in words of its own."""


def texts_of_spotify() -> list[str]:
    """Return what Spotify says, as far as the sandbox says it: it is what tests know of it."""
    calls = [
        node
        for path in sorted((PACKAGE / "sandbox").rglob("*.py"))
        for node in ast.walk(parsed(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS_OF_SPOTIFY
    ]
    given = [value for call in calls for value in [*call.args, *(keyword.value for keyword in call.keywords)]]
    both = [
        part for value in given for part in ([value.body, value.orelse] if isinstance(value, ast.IfExp) else [value])
    ]
    return sorted({text for text in map(text_of, both) if " " in text} - OF_THE_SANDBOX.keys())


@pytest.mark.parametrize("text", texts_of_spotify())
def test_a_text_of_spotify_is_explained(text: str) -> None:
    assert is_shown(text)


# The table of pains


def rows() -> list[tuple[str, str, str, str]]:
    """Return the table: pain, text, place, test."""
    lines = [line for line in PAINS.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    pain, text, place, test = zip(*(re.split(r"(?<!\\) \| ", line.strip("| ")) for line in lines[2:]), strict=True)
    return [*zip(pain, text, place, test, strict=True)]


@cache
def strings() -> list[str]:
    """Return every string of the package, with gaps, and its style sheets."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))]
    nodes = [node for source in sources for node in ast.walk(parsed(source))]
    texts = [text_of(node) for node in nodes if isinstance(node, ast.Constant | ast.JoinedStr)]
    names = [node.id for node in nodes if isinstance(node, ast.Name)]
    return [*texts, *names, *(path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.css")))]


def targets() -> set[str]:
    """Return the places that a row may name."""
    pages = {f"{{doc}}`/{path.relative_to(ROOT / 'docs').with_suffix('')}`" for path in (ROOT / "docs").rglob("*.md")}
    anchors = re.findall(r"^\(([\w-]+)\)=$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return pages | {f"[](#{name})" for name in anchors}


def test_the_table_has_all_28_pains_and_the_kinds_that_failed_once() -> None:
    assert len(rows()) >= 28 + 28


TEST = re.compile(r"^ *(?:async )?def (test_\w+)", re.MULTILINE)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_pain_has_a_text_of_ours_a_place_and_a_test(row: tuple[str, str, str, str]) -> None:
    _, text, place, test = row
    wanted = text.strip("`").replace("{}", GAP)
    assert any(wanted in found for found in strings()), text
    assert place in targets()
    file, _, name = test.strip("`").partition("::")
    assert name in TEST.findall((ROOT / file).read_text(encoding="utf-8"))
