"""
What tokens, codes, secrets and links of Spotify look like in a text.

Spotify's tokens are base64url: an access token begins with ``BQ``, a refresh token or a code with ``AQ``, each followed
by one of ``A`` to ``D``, and none that was seen is shorter than 80 characters. Base64 of other things looks alike, so
what stands around counts, and what is too regular to be random is left out.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ACCESS_TOKEN = "access token"  # noqa: S105 - a kind of find
REFRESH_TOKEN = "refresh token"  # noqa: S105
CODE = "authorization code"
TOKEN_OR_CODE = "refresh token or authorization code"  # noqa: S105
CLIENT_SECRET = "client secret"  # noqa: S105
HEADER = "authorization header"
LINK = "link of a login"

_MOST_ALIKE = 0.2
"""The largest part of a random text of 40 characters or more that is one and the same character."""

_FEWEST_DIFFERENT = 8
"""How many different characters a random text of 16 has at least."""

_SECRET_BEHIND_COLON = re.compile(r"[^:]+:[!-~]{16,}")
"""User and password of HTTP Basic; those of the RFCs and of tutorials are words, and shorter."""

_PAINT = re.compile("\x1b\\[[0-9;]*[A-Za-z]")
_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")
_PERCENT = re.compile("%([2-7][0-9A-Fa-f])")
_WHITE = re.compile(r"\\[nrt]")


def _is_token(text: str) -> bool:
    """Tell a token from base64 of numbers, whose zero bytes make one letter common or repeat it."""
    return _is_random(text) and Counter(text).most_common(1)[0][1] < _MOST_ALIKE * len(text) and not _REPEATED(text)


_REPEATED = re.compile(r"(.)\1{5}").search


def _is_random(text: str) -> bool:
    """Tell a random text from words, and from what documentation writes in place of one."""
    is_mixed = any(letter.isdigit() for letter in text) or not (text.islower() or text.isupper())
    return is_mixed and len(set(text)) >= _FEWEST_DIFFERENT and not _is_repetition(text)


def _is_repetition(text: str) -> bool:
    """Tell whether a text is a shorter one several times over, as placeholders are."""
    return text in (text + text)[1:-1]


def _is_credential(text: str) -> bool:
    """Tell whether this is user and secret of HTTP Basic, encoded."""
    try:
        decoded = base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return _SECRET_BEHIND_COLON.fullmatch(decoded) is not None


@dataclass(frozen=True, slots=True)
class _Shape:
    kind: str
    word: str
    """What a text that holds one holds as well, in small letters; looked for first, since that is fast."""
    pattern: re.Pattern[str]
    """Its first group is the secret."""
    is_real: Callable[[str], bool]


def _shape(kind: str, word: str, pattern: str, is_real: Callable[[str], bool]) -> _Shape:
    return _Shape(kind, word, re.compile(pattern, re.ASCII | re.IGNORECASE), is_real)


_ALONE, _END = r"(?<![\w+/-])", r"(?![\w+/=-])"
_SHAPES = (
    _shape(ACCESS_TOKEN, "bq", rf"{_ALONE}((?-i:BQ[A-D])[\w-]{{77,997}}){_END}", _is_token),
    _shape(ACCESS_TOKEN, "bq", rf"(?:access_?token\W{{1,12}}|\bbearer\s+)((?-i:BQ)[\w-]{{38,998}}){_END}", _is_token),
    _shape(CODE, "code", rf"\bcode=((?-i:AQ)[\w-]{{38,998}}){_END}", _is_token),
    _shape(REFRESH_TOKEN, "refresh", rf"refresh_?token\W{{1,12}}((?-i:AQ)[\w-]{{38,998}}){_END}", _is_token),
    _shape(TOKEN_OR_CODE, "aq", rf"{_ALONE}((?-i:AQ[A-D])[\w-]{{77,997}}){_END}", _is_token),
    _shape(
        CLIENT_SECRET,
        "secret",
        r"client[_ -]?secret\W{1,40}(?:t[hd]\W{1,40}){0,3}((?-i:[0-9a-f]{32}))(?!\w)",
        lambda text: not _is_repetition(text),
    ),
    _shape(HEADER, "basic", r"\bbasic\s+([\w+/-]{20,400}={0,2})(?![\w+/=-])", _is_credential),
    _shape(HEADER, "bearer", r"\bauthorization\W{1,12}bearer\s+([\w.~+/-]{40,4000}=*)", _is_token),
    _shape(
        LINK,
        "authorize?",
        r"https?://(?:accounts\.spotify\.com|127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?(?:/[\w./~-]*)?/authorize\?"
        r"(?:[^\s\"'<>\\]{0,4000}?&)?state=([\w.~-]{16,200})",
        _is_random,
    ),
)


def kinds_in(text: str) -> set[str]:
    """Return the kinds of what stands in a text, also where it is painted, escaped or percent-encoded."""
    return {kind for form in _forms(text) for kind in _kinds(form)}


def _forms(text: str) -> Iterator[str]:
    plain = _PAINT.sub("", text).replace("&amp;", "&")
    if "\\" in plain:
        plain = _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), _WHITE.sub(" ", plain))
    yield plain
    if _PERCENT.search(plain):
        yield _unquoted(_unquoted(plain))  # an address in an address, as a page of Spotify's has it


def _unquoted(text: str) -> str:
    return _PERCENT.sub(lambda found: chr(int(found[1], 16)), text)


def _kinds(text: str) -> Iterator[str]:
    """Yield a kind for every secret in a text; where two shapes fit the same one, the first counts."""
    small, seen = text.lower(), set[int]()
    for shape in _SHAPES:
        if shape.word in small:
            for found in shape.pattern.finditer(text):
                if found.start(1) not in seen and shape.is_real(found[1]):
                    seen.add(found.start(1))
                    yield shape.kind
