"""
The address within what a person pasted, without what a mail program, a chat or a phone put around it or into it.

Only what no address can hold, or what leads to the same address, is repaired. Whether it is the answer to a login is
for the attempt to say: nothing here is a check.
"""

import re
from unicodedata import category
from urllib.parse import parse_qsl, unquote, urlsplit

_MARGIN = ">|│┃"
"""What stands before each line of a quotation, or at the sides of a box in a terminal."""

_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
"""The categories of characters that are not seen: spaces of any width, line breaks, direction marks, soft hyphens."""

_UNSEEN_LETTERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u3164\ufe00-\ufe0f\uffa0]")
"""Those that Unicode counts as letters or as marks on them."""

_ESCAPED = re.compile(r"\\([?&=_/:#~.*-])|\\u0026|\\x26")
"""As Markdown, JSON and the Z shell write what means something to them; the last two are an ``&``."""

_LINK_IN_MARKDOWN = re.compile(r"\]\(([^()]*)\)")
_ADDRESS = re.compile(r'https?://[^"<>`|“”«»]*', re.IGNORECASE)

_AROUND = "\"'`´<>()[]{}*,;!|“”„‟‘’‚‛«»‹›「」『』（）…。，；"  # noqa: RUF001 - as they are typed
_FIRST, _LAST = _AROUND.replace("[", ""), f"{_AROUND}.?:"
"""What may stand around an address. One of IPv6 begins with a bracket where its scheme is left out."""

_MOST_FIELDS = 50


def address_in(text: str, redirect_uri: str) -> str:
    """
    Return the address that was meant by a pasted text, or what is left of the text where it holds none.

    Args:
        text: What was pasted.
        redirect_uri: Where the address should lead; a browser's address bar leaves its scheme out.
    """
    address = _bare(text)
    if "?" not in address and "%3f" in address.lower():
        address = unquote(address)  # encoded once more, as a whole or from its query on
    if "://" not in address:
        return _with_scheme(address, redirect_uri)
    if leads_there(address, redirect_uri):
        return address
    return _carried_by(address, redirect_uri) or address


def leads_there(address: str, redirect_uri: str) -> bool:
    """Tell whether this is the redirect URI, whatever is asked of it; browsers lower the host and drop its port."""
    return _place(address) == _place(redirect_uri)


def _bare(text: str) -> str:
    """Return the text without what cannot be seen, quotation marks, and words before the address."""
    seen = "".join(_seen(line).lstrip(_MARGIN) for line in text.splitlines())
    seen = _ESCAPED.sub(lambda found: found[1] or "&", seen).replace("&amp;", "&")
    if link := _LINK_IN_MARKDOWN.search(seen):
        seen = link[1]
    if address := _ADDRESS.search(seen):
        seen = address[0]
    return _once(seen.lstrip(_FIRST).rstrip(_LAST))


def _seen(line: str) -> str:
    return "".join(letter for letter in _UNSEEN_LETTERS.sub("", line) if category(letter) not in _UNSEEN)


def _once(text: str) -> str:
    """Return what was pasted twice in a row, as happens where nothing is shown of it, once."""
    half = text[: len(text) // 2]
    return half if half + half == text else text


def _with_scheme(text: str, redirect_uri: str) -> str:
    scheme, _, rest = redirect_uri.partition("://")
    place, text = re.split("[?#]", rest)[0], text.removeprefix("//")
    return f"{scheme}://{text}" if text.lower().startswith(place.lower()) else text


def _carried_by(address: str, redirect_uri: str) -> str | None:
    """Return the answer that another address carries with it, as a mail program's check of links does."""
    try:
        fields = parse_qsl(urlsplit(address).query, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    # Not the bare redirect URI, which the link to log in carries.
    return next((value for _, value in fields if "state=" in value and leads_there(value, redirect_uri)), None)


def _place(address: str) -> tuple[str, str, str] | None:
    """Return what two addresses must share, or None where this is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    default_port = ":443" if parts.scheme == "https" else ":80"
    return parts.scheme, parts.netloc.lower().removesuffix(default_port), parts.path or "/"
