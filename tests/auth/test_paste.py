"""The address within what a person pasted, whatever a mail program, a chat or a phone made of it."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from attempts import CODE, REDIRECT_URI, answer_to, begin

from spotantic_nb.errors import AuthorizationError, CallbackError, StateMismatchError

PASTED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in spaces": lambda url: f"  {url}\t\n",
    "in quotes": lambda url: f'"{url}"',
    "in apostrophes": lambda url: f"'{url}'",
    "in angle brackets": lambda url: f"<{url}>",
    "in backticks": lambda url: f" `{url}`\n",
    "broken over lines": lambda url: "\n".join(url[start : start + 40] for start in range(0, len(url), 40)),
    "broken over lines of Windows": lambda url: f"{url[:50]}\r\n{url[50:]}",
    "broken over indented lines": lambda url: f"{url[:50]}\n    {url[50:]}",
    "with an upper-case scheme": lambda url: url.replace("http:", "HTTP:"),
    "with a fragment": lambda url: f"{url}#_=_",
    "with a space of no width": lambda url: f"{url[:60]}\u200b{url[60:]}",
    "with direction marks": lambda url: f"\u2068{url}\u2069",
    "with a soft hyphen": lambda url: f"{url[:45]}\u00ad{url[45:]}",
    "as a quotation": lambda url: f"> {url[:50]}\n> {url[50:]}",
    "from a box in a terminal": lambda url: f"\u2502 {url[:50]}\n\u2502 {url[50:]}",
    "in typographic quotation marks": lambda url: f"\u201c{url}\u201d.",
    "as a link of Markdown": lambda url: f"[{url}]({url})",
    "as a link of HTML": lambda url: f'<a href="{url.replace("&", "&amp;")}">the tab</a>',
    "with escapes of the Z shell": lambda url: url.replace("?", "\\?").replace("=", "\\=").replace("&", "\\&"),
    "with escapes of JSON": lambda url: url.replace("&", "\\u0026"),
    "after words": lambda url: f"The address is: {url}",
    "as an address bar shows it": lambda url: url.removeprefix("http://"),
    "with an upper-case host": lambda url: url.replace("http://127", "HTTP://127"),
    "encoded once more": lambda url: quote(url, safe=""),
    "encoded once more from its query on": lambda url: url.replace("?", "%3F").replace("=", "%3D").replace("&", "%26"),
    "behind a check of links": lambda url: f"https://eur01.safelinks.example/?url={quote(url, safe='')}&data=05",
    "twice": lambda url: url * 2,
}


@pytest.mark.parametrize("paste", PASTED.values(), ids=PASTED)
def test_the_code_is_taken_from_the_address(paste: Callable[[str], str]) -> None:
    attempt = begin()
    assert attempt.answer(paste(answer_to(attempt))).code() == CODE


@pytest.mark.parametrize(
    "text", ["http://[::1/callback?code=1", "http://[oops]/callback", "http://ex\u2100mple.com/", "http://\u2049x"]
)
def test_an_address_that_cannot_be_read_is_a_callback_error(text: str) -> None:
    with pytest.raises(CallbackError):
        begin().answer(text).code()


def test_an_answer_behind_a_check_of_links_needs_the_state_as_well() -> None:
    other = quote(answer_to(begin()), safe="")
    with pytest.raises(StateMismatchError):
        begin().answer(f"https://eur01.safelinks.example/?url={other}").code()


@pytest.mark.parametrize(
    "text",
    [f"{REDIRECT_URI}?{'a=1&' * 500_000}", f"{REDIRECT_URI}?code={'A' * 2_000_000}", "http://" * 300_000],
    ids=["many fields", "a long field", "many schemes"],
)
@pytest.mark.timeout(20)
def test_a_huge_text_is_refused_in_no_time(text: str) -> None:
    with pytest.raises(AuthorizationError) as caught:
        begin().answer(text).code()
    assert len(str(caught.value)) < 300
