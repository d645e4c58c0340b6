"""
The page of the panel where no app is set up: three steps from an empty project to the first login.
"""

import html
from dataclasses import replace

import ipywidgets as widgets

from spotantic_nb._text import in_html, isolated
from spotantic_nb.auth._redirect_uri import DASHBOARD
from spotantic_nb.auth._registration import THIS_HUB, Registration, registration_here
from spotantic_nb.notebook import _actions
from spotantic_nb.notebook._widgets import SecretBox, WidgetFactory
from spotantic_nb.session import Session

# In an inline handler, ``this`` is the button; the browser knows the address of the hub that it shows. Where nothing
# may be copied by a script, the line is selected and Ctrl+C copies it.
_COPY = f"""
const line = this.previousElementSibling;
line.value = line.value.replace('{THIS_HUB}', location.origin);
line.select();
if (navigator.clipboard) navigator.clipboard.writeText(line.value); else document.execCommand('copy');
"""

_STEPS = """
<p>Three steps, once per project:</p>
<ol>
<li>Open <a href="{dashboard}" target="_blank" rel="noopener noreferrer">Spotify's dashboard</a>, create an app and tick
<i>Web API</i>. Its owner needs Premium; other people who log in stand under <i>User Management</i>.</li>
<li>As redirect URI, register this line, exactly so: <input class="spotantic-copy" readonly value="{redirect_uri}"
aria-label="Redirect URI to register"><button class="spotantic-copies" type="button" onclick="{copy}">Copy</button>
{reason}</li>
<li>Copy the app's client id from its settings into the box below. The client secret is needed for the flows
<i>code</i> and <i>client</i> only; leave it out unless you want one of them.</li>
</ol>
<p>They are written into <code>{env_file}</code>; a secret makes that file one that only you can read.</p>
"""


class Wizard:
    """
    Show what to do in the dashboard, take client id and secret, and begin the login; or try the sandbox first.

    Args:
        factory: Makes the widgets.
        session: Tells the redirect URI and the project's folder.
    """

    def __init__(self, factory: WidgetFactory, session: Session) -> None:
        self._factory = factory
        self._registration = registration_here(session.settings)
        self._id = factory.make(widgets.Text, description="Client id", placeholder="32 characters, 0 to 9 and a to f")
        self._secret = factory.make(SecretBox, description="Secret", placeholder="only for the flows code and client")
        self._redirect_uri = factory.make(
            widgets.Text, description="Redirect", placeholder="the redirect URI that you have registered"
        )
        if self._registration.is_whole:
            self._redirect_uri.value = self._registration.redirect_uri
        buttons = [
            factory.button("Save and log in", self._save, button_style="primary"),
            factory.button("Try the sandbox", _actions.use_sandbox, tooltip="An offline Spotify: no account, no app"),
        ]
        self.rows = [
            factory.make(widgets.HTML, "wizard", value=_steps(self._registration, session)),
            self._id,
            self._secret,
            *([] if self._registration.is_whole else [self._redirect_uri]),
            factory.make(widgets.HBox, children=buttons),
            factory.make(widgets.HTML, value="The sandbox is an offline Spotify on this machine: no account, no app."),
        ]

    def close(self) -> None:
        """Close all widgets of this page."""
        self._factory.close()

    def _save(self) -> None:
        secret = self._secret.take()
        if secret is not None:  # a double click would go on without the secret that its first half took
            registered = replace(self._registration, redirect_uri=self._redirect_uri.value)
            _actions.set_up(self._id.value, secret, registered)


def _steps(registered: Registration, session: Session) -> str:
    return _STEPS.format(
        dashboard=DASHBOARD,
        redirect_uri=html.escape(registered.redirect_uri),
        copy=html.escape(_COPY),
        reason=in_html(registered.reason),
        env_file=in_html(isolated(session.env_file)),
    )
