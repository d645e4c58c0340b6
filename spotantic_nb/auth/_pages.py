"""
What the person sees in the tab that Spotify sends back to this machine.

Static: nothing of the request is ever echoed, nothing is loaded, nothing runs (RFC 9700, section 4.2.4).
"""

import base64
import hashlib

_STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem}"
    "h1{font-size:1.6rem}:root{color-scheme:light dark}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'",
    ),
    ("Connection", "close"),
)


def _page(title: str, text: str) -> bytes:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>{text}</p></html>"
    ).encode()


GRANTED = _page("You can close this tab", "Spotify's answer has arrived; your notebook finishes the login.")
DENIED = _page("Nothing was granted", "Your notebook says why. You can close this tab and log in again.")
REFUSED = _page(
    "This is not the page you want",
    "If Spotify sent you here, copy the whole address of this tab and paste it where you began the login. "
    "Otherwise go back there and follow the link.",
)
