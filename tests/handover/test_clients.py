"""Other clients go on from one login: they renew in one place, and send nothing of ours anywhere else."""

import asyncio
import logging
import pickle
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest
import requests
from clients import Ask, Elsewhere, at_once, refreshes
from spotipy import Spotify
from spotipy.exceptions import SpotifyException

from spotantic_nb import ConfigurationError, InvalidGrantError, NotLoggedInError, Session, models
from spotantic_nb.auth import _accounts, _base
from spotantic_nb.sandbox import Sandbox
from spotantic_nb.session._clients import _part


def set_clock(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    for module in (models, _accounts):
        monkeypatch.setattr(module, "_now", lambda: datetime.now(UTC) + by)


class TestOneRefresh:
    def test_for_all_who_find_the_token_over(self, ask: Ask, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        sandbox.advance(3601)
        set_clock(monkeypatch, timedelta(seconds=3601))
        assert at_once(ask) == [200] * 20
        assert refreshes(sandbox) == 1

    def test_for_all_who_are_refused_at_once(self, ask: Ask, sandbox: Sandbox) -> None:
        sandbox.advance(3601)
        assert at_once(ask) == [200] * 20
        assert refreshes(sandbox) == 1

    def test_for_all_who_are_refused_one_after_the_other(self, session: Session, sandbox: Sandbox) -> None:
        credential = session.credential()
        stale = credential.token()
        sandbox.advance(3601)
        sandbox.knobs.token_delay = 0.05
        renewed = []
        threads = [
            threading.Timer(0.03 * number, lambda: renewed.append(credential.renew(after=stale)))
            for number in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(set(renewed)), len(renewed), refreshes(sandbox)) == (1, 20, 1)

    def test_with_a_clock_that_was_set_back(self, ask: Ask, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        sandbox.advance(3601)
        set_clock(monkeypatch, timedelta(hours=-2))
        assert at_once(ask) == [200] * 20
        assert refreshes(sandbox) == 1

    async def test_for_the_tasks_of_a_loop(self, session: Session, sandbox: Sandbox) -> None:
        sandbox.advance(3601)
        async with session.async_client(trust_env=False) as client:
            replies = await asyncio.gather(*(client.get("me") for _ in range(20)))
        assert {reply.status_code for reply in replies} == {200}
        assert refreshes(sandbox) == 1


class TestARefusalThatLasts:
    @pytest.fixture
    def api_url(self) -> Iterator[str]:
        """A Web API that knows no token of the session's accounts service."""
        with Sandbox() as stranger:
            yield stranger.api_url

    def test_costs_one_refresh_and_is_the_clients_own_error(self, ask: Ask, sandbox: Sandbox) -> None:
        assert {ask() for _ in range(50)} == {401}
        assert refreshes(sandbox) <= 1

    def test_is_looked_into_again_after_a_minute(
        self, session: Session, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        credential = session.credential()
        token = credential.renew(after=credential.token())
        assert credential.renew(after=token) == token
        later = _base._monotonic() + 61
        monkeypatch.setattr(_base, "_monotonic", lambda: later)
        assert credential.renew(after=token) != token


class TestABody:
    """It is sent again with another token, but for one that is gone once it was sent: then the refusal is told."""

    @pytest.mark.parametrize("package", ["httpx", "requests"])
    @pytest.mark.parametrize("is_stream", [False, True])
    def test_is_sent_again_if_it_can_be(
        self, session: Session, sandbox: Sandbox, package: str, *, is_stream: bool
    ) -> None:
        sandbox.advance(3601)
        address, body = f"{session.api_url}/me", (part for part in [b"a body"]) if is_stream else b"a body"
        if package == "httpx":
            reply = httpx.request("GET", address, content=body, auth=session.httpx_auth(), trust_env=False).status_code
        else:
            reply = requests.get(address, data=body, auth=session.requests_auth(), timeout=30).status_code
        assert (reply == 401, refreshes(sandbox)) == ((True, 0) if is_stream else (False, 1))


class TestADeadLogin:
    def test_is_one_request_and_a_typed_error_for_all(self, ask: Ask, sandbox: Sandbox) -> None:
        sandbox.revoke_consent("ada")
        sandbox.advance(3601)
        assert at_once(ask) == [InvalidGrantError] * 20
        assert refreshes(sandbox) == 1
        assert at_once(ask) == [InvalidGrantError] * 20
        assert refreshes(sandbox) == 1

    def test_without_a_login_it_is_said(self, ask: Ask, session: Session) -> None:
        session.logout()
        with pytest.raises(NotLoggedInError):
            ask()


class TestOtherServices:
    def test_get_nothing_of_ours(self, session: Session) -> None:
        with Sandbox() as other:
            httpx.get(f"{other.api_url}/me", auth=session.httpx_auth(), trust_env=False)
            requests.get(f"{other.api_url}/me", auth=session.requests_auth(), timeout=30)
            assert [seen.authorization for seen in other.requests] == [None, None]

    @pytest.fixture
    def elsewhere(self) -> Iterator[Elsewhere]:
        with Elsewhere() as elsewhere:
            yield elsewhere

    @pytest.fixture
    def api_url(self, elsewhere: Elsewhere) -> str:
        return elsewhere.api_url

    @pytest.mark.parametrize("package", ["httpx", "requests"])
    def test_get_nothing_of_ours_by_a_redirect_and_cause_no_refresh_by_refusing(
        self, session: Session, sandbox: Sandbox, elsewhere: Elsewhere, package: str
    ) -> None:
        me = f"{session.api_url}/me"
        elsewhere.seen_by_ours.clear()  # the login has asked whose it is
        if package == "httpx":
            reply = httpx.get(me, auth=session.httpx_auth(), follow_redirects=True, trust_env=False).status_code
        else:
            reply = requests.get(me, auth=session.requests_auth(), timeout=30).status_code
        assert (reply, len(elsewhere.seen_by_ours), elsewhere.seen_by_the_other) == (401, 1, [None])
        assert elsewhere.seen_by_ours[0] is not None
        assert refreshes(sandbox) == 0


class TestPickled:
    @pytest.mark.parametrize("package", ["httpx", "requests"])
    def test_it_is_the_name_of_the_login_and_works_where_that_is_known(self, session: Session, package: str) -> None:
        token, me = str(session.credential().token()), f"{session.api_url}/me"
        data = pickle.dumps(session.httpx_auth() if package == "httpx" else session.requests_auth())
        assert token.encode() not in data
        get = partial(httpx.get, trust_env=False) if package == "httpx" else partial(requests.get, timeout=30)
        assert get(me, auth=pickle.loads(data)).status_code == 200

    def test_in_a_process_without_that_login_it_says_what_to_do(self, session: Session) -> None:
        data = pickle.dumps(session.credential())
        program = f"import pickle; pickle.loads({data!r}).token()"
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert "NotLoggedInError: This process has no login of that name. Log in here as well" in ended.stderr


class TestSecrets:
    def test_neither_what_authenticates_nor_what_came_back_shows_or_keeps_the_token(
        self, session: Session, spotipy_client: Spotify, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        token = str(session.credential().token())
        me = f"{session.api_url}/me"
        for auth, reply in (
            (session.httpx_auth(), httpx.get(me, auth=session.httpx_auth(), trust_env=False)),
            (session.requests_auth(), requests.get(me, auth=session.requests_auth(), timeout=30)),
        ):
            assert reply.status_code == 200
            assert token not in repr(auth) + repr(reply.request.headers) + repr(reply)
            assert token.encode() not in pickle.dumps(reply)
        spotipy_client.current_user()
        assert "Sending GET" in caplog.text  # spotipy's own log, with the header as it sees it
        assert token not in caplog.text

    def test_no_local_variable_of_a_renewal_that_fails_holds_the_token(
        self, ask: Ask, session: Session, sandbox: Sandbox
    ) -> None:
        token = str(session.credential().token())
        sandbox.revoke_consent("ada")
        sandbox.advance(3601)
        with pytest.raises(InvalidGrantError) as caught:
            ask()
        shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
        assert "ask()" in shown
        assert token not in shown.replace(repr(token), "", 1)  # that of this very function


class TestSpotipy:
    def test_a_used_up_quota_is_told_at_once(self, spotipy_client: Spotify, sandbox: Sandbox) -> None:
        sandbox.knobs.api_fault = "429_long"
        asked = len(sandbox.requests)
        with pytest.raises(SpotifyException, match="it asks to wait") as caught:
            spotipy_client.current_user()
        assert (caught.value.http_status, len(sandbox.requests) - asked) == (429, 1)

    def test_a_short_pause_is_sat_through(self, spotipy_client: Spotify, sandbox: Sandbox) -> None:
        sandbox.knobs.api_fault, sandbox.knobs.api_fault_count = "429", 1
        assert spotipy_client.current_user()["display_name"] == "Ada Fjordmark"

    def test_its_repr_and_that_of_what_is_in_it_show_no_token(self, session: Session, spotipy_client: Spotify) -> None:
        token = str(session.credential().token())
        assert token not in "".join(map(repr, [spotipy_client, *vars(spotipy_client).values()]))


def test_a_package_that_is_not_there_is_named_with_the_command() -> None:
    with pytest.raises(ConfigurationError, match="Run: pip install nowhere"):
        _part("nowhere", "anything")
