"""
How a login looks: one piece of HTML for one Status, so that a change of the status is one message to the front-end.

The class of the state decides, by ``panel.css``, what else of a box is visible. Knows no widgets.
"""

import hashlib
import html
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from spotantic_nb._text import in_html
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import Placement
from spotantic_nb.errors import with_doctor
from spotantic_nb.status import Status

_FILES = files("spotantic_nb.notebook")
STYLE = f"<style>{_FILES.joinpath('panel.css').read_text(encoding='utf-8')}</style>"

_TAKE_THE_ANSWER = html.escape(_FILES.joinpath("answer.js").read_text(encoding="utf-8"))
"""What the link does when it is clicked, besides opening."""

_KEEP_THE_ADDRESS = html.escape(_FILES.joinpath("drawn.js").read_text(encoding="utf-8"))
"""What is done where it is drawn. Of all elements, one that fails to load runs its script wherever it is put."""

_TOKEN_LIFETIME = timedelta(hours=1)
"""Of Spotify's access tokens."""

_CONSENT_LIFETIME = timedelta(days=183)
"""Six months."""

_FOLLOW = "Follow the link and press Agree; the result appears here."
_HERE = "press Ctrl+V (Cmd+V) on this page, or paste it into the box."
_PASTE = f"If the tab ends at an error page, copy its whole address and {_HERE}"
_PASTE_WHATEVER = f"Whatever the tab shows after Agree: copy its whole address and {_HERE}"
_PASTE_ONLY = f"After Agree the tab shows an error page: that is expected. Copy its whole address and {_HERE}"


def status_html(
    status: Status,
    *,
    with_facts: bool = False,
    login: Login | None = None,
    with_address: bool = True,
    placement: Placement | None = None,
) -> str:
    """
    Return the status as HTML, with the link while a login waits for its answer.

    Args:
        status: How the login stands.
        with_facts: Whether to show what is known of the login, with bars for the time left.
        login: The login that waits; its link holds a ``state`` and is shown no longer than that.
        with_address: Whether the link has its address, or the page that shows it does.
        placement: Where the person's browser is, which says what will become of the link.
    """
    state = status.state.replace(" ", "-")
    # A login that waits has its own advice, and so has the page for an app that is not set up.
    has_ended = status.state in {"signed out", "log in again"}
    message = with_doctor(status.message) if has_ended else status.message
    parts = [
        f"<p><span class='spotantic-badge'>{status.state.capitalize()}</span> {in_html(message)}</p>",
        _way(login, placement, with_address=with_address) if login and not login.done else "",
        _table(status) if with_facts else "",
        *(f"<p class='spotantic-note'>Note: {in_html(notice)}</p>" for notice in status.notices),
    ]
    return f"<div class='spotantic-face spotantic-{state}' role='status'>{''.join(parts)}</div>"


def link_to(url: str, *, with_address: bool = True) -> str:
    """
    Return the link that a login starts with, as HTML; it opens a tab of its own and tells it nothing.

    Once it was clicked, an answer that is pasted anywhere on the page is taken.

    Args:
        url: Where it leads.
        with_address: Whether it says so itself; otherwise the page that shows it has kept the address, or asks for it.
    """
    address = f' href="{html.escape(url)}"' if with_address else ""
    # Names the address, and tells nothing of it: there is a state in it that nobody can guess.
    name = hashlib.sha256(url.encode()).hexdigest()[:16]
    return (
        f'<a class="spotantic-link"{address} data-login="{name}" target="_blank" rel="noopener noreferrer" '
        f'onclick="{_TAKE_THE_ANSWER}">Log in to Spotify</a>'
        f'<img hidden alt="" src="data:," onerror="{_KEEP_THE_ADDRESS}">'
    )


def _way(login: Login, placement: Placement | None, *, with_address: bool) -> str:
    return f"<p>{link_to(login.url, with_address=with_address)} {in_html(_advice(login, placement))}</p>"


def _advice(login: Login, placement: Placement | None) -> str:
    """Say what will happen after the click, as far as anybody can know."""
    if login.ends_at_the_landing_page:
        return _FOLLOW
    if login.unreachable:
        return f"{login.unreachable} {_PASTE_WHATEVER}"
    if placement is None or placement.browser == "here":
        return _FOLLOW
    return f"{placement.reason} {_PASTE_ONLY if placement.browser == 'elsewhere' else _PASTE}"


def _table(status: Status) -> str:
    bars = {
        "Token valid until": _bar(status.expires_at, _TOKEN_LIFETIME),
        "Consent ends": _bar(status.consent_ends_at, _CONSENT_LIFETIME),
    }
    rows = "".join(
        f"<tr><th>{html.escape(label)}</th><td>{in_html(text)}{bars.get(label, '')}</td></tr>"
        for label, text in status.facts()
    )
    return f"<table>{rows}</table>" if rows else ""


def _bar(end: datetime | None, lifetime: timedelta) -> str:
    """Return a bar for the part of a lifetime that is left, in steps of two percent; nothing where no end is known."""
    if end is None:
        return ""
    left = round(50 * max(0.0, min(1.0, (end - datetime.now(UTC)) / lifetime))) * 2
    return f' <progress class="spotantic-bar" max="100" value="{left}" aria-label="{left} percent left"></progress>'
