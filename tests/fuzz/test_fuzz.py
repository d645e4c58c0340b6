"""
Fuzzing of the four doors: a little of it in every run, a million callbacks where ``SOAK`` is set.

What is made up starts from what is right: valid callbacks, replies and files with something moved, doubled or spoiled
reach much further than noise, which comes as well. Every run makes the same inputs up, unless it is a soak.
"""

import json
import os
import random
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzz import targets

SOAK = bool(os.environ.get("SOAK"))
CALLBACKS_IN_A_SOAK = 10**6

settings.register_profile(
    "tests",
    derandomize=not SOAK,
    database=None,
    deadline=None,
    max_examples=20_000 if SOAK else 300,
    suppress_health_check=list(HealthCheck),
)
FUZZ = settings.get_profile("tests")

HOSTS = ["127.0.0.1:8765", "127.0.0.1", "localhost:8765", "127.0.0.1:8765.", "[::1]:8765", "evil.example", "", " "]
PATHS = [
    "/callback",
    "/callback/",
    "//callback",
    "/%63allback",
    "/",
    "*",
    "/callback#",
    "http://127.0.0.1:8765/callback",
]
NAMES = ["code", "state", "error", "iss", "c%6fde", "st%61te", "STATE", "state[]", "error_description", "x", ""]
MORE = ["", "", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Upgrade: x\r\n", ":\r\n"]
VALUES = [
    targets.STATE,
    targets.STATE[:-1],
    targets.STATE.swapcase(),
    quote(targets.STATE, safe=""),
    "%50" + targets.STATE[1:],
    targets.ISSUER,
    "AQcode",
    "access_denied",
    "<script>",
    "%00",
    "%",
    "%ff",
    "+",
    "",
]
JOINTS = ["&", "&", "&", "&", ";", "&&", "&amp;", "%26", "?", "#", "="]

odd_text = st.text(max_size=30) | st.sampled_from(["\u2100", "\udcff", "\u202e", "\x00", "ﬀ", "①", "\u0130", "é"])
fields = st.tuples(st.sampled_from(NAMES) | odd_text, st.sampled_from(VALUES) | odd_text)
queries = st.lists(st.tuples(fields, st.sampled_from(JOINTS)), max_size=6).map(
    lambda parts: "".join(f"{name}={value}{joint}" for (name, value), joint in parts)
)
right = st.sampled_from([f"state={targets.STATE}&code=AQcode", f"error=access_denied&state={targets.STATE}"])
answers = st.one_of(right, st.tuples(right, queries).map("&".join), st.tuples(queries, right).map("".join), queries)


@st.composite
def spoiled(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Return bytes with a few of them changed, left out or put in."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(data)))
        data[place : place + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Return a request that is nearly, or wholly, the right one."""
    method = draw(st.sampled_from(["GET", "GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "CONNECT", "get", ""]))
    path = draw(st.sampled_from(["/callback"] * 8 + PATHS))
    hosts = draw(st.lists(st.sampled_from(["127.0.0.1:8765"] * 8 + HOSTS), min_size=0, max_size=2) | st.just(HOSTS[:1]))
    version = draw(st.sampled_from(["1.1", "1.1", "1.1", "1.0", "0.9", "2.0", "1.10"]))
    more = draw(st.sampled_from(MORE))
    head = f"{method} {path}?{draw(answers)} HTTP/{version}\r\n" + "".join(f"Host: {host}\r\n" for host in hosts) + more
    return f"{head}\r\n".encode("utf-8", "surrogatepass")


@FUZZ
@given(data=spoiled(requests()) | requests())
@example(data=f"GET /callback?code=1&state={targets.STATE} HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n".encode())
@example(data=b"HEAD /favicon.ico HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n")
@example(data=b"HEAD /callback HTTP/1.1\r\nHost: evil.example\r\n\r\n")
@example(data=b"")
def test_no_request_breaks_a_law_of_the_listener(data: bytes) -> None:
    targets.callback(data)


@FUZZ
@given(data=st.binary(max_size=300))
def test_no_noise_breaks_a_law_of_the_listener(data: bytes) -> None:
    assert not targets.callback(data)


places = st.sampled_from(
    [
        *[targets.REDIRECT_URI] * 8,
        "HTTP://127.0.0.1:8765/callback",
        "https://127.0.0.1:8765/callback",
        "http://127.0.0.1:8765//callback",
        "http://127.0.0.1:8766/callback",
        "http://127.0.0.1/callback",
        "http://user@127.0.0.1:8765/callback",
        "http://evil.example:8765/callback",
        "http://127.0.0.1:8765@evil.example/callback",
    ]
)
decorations = st.sampled_from(["", "", " ", '"', "<", "`", "\n", "\u00a0", "\u3000", "#", "@", "\\", "[", "http://"])


@FUZZ
@given(parts=st.tuples(decorations, places, st.just("?"), answers, decorations).map("".join) | st.text())
@example(parts=f"{targets.REDIRECT_URI}?code=1&state={targets.STATE}")
@example(parts="http://[::1")
@example(parts=f"http://127.0.0.1:8766/callback?code=1&state={targets.STATE}")
@example(parts=f"http://user@127.0.0.1:8765/callback?code=1&state={targets.STATE}")
@example(parts=f"http://127.0.0.1:8765\\@evil.example/callback?code=1&state={targets.STATE}")
def test_no_text_breaks_a_law_of_the_paste_box(parts: str) -> None:
    targets.pasted(parts)


@FUZZ
@given(text=places, cut=st.integers(0, 200), answer=answers, odd=odd_text)
def test_no_odd_character_breaks_a_law_of_the_paste_box(text: str, cut: int, answer: str, odd: str) -> None:
    whole = f"{text}?{answer}"
    targets.pasted(whole[:cut] + odd + whole[cut:])


CODE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
codes = st.text(CODE_LETTERS, min_size=20, max_size=200).map("AQ{}".format)
UNSEEN = (
    "\u200b\u200d\u200e\u200f\u202a\u202c\u202e\u2060\u2066\u2069\ufeff\u00ad\u00a0\u3000\u2028\x00\x7f\ufe0f\u180e"
)
BREAKS = ["\n", "\r\n", "\n> ", "\n>> ", "\n  | ", "\n\t", "\n\u2502 ", " ", *UNSEEN]
AROUND = [
    ("", ""),
    ("<", ">"),
    ("\u201c", "\u201d"),
    ("\u2018", "\u2019"),
    ("\u00ab", "\u00bb"),
    ('"', '".'),
    ("'", "',"),
    ("`", "`"),
    ("**", "**"),
    ("(", ")"),
    ("[the tab](", ")"),
    ("[", "](http://127.0.0.1:8765/callback)"),
    ("<a href='", "'>"),
    ('<a href="', '">the tab</a>'),
    ("> ", ""),
    ("The address is: ", " "),
    ("\u2068", "\u2069"),
    ("", "!"),
    ("", "\u2026"),
    ("", ";"),
]


def in_a_mail(url: str) -> str:
    return f"https://eur01.safelinks.protection.outlook.com/?url={quote(url, safe='')}&data=05%7C01&reserved=0"


HARMLESS: list[Callable[[str], str]] = [
    str,
    lambda url: url.replace("&", "&amp;"),
    lambda url: url.replace("&", "\\u0026"),
    lambda url: url.replace("?", "\\?").replace("=", "\\=").replace("&", "\\&"),
    lambda url: url.replace("_", "\\_"),
    lambda url: url.replace("http://127", "HTTP://127"),
    lambda url: url.removeprefix("http://"),
    lambda url: url.removeprefix("http:"),
    lambda url: url * 2,
    lambda url: quote(url, safe=""),
    lambda url: url.replace("?", "%3F").replace("=", "%3D").replace("&", "%26"),
    lambda url: f"{url}#_=_",
    in_a_mail,
    lambda url: f"https://www.google.com/url?q={quote(url, safe='')}&sa=D",
]


@FUZZ
@given(
    code=codes,
    change=st.sampled_from(HARMLESS),
    breaks=st.lists(st.tuples(st.integers(1, 10_000), st.sampled_from(BREAKS)), max_size=4),
    around=st.sampled_from([pair for pair in AROUND if "callback)" not in pair[1]]),
)
def test_harmless_damage_to_a_paste_is_repaired(
    code: str, change: Callable[[str], str], breaks: list[tuple[int, str]], around: tuple[str, str]
) -> None:
    text = change(f"{targets.REDIRECT_URI}?code={code}&state={targets.STATE}")
    for place, mark in breaks:
        cut = place % len(text) or 1
        if text[cut - 1] != "\\" and mark[:1] != "\\":  # an escape is one character
            text = text[:cut] + mark + text[cut:]
    if any(letter.isalpha() for letter in around[0]) and "://" not in text:
        around = ("", "")  # with words before it, only its scheme shows where an address begins
    assert targets.repaired(around[0] + text + around[1], code)


@FUZZ
@given(
    code=codes,
    cut=st.tuples(st.integers(0, 10_000), st.integers(1, 10_000)),
    odd=st.sampled_from(
        ["...", "\u2026", "|", ">", '"', "{", "\u0430", "\ud83d\ude00", "%0A", "*", "\\", "#", "?", "=3D"]
    ),
    around=st.sampled_from(AROUND),
)
def test_other_damage_is_refused_and_never_taken_for_another_code(
    code: str, cut: tuple[int, int], odd: str, around: tuple[str, str]
) -> None:
    whole = f"{targets.REDIRECT_URI}?code={code}&state={targets.STATE}"
    first = cut[0] % len(whole)
    assert not targets.repaired(around[0] + whole[:first] + around[1], code)  # copied up to somewhere
    targets.repaired(around[0] + whole[first:] + around[1], code)  # copied from somewhere on
    place = len(targets.REDIRECT_URI) + 6 + cut[1] % len(code)
    targets.repaired(around[0] + whole[:place] + odd + whole[place:] + around[1], code)  # something got into the code


numbers = st.integers() | st.floats() | st.sampled_from([10**18, -(10**15), 2**31, 10**40, 253402300800, -62135596801])
times = st.sampled_from(
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:10Z",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:59Z",
        "9999-08-31T00:00:00Z",
        "2026-02-30",
        "2026-11-24T00:00:00",
        "2026-08-31T12:00:00Z",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=20) | times,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
GOOD = {
    "access_token": "PLANTED-access-token",
    "token_type": "Bearer",
    "expires_in": 3600,
    "refresh_token": "PLANTED-refresh-token",
}
FIELDS = [*GOOD, "scope", "expires_at", "authorized_at", "account", "ended_at"]
changes = st.dictionaries(st.sampled_from(FIELDS), json_values | times | st.text(), max_size=3)
documents = st.one_of(
    changes.map(lambda changed: json.dumps(GOOD | changed).encode()),
    json_values.map(lambda value: json.dumps(value).encode()),
)
DOORS_FOR_TOKENS = pytest.mark.parametrize("door", [targets.token_reply, targets.token_file, targets.foreign_file])
Door = Callable[[bytes], bool]


@DOORS_FOR_TOKENS
@FUZZ
@given(data=documents | spoiled(documents) | st.binary(max_size=200))
@example(data=json.dumps(GOOD | {"access_token": "a\nb"}).encode())
@example(data=json.dumps(GOOD | {"access_token": "é"}).encode())
@example(data=json.dumps(GOOD | {"refresh_token": "\ud800"}).encode())
@example(data=json.dumps(GOOD | {"scope": "\ud800"}).encode())
@example(data=json.dumps(GOOD | {"expires_in": 10**18}).encode())
@example(data=json.dumps(GOOD | {"expires_in": -(10**15)}).encode())
@example(data=json.dumps(GOOD | {"expires_at": "0001-01-01T00:00:00+14:00"}).encode())
@example(data=json.dumps(GOOD | {"expires_at": "0001-01-01T00:00:10Z"}).encode())
@example(data=json.dumps(GOOD | {"authorized_at": "9999-12-31T00:00:00Z"}).encode())
@example(data=b"[" * 100_000)
@example(data=b'{"a":' * 100_000)
def test_no_document_breaks_a_law_of_tokens(door: Door, data: bytes) -> None:
    door(data)


@DOORS_FOR_TOKENS
def test_a_good_document_is_taken(door: Door) -> None:
    assert door(json.dumps(GOOD).encode())


lines = st.sampled_from(
    [
        "[DEFAULT]",
        "[ada]",
        "SPOTIFY_CLIENT_ID = abc",
        "SPOTIFY_USER_REFRESH = PLANTED-refresh-token",
        "SPOTIFY_USER_REFRESH = PLANTED of another",
        "SPOTIFY_USER_REFRESH",
        "  continued",
        "%(SPOTIFY_CLIENT_ID)s = x",
        "; a comment",
        "",
    ]
)
configurations = st.lists(lines | odd_text, max_size=8).map(
    lambda chosen: "\n".join(["[DEFAULT]", *chosen]).encode("utf-8", "surrogatepass")
)


@FUZZ
@given(data=configurations | spoiled(configurations))
def test_no_configuration_breaks_a_law_of_foreign_files(data: bytes) -> None:
    targets.foreign_file(data)


def test_a_good_configuration_is_taken() -> None:
    assert targets.foreign_file(b"[DEFAULT]\nSPOTIFY_USER_REFRESH = PLANTED-refresh-token\n")


def test_the_right_callback_is_taken_and_one_with_another_state_is_not() -> None:
    taken = f"GET /callback?code=1&state={targets.STATE} HTTP/1.1\r\nHost: 127.0.0.1:8765\r\n\r\n".encode()
    assert targets.callback(taken)
    assert not targets.callback(taken.replace(targets.STATE.encode(), targets.STATE[::-1].encode()))


def made_up(chance: random.Random) -> bytes:
    """Return a request like those above, at the speed that a soak needs."""
    pick = chance.choice
    pairs = [f"{pick(NAMES)}={pick(VALUES)}{pick(JOINTS)}" for _ in range(chance.randrange(5))]
    pairs.insert(
        chance.randrange(len(pairs) + 1),
        pick([f"state={targets.STATE}&code=AQcode&"] * 3 + [f"state={targets.STATE}&", ""]),
    )
    path, host = pick(["/callback"] * 9 + PATHS), pick(["127.0.0.1:8765"] * 9 + HOSTS)
    method = pick(["GET"] * 9 + ["HEAD", "POST", "CONNECT", "OPTIONS"])
    data = bytearray(f"{method} {path}?{''.join(pairs)} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    for _ in range(pick([0, 0, 1, 3])):
        place = chance.randrange(len(data))
        data[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    return bytes(data)


@pytest.mark.timeout(3600)
def test_of_very_many_callbacks_none_breaks_a_law() -> None:
    chance = random.Random(None if SOAK else 0)
    count = CALLBACKS_IN_A_SOAK if SOAK else 3000
    taken = sum(targets.callback(made_up(chance)) for _ in range(count))
    assert 0 < taken < count
