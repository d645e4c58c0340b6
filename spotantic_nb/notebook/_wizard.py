"""The page of a panel where no app is set up yet: three steps from an empty project to the first login."""

import html

import ipywidgets as widgets

from spotantic_nb._foreign_text import in_html, isolated
from spotantic_nb.auth._redirect_uri import DASHBOARD, DEFAULT_REDIRECT_URI, to_register
from spotantic_nb.notebook import _acts
from spotantic_nb.notebook._kit import Kit, SecretBox
from spotantic_nb.session import Session

_STEPS = """
<p>Three steps, once per project:</p>
<ol>
<li>Open <a href="{dashboard}" target="_blank" rel="noopener noreferrer">Spotify's dashboard</a>, create an app and tick
<i>Web API</i>. Its owner needs Premium; other people who log in stand under <i>User Management</i>.</li>
<li>As redirect URI, register this line, exactly so: <input class="spotantic-copy" readonly value="{redirect_uri}"
aria-label="Redirect URI to register"> {reason}</li>
<li>Copy the app's client id from its settings into the box below. The client secret is needed for the flows
<i>code</i> and <i>client</i> only; leave it out unless you want one of them.</li>
</ol>
<p>They are written into <code>{env_file}</code>; a secret makes that file one that only you can read.</p>
"""


class Wizard:
    """
    Say what to do in the dashboard, take what comes of it, and go on to the login; or try the sandbox first.

    Args:
        kit: Makes the widgets.
        session: Tells the redirect URI and the project's folder.
    """

    def __init__(self, kit: Kit, session: Session) -> None:
        self._kit = kit
        redirect_uri, reason = to_register(session.settings.redirect_uri or DEFAULT_REDIRECT_URI)
        steps = _STEPS.format(
            dashboard=DASHBOARD,
            redirect_uri=html.escape(redirect_uri),
            reason=in_html(reason),
            env_file=in_html(isolated(session.env_file)),
        )
        self._id = kit.make(widgets.Text, description="Client id", placeholder="32 characters, 0 to 9 and a to f")
        self._secret = kit.make(SecretBox, description="Secret", placeholder="only for the flows code and client")
        buttons = [
            kit.button("Save and log in", self._save, button_style="primary"),
            kit.button("Try the sandbox", _acts.use_sandbox, tooltip="An offline Spotify: no account, no app"),
        ]
        self.rows = [
            kit.make(widgets.HTML, "wizard", value=steps),
            self._id,
            self._secret,
            kit.make(widgets.HBox, children=buttons),
            kit.make(widgets.HTML, value="The sandbox is an offline Spotify on this machine: no account, no app."),
        ]

    def close(self) -> None:
        """Close all widgets of this page."""
        self._kit.close()

    def _save(self) -> None:
        secret = self._secret.take()
        if secret is not None:  # a double click would go on without the secret that its first half took
            _acts.set_up(self._id.value, secret)
