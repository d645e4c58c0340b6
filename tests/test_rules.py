"""
The 25 rules for a client that listens on loopback, from RFC 6749, 7636, 8252, 9207 and 9700.

A test for a rule is marked with its number, ``@pytest.mark.rule(7)``, wherever it stands; this file reads the marks and
checks that no rule is without a test, and no mark without a rule.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from sources import parsed

RULES: Mapping[int, str] = {
    1: "always PKCE S256, with a fresh verifier for each attempt",
    2: "state of 128 bits or more, one per attempt, compared in constant time, good for one answer",
    3: "state before code and error; an error without state ends nothing",
    4: "bind the loopback literal only, and share the port with nobody",
    5: "open for one login, closed with it",
    6: "GET on the exact path; nothing twice, nothing long, nothing slow; up after bad requests",
    7: "Host is the literal of the redirect URI",
    8: "the page is static, private, unframed",
    9: "no access log",
    10: "the person's own browser, never an embedded view",
    11: "never redirect to an address of the query",
    12: "the identical redirect URI to both endpoints",
    13: "iss is compared where it is sent, and not required",
    14: "sandbox and Spotify are two services, and nothing of one goes to the other",
    15: "TLS verified, nothing redirected, time and size bounded, plain http to loopback alone",
    16: "secrets in header and body only, and in no text",
    17: "token file private from birth, replaced in one step, never through a link, out of git",
    18: "tokens kept by service, app and flow, with scope and times; a missing scope asks the person",
    19: "one process renews at a time, and keeps what the reply leaves out",
    20: "refresh tokens go to the token endpoint of their issuer, for their client",
    21: "rotation is possible, and no old token is replayed",
    22: "an app's own token carries nobody's data, and its secret is not shown",
    23: "least scope, seen before the browser opens",
    24: "switching the account is asked for explicitly",
    25: "the sandbox enforces all of it",
}


@cache
def marked() -> Mapping[int, list[str]]:
    """Return the tests by the rules that they are marked with."""
    found = defaultdict(list)
    for file in sorted(Path(__file__).parent.rglob("test_*.py")):
        for node in ast.walk(parsed(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for number in _rules_of(node):
                    found[number].append(f"{file.name}::{node.name}")
    return found


def _rules_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[int]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.rule":
            yield from (ast.literal_eval(number) for number in mark.args)


@pytest.mark.parametrize("number", RULES)
def test_each_rule_has_a_test(number: int) -> None:
    assert number in marked(), RULES[number]


def test_each_mark_is_that_of_a_rule() -> None:
    assert {number: tests for number, tests in marked().items() if number not in RULES} == {}


def test_a_mark_is_read_wherever_it_can_stand() -> None:
    mark = "@pytest.mark.rule(1, 2)\n"
    for what in ("def test_it(): ...", "async def test_it(): ...", "class TestIt: ..."):
        [node] = parsed(mark + what).body
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        assert list(_rules_of(node)) == [1, 2]
