"""
A login of another program in a notebook: where one is offered, and what ``%spotantic_login --bring PATH`` makes of it.
"""

from argparse import Namespace
from pathlib import Path

from spotantic_nb._text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._foreign_tokens import TokenSource
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.notebook import _sandbox_switch
from spotantic_nb.session import Session
from spotantic_nb.settings._types import regular
from spotantic_nb.status import Status

_FOR_A_PERSON = ("scope", "paste", "no_browser", "force", "switch_user", "timeout")
"""The arguments that say how a person is asked, and for what."""


@hides_locals
def bring(wanted: Namespace) -> None:
    """
    Take over the login in a file, as the arguments of the magic say.

    Raises:
        ConfigurationError: They contradict each other, or no app is set up.
        TokenStoreError: The file holds no login that can be renewed.
        TokenRequestError: The accounts service does not renew it.
    """
    _refuse_contradictions(wanted)
    session = Session.current()
    session.bring(Path(regular(wanted.bring)), flow=wanted.flow)
    for notice in session.status.notices:
        print(f"Note: {notice}")
    print(session.status.message)


def offered(status: Status) -> list[TokenSource]:
    """Return the files to offer: none unless nobody is logged in, and never for the sandbox, which they are not of."""
    is_of_use = status.state == "signed out" and not _sandbox_switch.is_on()
    return Session.current().sources_nearby() if is_of_use else []


def offers_in_words(status: Status) -> list[str]:
    """Return a line for each file to offer, with what brings it along."""
    return [
        f'%spotantic_login --bring "{isolated(source.path)}": the login of {source.program}, as it is'
        for source in offered(status)
    ]


def _refuse_contradictions(wanted: Namespace) -> None:
    given = [f"--{name.replace('_', '-')}" for name in _FOR_A_PERSON if getattr(wanted, name)]
    if given:
        raise ConfigurationError(
            f"--bring takes a login over as it is and asks nobody, so {' and '.join(given)} cannot stand beside it.",
            hint="Leave out one or the other.",
        )
    if _sandbox_switch.is_on():
        raise ConfigurationError(
            "The sandbox is on, and what Spotify gave to another program is never sent to it.",
            hint="Run %spotantic_sandbox off first.",
        )
