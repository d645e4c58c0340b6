"""A loan: the access token of now, sent to other processes by a broadcast."""

import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from rich.pretty import pretty_repr

from spotantic_nb import NotLoggedInError, Session, TokenExpiredError
from spotantic_nb.handover import _loan
from spotantic_nb.sandbox import Sandbox

PROGRAM = """
import pickle, sys, httpx
loan = pickle.load(sys.stdin.buffer)
print(httpx.get(f"{loan.api_url}/me", headers=loan.headers(), trust_env=False).json()["display_name"])
"""


def test_another_process_uses_it_without_a_login(session: Session) -> None:
    loan = pickle.dumps(session.loan())
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=loan, capture_output=True, check=True)
    assert done.stdout.decode() == "Ada Fjordmark\n"


def test_its_pickle_holds_the_access_token_and_nothing_else_of_the_login(session: Session, sandbox: Sandbox) -> None:
    token, loan = session.token(), pickle.dumps(session.loan())
    assert token.refresh_token is not None
    assert token.access_token.get_secret_value().encode() in loan
    for other in (token.refresh_token.get_secret_value(), sandbox.client_id, sandbox.client_secret, "Ada", "ada"):
        assert other.encode() not in loan


def test_it_is_masked_wherever_it_is_shown(session: Session) -> None:
    loan = session.loan()
    shown = [repr(loan), str(loan), pretty_repr(loan), repr(loan.headers()), repr(loan.token())]
    assert session.token().access_token.get_secret_value() not in "".join(shown)


def test_it_ends_with_the_token_and_says_so(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    loan = session.loan()
    assert loan.expires_at == session.token().expires_at
    monkeypatch.setattr(_loan, "_now", lambda: loan.expires_at - timedelta(seconds=61))
    assert loan.token()
    monkeypatch.setattr(_loan, "_now", lambda: loan.expires_at - timedelta(seconds=59))
    with pytest.raises(TokenExpiredError, match=r"lent here ends at \d\d:\d\d:\d\d UTC.*session.loan\(\)"):
        loan.headers()


def test_one_of_an_expired_token_is_of_the_next_one(session: Session, sandbox: Sandbox) -> None:
    sandbox.knobs.access_lifetime = 30
    session.refresh()
    sandbox.knobs.access_lifetime = 3600
    assert session.loan().expires_at > datetime.now(UTC) + timedelta(minutes=50)


def test_without_a_login_there_is_none(session: Session) -> None:
    session.logout()
    with pytest.raises(NotLoggedInError):
        session.loan()
