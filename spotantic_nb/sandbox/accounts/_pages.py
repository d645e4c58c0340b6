"""
The pages a person sees: consent, login, and the one that leads nowhere.

No scripts, nothing loaded, everything escaped, and no field for a password. The look is the sandbox's own.
Addresses are relative, for a proxy may show the sandbox below a path of its own.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from importlib.resources import files

from spotantic_nb.sandbox._people import Person
from spotantic_nb.sandbox.accounts._authorization_request import AuthorizationRequest, in_plain_words

_NO_SCOPES = "<li><span>See only what is public</span><code>no scopes</code></li>"
_STYLE = files("spotantic_nb.sandbox").joinpath("pages.css").read_text(encoding="utf-8")
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()

_HEADERS = {
    # No form-action: Chromium applies it to the redirect after the form as well, which goes to the app (CSP 3, 6.4.2).
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def headers(coop: str | None) -> dict[str, str]:
    """Return the headers of every page, with this ``Cross-Origin-Opener-Policy`` where one is given."""
    return _HEADERS if coop is None else {**_HEADERS, "Cross-Origin-Opener-Policy": coop}


def consent_page(
    asked: AuthorizationRequest, people: Mapping[str, Person], *, pending: str, signed_in: str | None
) -> str:
    """Return the page that asks a person to agree; ``pending`` is the handle its form sends back."""
    name = escape(asked.app.name)
    return _page(
        f"Allow {name}?",
        f"""
        <form method="post" action="authorize">
          <input type="hidden" name="pending" value="{escape(pending)}">
          <p class="eyebrow">An app asks for access</p>
          <h1>{name}</h1>
          <h2>It would be able to</h2>
          {_scope_list(asked.scopes)}
          {_people_choice("Answer as", people, signed_in=signed_in)}
          <div class="actions">
            <button type="submit" name="decision" value="accept" class="primary">Agree</button>
            <button type="submit" name="decision" value="cancel">Cancel</button>
          </div>
          <p class="note">Either answer goes back to <code>{escape(asked.redirect_uri)}</code></p>
        </form>
        """,
    )


def login_page(people: Mapping[str, Person], *, goes_on_to: str) -> str:
    """Return the page that asks who is sitting at the browser."""
    return _page(
        "Who are you?",
        f"""
        <form method="post" action="login">
          <input type="hidden" name="continue" value="{escape(goes_on_to)}">
          <p class="eyebrow">Log in</p>
          <h1>Who are you today?</h1>
          {_people_choice("Log in as", people, signed_in=None)}
          <div class="actions"><button type="submit" class="primary">Continue</button></div>
          <p class="note">These people are invented. Nobody here has a password.</p>
        </form>
        """,
    )


def silent_page() -> str:
    """Return a page without a way back, as seen by someone who never answers."""
    return _page(
        "Nothing happens",
        """
        <p class="eyebrow">Waiting</p>
        <h1>Nothing happens here</h1>
        <p class="note">The sandbox was told not to answer, so the app has to notice by itself.</p>
        """,
    )


def _page(title: str, content: str) -> str:
    return f"""<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{title} (sandbox)</title>
    <style>{_STYLE}</style>
  </head>
  <body>
    <header role="note">
      <strong>SANDBOX</strong> — an offline imitation of Spotify. Do not type real passwords.
    </header>
    <main>{content}</main>
  </body>
</html>
"""


def _scope_list(scopes: Iterable[str]) -> str:
    rows = "".join(
        f"<li><span>{escape(text)}</span><code>{escape(scope)}</code></li>" for scope, text in in_plain_words(scopes)
    )
    return f'<ul class="scopes">{rows or _NO_SCOPES}</ul>'


def _people_choice(legend: str, people: Mapping[str, Person], *, signed_in: str | None) -> str:
    chosen = signed_in or next(iter(people))
    choices = "".join(_person(person, is_chosen=person.user_id == chosen) for person in people.values())
    return f"<fieldset><legend>{legend}</legend>{choices}</fieldset>"


def _person(person: Person, *, is_chosen: bool) -> str:
    checked = " checked" if is_chosen else ""
    return f"""
      <label class="person">
        <input type="radio" name="user" value="{escape(person.user_id)}"{checked}>
        <span class="initial" aria-hidden="true">{escape(person.name[0])}</span>
        <span><b>{escape(person.name)}</b><small>{escape(person.taste)}</small></span>
      </label>"""
