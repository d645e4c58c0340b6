"""
The place of the kernel: whether it explains that an answer has to be pasted, and which redirect URI would do without.
"""

import sys
from collections.abc import Iterator

from spotantic_nb._text import isolated
from spotantic_nb.auth._placement import container_mark, guessed
from spotantic_nb.auth._redirect_uri import DASHBOARD, DEFAULT_REDIRECT_URI, is_landing_page, loopback_of
from spotantic_nb.auth._registration import THIS_HUB, Registration, jupyter_server, registration
from spotantic_nb.doctor._examined import Examined
from spotantic_nb.doctor._finding import Finding, look_at, ok
from spotantic_nb.settings import AuthSettings
from spotantic_nb.settings._env_file import PREFIX
from spotantic_nb.settings._sources import variable

_BROWSER = f"{PREFIX}BROWSER"


def findings(it: Examined) -> Iterator[Finding]:
    """Yield what there is to say about where this kernel runs."""
    here = it.placement
    guess = guessed(it.environ, sys.modules, container_mark())
    if it.settings.browser == "here" and guess.browser == "elsewhere" and not it.settings.forwarded_to:
        yield look_at(
            "browser-here-on-hosted",
            f"{_BROWSER} is set to here. {guess.reason}",
            f"Remove {_BROWSER} (set by: {isolated(it.origins.get('browser', ''))}), unless you forward the port.",
        )
    elif is_landing_page(it.settings.redirect_uri or ""):
        yield ok("place", "The landing page of the Jupyter server brings the answer; nothing is pasted.")
    elif here.browser == "here" or not it.needs_person:
        done = "" if here.browser == "here" else " Nobody has to be asked: there is a login, or a portable grant."
        yield ok("place", f"{here.reason}{done}")
    else:
        yield _paste(it)


def _paste(it: Examined) -> Finding:
    """Say that the answer has to be pasted, and what would make that needless."""
    here, uri = it.placement, it.settings.redirect_uri or DEFAULT_REDIRECT_URI
    suits = registration(AuthSettings.model_construct(), it.environ, jupyter_server(it.environ))
    if suits.redirect_uri not in {uri, DEFAULT_REDIRECT_URI}:
        text = f"{here.reason} So the address of the answer has to be pasted, which another redirect URI would save."
        return look_at("paste-needed", text, _to_register(it, suits))
    loopback = loopback_of(uri)
    if here.browser == "elsewhere" or loopback is None:
        return ok("place", f"{here.reason} {suits.reason or 'The address of the answer is pasted there.'}")
    return look_at(
        "paste-needed",
        f"{here.reason} Then the address of the answer has to be pasted.",
        f"Have your browser reach port {loopback.port} of this machine (ssh -L {loopback.port}:127.0.0.1:"
        f"{loopback.port}, the port forwarding of VS Code, or a container with --network=host); set {_BROWSER}=here. "
        "Or paste, which works as well.",
    )


def _to_register(it: Examined, suits: Registration) -> str:
    lines = " ".join(f"`{variable(name)}={isolated(value)}`" for name, value in suits.missing_in(it.settings).items())
    whole = "" if suits.is_whole else f", with the address of your hub in place of {THIS_HUB}"
    return (
        f"{suits.reason} Register `{isolated(suits.redirect_uri)}` in Spotify's dashboard ({DASHBOARD}) and write "
        f"{lines} into {isolated(it.env_file)}{whole}."
    )
