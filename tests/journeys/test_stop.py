"""Stop while a slow service renews the token: the cell is back at once, and nothing of the renewal is lost."""

import time

import pytest
from kernels import NOTEBOOK, Kernel
from logins import token_requests

from spotantic_nb.sandbox import Sandbox, ScriptedUser

SLOW = 6.0
"""Seconds that the service takes to renew a token; a cell that is stopped is back in half of that."""

SEEN = "receive_response_headers.started"
"""What is logged once the question has been sent."""

HELP = f"""
import logging
from spotantic_nb import Session
session = Session.current()
client, async_client = session.client(), session.async_client()

class Show(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("{SEEN}"):
            print(record.getMessage())

log = logging.getLogger("httpcore.http11")
log.setLevel("DEBUG")
log.addHandler(Show())
"""


@pytest.fixture
def expired(kernel: Kernel, sandbox: Sandbox) -> Kernel:
    """A kernel whose token has expired, of a login at a service that has become slow."""
    sandbox.knobs.access_lifetime = 1
    login = kernel.run("%spotantic_login", metadata=NOTEBOOK)
    kernel.wait_until(lambda: "authorize?" in kernel.models.text_of(login.box))
    ScriptedUser().follow(kernel.value("__import__('spotantic_nb').Session.current().pending_login.url"))
    assert kernel.run(f"{HELP}\nlogin = session.pending_login\nif login: session.wait_for(login)").ok
    sandbox.knobs.access_lifetime, sandbox.knobs.token_delay = 3600, SLOW
    return kernel


@pytest.mark.parametrize(
    "question",
    ["session.token()", 'client.get("me")', "await session.atoken()", 'await async_client.get("me")'],
)
def test_stop_during_a_renewal_ends_the_cell_and_the_next_has_its_token(
    expired: Kernel, sandbox: Sandbox, question: str
) -> None:
    before = token_requests(sandbox)
    cell = expired.send(question)
    expired.wait_until(lambda: SEEN in cell.text)
    stopped_at = time.monotonic()
    expired.interrupt()
    expired.wait_until(lambda: cell.is_done)
    took = time.monotonic() - stopped_at
    assert not cell.ok
    assert took < SLOW / 2
    assert token_requests(sandbox) == before  # which the service answers later
    assert expired.run("log.setLevel('WARNING')").ok
    assert expired.value("client.get('me').status_code") == "200"
    assert token_requests(sandbox) == before + 1
