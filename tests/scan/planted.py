"""Secrets in notebooks, in every way that a cell can leave one there; and what must be left when they are cleared."""

import base64
import json
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import nbformat

from spotantic_nb import Session
from spotantic_nb.sandbox import ScriptedUser

# What the cells below call the secrets of their project. A further login makes a link that waits, and a code.
SECRETS = """
import base64, io, json, sys
from urllib.parse import quote
import ipywidgets as widgets
from IPython.display import display
from spotantic_nb import Session
from spotantic_nb.sandbox import ScriptedUser

session = Session.current()
token = session.token().model_dump(mode="json")
access, refresh, secret = token["access_token"], token["refresh_token"], session.settings.require("client_secret")[0]
credential = base64.b64encode(f"{'ab' * 16}:{secret}".encode()).decode()
link = session.login("pkce", force=True, wait=False).url
answer = ScriptedUser().answer(link)
"""

OUTPUTS = {
    "print(access)": "access token",
    "print(refresh, file=sys.stderr)": "refresh token or authorization code",
    "print(access[:40], end=''); print(access[40:])": "access token",
    "access": "access token",
    "{'access_token': access, 'expires_in': 3600}": "access token",
    "token | {'access_token': ''}": "refresh token",
    "print(json.dumps(token | {'access_token': ''}, indent=1))": "refresh token",
    "print(repr(f'token:\\n{access}'))": "access token",
    "print(f'\\x1b[1;31m{access}\\x1b[0m')": "access token",
    "print({'Authorization': f'Bearer {access}'})": "access token",
    "print(f'Authorization: Basic {credential}')": "authorization header",
    "print(answer)": "authorization code",
    "print(quote(answer, safe=''))": "authorization code",
    "print(link)": "link of a login",
    "print('https://accounts.spotify.com/login?continue=' + quote(link, safe=''))": "link of a login",
    "print(f'grant_type=client_credentials&client_secret={secret}')": "client secret",
    "print('SPOTANTIC_AUTH_CLIENT_SECRET=' + repr(secret))": "client secret",
    "print(f'SPOTANTIC_AUTH_REFRESH_TOKEN={refresh}')": "refresh token",
    "import pandas; pandas.options.display.max_colwidth = None; pandas.DataFrame({'token': [access]})": "access token",
    "pandas.DataFrame({'name': ['client_secret'], 'value': [secret]})": "client secret",
    "display({'text/html': f'<b>{access}</b>'}, raw=True)": "access token",
    'display({\'text/html\': f\'<a href="{link.replace("&", "&amp;")}">Log in</a>\'}, raw=True)': "link of a login",
    "display({'text/markdown': f'`{refresh}`'}, raw=True)": "refresh token or authorization code",
    "display({'text/latex': f'$${access}$$'}, raw=True)": "access token",
    "display({'image/svg+xml': f'<svg><text>{access}</text></svg>'}, raw=True)": "access token",
    "display({'application/json': [{'client_secret': secret}]}, raw=True)": "client secret",
    "display({'application/javascript': f'// {access}'}, raw=True)": "access token",
    "display({'application/vnd.own+json': {'deep': [1, {'er': access}]}}, raw=True)": "access token",
    "display({'image/png': base64.b64encode(b'\\x89PNG\\x00' + access.encode()).decode()}, raw=True)": "access token",
    "display({'text/plain': ''}, metadata={'text/plain': {'note': access}}, raw=True)": "access token",
    "page = base64.b64encode(f'<p>{access}</p>'.encode()).decode()\n"
    "display({'text/html': f'<iframe src=\"data:text/html;base64,{page}\"></iframe>'}, raw=True)": "access token",
    "shown = display('nothing yet', display_id=True); shown.update(access);": "access token",
    "raise ValueError(f'401 for {access}')": "access token",
    "{}[refresh]": "refresh token or authorization code",
    "import rich; rich.print({'access_token': access})": "access token",
}
"""Cells that leave one secret in their outputs, and what it is."""

FAILING = {code for code in OUTPUTS if code.startswith(("raise", "{}["))}
"""Those that end a notebook where nobody says that they may."""

WIDGETS = {
    "widgets.Text(access)": "access token",
    "widgets.Password(value=refresh)": "refresh token or authorization code",
    "widgets.HTML(f'<a href=\"{link}\">Log in</a>')": "link of a login",
    "widgets.VBox([widgets.Label(f'client_secret: {secret}')])": "client secret",
    "widgets.Dropdown(options=['none', answer])": "authorization code",
    "widgets.Image(value=json.dumps({'Authorization': f'Basic {credential}'}).encode())": "authorization header",
}
"""Cells that leave one in the state of their widgets, where that is saved."""


def log_in() -> list[str]:
    """Log in to the project of the current folder, and return what no notebook may keep."""
    session = Session()
    login = session.login("pkce", wait=False)
    assert login
    ScriptedUser().follow(login.url)
    session.wait_for(login)
    token = session.token().model_dump(mode="json")
    return [token["access_token"], token["refresh_token"], *session.settings.require("client_secret")]


def secrets_of_links(text: str) -> set[str]:
    """Return the states and codes of links and answers in a text."""
    words = text.replace("&amp;", "&").replace("\\n", " ").replace('"', " ").replace("'", " ").split()
    queries = [parse_qs(urlsplit(word).query) for word in words if "state=" in word]
    return {value for query in queries for name in ("state", "code") for value in query.get(name, [])}


def write(path: Path, cells: list[str]) -> Path:
    """Write a notebook with these cells, each of which may fail."""
    made = [nbformat.v4.new_code_cell(cell, metadata={"tags": ["raises-exception"]}) for cell in cells]
    notebook = nbformat.v4.new_notebook(cells=made)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


def without(document: dict[str, Any], *, outputs: dict[int, list[int]], attachments: dict[int, list[str]]) -> Any:
    """Return a notebook without some outputs and attachments of its cells, which are counted from 0."""
    left = deepcopy(document)
    for cell, indices in outputs.items():
        old = left["cells"][cell]["outputs"]
        left["cells"][cell]["outputs"] = [output for index, output in enumerate(old) if index not in indices]
    for cell, names in attachments.items():
        for name in names:
            del left["cells"][cell]["attachments"][name]
    return left


def as_jupyter_writes(document: Any) -> str:
    """Return a notebook as nbformat writes it."""
    return f"{json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, separators=(',', ': '))}\n"


def outputs_with(document: dict[str, Any], secrets: list[str]) -> dict[int, list[int]]:
    """Return which outputs of which cells hold a secret, by its value alone."""
    return {
        number: [index for index, output in enumerate(cell["outputs"]) if holding(json.dumps(output), secrets)]
        for number, cell in enumerate(document["cells"])
    }


def holding(text: str, secrets: list[str]) -> list[str]:
    """Return the beginnings of the secrets that stand in a text, as they are or in base64; rich breaks them in two."""
    text = text.replace("\\u001b[1;31m", "")
    return [secret[:4] for secret in secrets if any(form in text for form in (secret[:30], *in_base64(secret[:30])))]


def in_base64(secret: str) -> list[str]:
    """Return what stands in base64 for the middle of a text, wherever it begins."""
    return [base64.b64encode(f"{'x' * shift}{secret}".encode()).decode()[4:-4] for shift in range(3)]
