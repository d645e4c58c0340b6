"""No token is shown or kept by what a login is handed to, nor in what comes back."""

import logging
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from functools import partial

import httpx
import httpx2
import pytest
import requests
from clients import Client

from spotantic_nb import InvalidGrantError, Session
from spotantic_nb._bearer import BearerText
from spotantic_nb.handover import _requests
from spotantic_nb.handover._aiohttp import BearerMiddleware
from spotantic_nb.sandbox import Sandbox


@pytest.fixture
def secrets(session: Session) -> list[str]:
    """Access and refresh token, with a masked repr, since a traceback shows the variables of a test as well."""
    token = session.token()
    assert token.refresh_token is not None
    return [BearerText(secret.get_secret_value()) for secret in (token.access_token, token.refresh_token)]


def found_in(shown: str, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret in shown]


def in_full(error: BaseException) -> str:
    """Return all that can be shown of an error: itself, what it holds, and the variables of every frame."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    return "".join([repr(error), str(error), repr(vars(error)), *frames])


class TestNothingIsShown:
    def test_in_the_logs_of_a_client_by_itself_and_what_is_in_it(
        self, client: Client, session: Session, sandbox: Sandbox, secrets: list[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        sandbox.advance(3601)  # the second request is in the logs as well
        shown = client.shown()
        renewed = [BearerText(session.token().access_token.get_secret_value())]
        assert renewed[0] not in secrets
        assert caplog.records
        assert found_in(shown + caplog.text, [*secrets, *renewed]) == []

    def test_by_the_error_of_a_client(self, client: Client, sandbox: Sandbox, secrets: list[str]) -> None:
        sandbox.knobs.api_fault = "401"
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever the client has
            client()
        assert "client()" in in_full(caught.value)
        assert found_in(in_full(caught.value), secrets) == []

    def test_by_the_error_of_a_renewal(self, client: Client, sandbox: Sandbox, secrets: list[str]) -> None:
        sandbox.revoke_consent("ada")
        sandbox.advance(3601)
        with pytest.raises(InvalidGrantError) as caught:
            client()
        assert "client()" in in_full(caught.value)
        assert found_in(in_full(caught.value), secrets) == []


GET: dict[str, Callable[..., httpx.Response | httpx2.Response | requests.Response]] = {
    "httpx": partial(httpx.get, trust_env=False),
    "httpx2": partial(httpx2.get, trust_env=False),
    "requests": partial(requests.get, timeout=30),
}


def auth_of(session: Session, package: str) -> object:
    return session.requests_auth() if package == "requests" else session.httpx_auth()


@pytest.mark.parametrize("package", GET)
class TestPickled:
    def test_what_authenticates_is_the_name_of_the_login_and_works_where_that_is_known(
        self, session: Session, secrets: list[str], package: str
    ) -> None:
        data = pickle.dumps(auth_of(session, package))
        assert found_in(data.decode("latin1"), secrets) == []
        assert GET[package](f"{session.api_url}/me", auth=pickle.loads(data)).status_code == 200

    def test_a_reply_holds_no_token(self, session: Session, secrets: list[str], package: str) -> None:
        reply = GET[package](f"{session.api_url}/me", auth=auth_of(session, package))
        assert reply.status_code == 200
        assert found_in(pickle.dumps(reply).decode("latin1"), secrets) == []
        assert found_in(f"{reply!r}{reply.request.headers!r}{dict(reply.request.headers)}", secrets) == []

    def test_nor_does_one_that_was_asked_for_with_a_header(
        self, session: Session, secrets: list[str], package: str
    ) -> None:
        if package == "requests":  # httpx keeps bytes, whatever it is given
            reply = requests.get(f"{session.api_url}/me", headers=session.headers(), timeout=30)
            assert reply.status_code == 200
            assert found_in(pickle.dumps(reply).decode("latin1"), secrets) == []
            assert found_in(repr(reply.request.headers), secrets) == []


def test_a_pickled_middleware_of_aiohttp_is_the_name_of_the_login(session: Session, secrets: list[str]) -> None:
    data = pickle.dumps(session.aiohttp_middleware())
    assert found_in(data.decode("latin1"), secrets) == []
    assert repr(pickle.loads(data)) == f"<{BearerMiddleware.__name__} for {session.api_url}>"


def test_what_authenticates_shows_the_web_api_that_it_is_for(session: Session) -> None:
    assert repr(session.requests_auth()) == f"<{_requests.BearerAuth.__name__} for {session.api_url}>"
    assert repr(session.httpx_auth()) == f"<BearerAuth for {session.api_url}>"


def test_in_a_process_without_that_login_a_pickle_says_what_to_do(session: Session) -> None:
    data = pickle.dumps(session.credential())
    program = f"import pickle; pickle.loads({data!r}).token()"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "NotLoggedInError: This process has no login of that name. Log in here as well" in ended.stderr
