"""All items of a list, for whatever takes an iterable."""

import importlib.util
import logging
import pickle
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pandas as pd
import pytest
from clients import refreshes
from logins import nobody_answers
from web_apis import ScriptedWebApi

from spotantic_nb import ConfigurationError, InvalidGrantError, NotLoggedInError, Session, WebApiError
from spotantic_nb.handover import _patience
from spotantic_nb.sandbox import Sandbox


@pytest.fixture
def scope() -> str:
    return "user-top-read user-library-read user-read-recently-played"


@pytest.fixture(autouse=True)
def _short_backoffs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_patience, "_BACKOFFS", (0.01,) * 4)


def asked(sandbox: Sandbox) -> list[dict[str, str]]:
    """Return the query of each request to the Web API since the login, which asks whose it is."""
    return [dict(seen.query) for seen in sandbox.requests if seen.path.startswith("/v1/") and seen.path != "/v1/me"]


class TestPages:
    def test_eighty_rows_are_two_requests(self, session: Session, sandbox: Sandbox) -> None:
        rows = pd.DataFrame(session.items("/me/tracks"))
        assert (len(rows), [page["limit"] for page in asked(sandbox)]) == (80, ["50", "50"])
        assert rows["track"].str["id"].nunique() == 80

    def test_each_use_asks_anew(self, session: Session) -> None:
        saved = session.items("/me/tracks")
        assert len(list(saved)) == len(list(saved)) == 80

    def test_a_page_is_asked_for_when_it_is_used(self, session: Session, sandbox: Sandbox) -> None:
        assert len(list(islice(session.items("/me/tracks"), 50))) == 50
        assert len(asked(sandbox)) == 1

    def test_the_history_is_followed_by_its_cursors(self, session: Session) -> None:
        played = [play["played_at"] for play in session.items("/me/player/recently-played")]
        assert len(played) > 100
        assert played == sorted(set(played), reverse=True)

    def test_pages_under_a_key_are_found_and_are_as_large_as_a_search_takes(
        self, session: Session, sandbox: Sandbox
    ) -> None:
        found = list(session.items("search?q=a&type=track", limit=25))
        assert {track["type"] for track in found} == {"track"}
        assert (len(found), [page["limit"] for page in asked(sandbox)]) == (25, ["10", "10", "10"])

    def test_an_empty_list_has_no_items(self, session: Session) -> None:
        assert list(session.items("/search?q=zzzzzz&type=track")) == []

    @pytest.mark.parametrize("path", ["me/tracks", "/me/tracks", "{api_url}/me/tracks", "/me/tracks?market=from_token"])
    def test_a_path_is_written_as_one_likes(self, session: Session, path: str) -> None:
        assert len(list(session.items(path.format(api_url=session.api_url)))) == 80

    def test_a_query_of_its_own_is_kept(self, session: Session, sandbox: Sandbox) -> None:
        list(session.items("/me/top/tracks?time_range=short_term&limit=20", limit=30))
        assert [(page["time_range"], page["limit"]) for page in asked(sandbox)] == [("short_term", "20")] * 2

    def test_no_more_is_asked_for_than_the_limit_needs(self, session: Session, sandbox: Sandbox) -> None:
        assert len(list(session.items("/me/tracks", limit=3))) == 3
        assert list(session.items("/me/tracks", limit=0)) == []
        assert [page["limit"] for page in asked(sandbox)] == ["3"]

    def test_a_limit_below_nothing_is_refused_at_once(self, session: Session) -> None:
        with pytest.raises(ConfigurationError, match="limit is -1"):
            session.items("/me/tracks", limit=-1)


class TestScripted:
    """Shapes of lists that the sandbox has none of."""

    @pytest.fixture
    def api(self) -> Iterator[ScriptedWebApi]:
        with ScriptedWebApi() as api:
            yield api

    @pytest.fixture
    def api_url(self, api: ScriptedWebApi) -> str:
        return api.url

    def test_cursor_pages_under_a_key(self, session: Session, api: ScriptedWebApi) -> None:
        second = "/me/following?type=artist&after=b&limit=50"
        for path, ids, link in (
            ("/me/following?type=artist&limit=50", "ab", f"{api.url}{second}"),
            (second, "c", None),
        ):
            items = [{"id": id_} for id_ in ids]
            api.replies[path] = (200, {}, {"artists": {"items": items, "next": link, "cursors": {}, "total": 3}})
        assert [artist["id"] for artist in session.items("/me/following?type=artist")] == ["a", "b", "c"]

    def test_the_albums_of_an_artist_come_in_small_pages(self, session: Session, api: ScriptedWebApi) -> None:
        api.replies["/artists/1/albums?limit=10"] = (200, {}, {"items": [{"id": "a"}], "next": None})
        assert len(list(session.items("/artists/1/albums"))) == 1

    def test_empty_items_are_left_out(self, session: Session, api: ScriptedWebApi) -> None:
        found = {"playlists": {"items": [None, {"id": "a"}, None], "next": None, "total": 3}}
        api.replies["/search?q=a&type=playlist&limit=10"] = (200, {}, found)
        assert len(pd.DataFrame(session.items("/search?q=a&type=playlist"))) == 1

    def test_a_next_page_at_another_host_is_not_asked_for(self, session: Session, api: ScriptedWebApi) -> None:
        with ScriptedWebApi() as other:
            elsewhere = f"{other.url}/me/tracks"
            api.replies["/me/tracks?limit=50"] = (200, {}, {"items": [{"id": "a"}], "next": elsewhere})
            items = iter(session.items("/me/tracks"))
            assert next(items) == {"id": "a"}
            with pytest.raises(WebApiError, match=f"{elsewhere} is no address of the Web API"):
                next(items)
            assert other.asked == []
        assert [path for path, _ in api.asked] == ["/me/tracks?limit=50"]

    @pytest.mark.parametrize("address", ["https://example.org/v1/me/tracks", "http://[", "https://127.0.0.1/v1/x"])
    def test_an_address_elsewhere_is_refused(self, session: Session, address: str) -> None:
        with pytest.raises(WebApiError, match="is no address of the Web API") as caught:
            list(session.items(address))
        assert caught.value.status is None

    @pytest.mark.parametrize("answer", [{"id": "a"}, [1], "<html>Accept the terms</html>"])
    def test_what_is_no_list_is_said_to_be_none(self, session: Session, api: ScriptedWebApi, answer: object) -> None:
        api.replies["/tracks/1?limit=50"] = (200, {}, answer)
        with pytest.raises(WebApiError, match="The answer for /tracks/1 holds no list of items"):
            list(session.items("/tracks/1"))


def test_several_lists_in_one_answer_are_not_mixed(session: Session) -> None:
    with pytest.raises(WebApiError, match=r"holds 2 lists\. Ask for one type at a time"):
        list(session.items("/search?q=a&type=track,artist"))


class TestTheLogin:
    def test_an_expiry_midway_is_one_refresh(self, session: Session, sandbox: Sandbox) -> None:
        items = []
        for item in session.items("/me/tracks?limit=10"):
            items.append(item["track"]["id"])
            if len(items) == 15:
                sandbox.advance(3601)
        assert (len(set(items)), refreshes(sandbox)) == (80, 1)

    def test_a_dead_one_is_a_typed_error(self, session: Session, sandbox: Sandbox) -> None:
        sandbox.revoke_consent("ada")
        sandbox.advance(3601)
        with pytest.raises(InvalidGrantError):
            list(session.items("/me/tracks"))

    def test_a_missing_one_is_a_typed_error(self, session: Session) -> None:
        session.logout()
        with pytest.raises(NotLoggedInError):
            list(session.items("/me/tracks"))

    def test_the_token_is_in_no_repr_and_no_log(self, session: Session, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        saved, token = session.items("/me/tracks"), str(session.credential().token())
        assert repr(saved) == "<items of /me/tracks>"
        assert len(list(saved)) == 80
        assert token not in caplog.text
        assert token.encode() not in pickle.dumps(saved)


class TestTrouble:
    def test_a_short_pause_is_waited_out(self, session: Session, sandbox: Sandbox, slept: list[float]) -> None:
        sandbox.knobs.api_fault, sandbox.knobs.api_fault_count = "429", 2
        assert len(list(session.items("/me/tracks"))) == 80
        assert slept == [1.0, 1.0]

    def test_a_long_pause_is_told_at_once_with_its_end(
        self, session: Session, sandbox: Sandbox, slept: list[float]
    ) -> None:
        sandbox.knobs.api_fault = "429_long"
        with pytest.raises(WebApiError, match=r"Try again after .+ \(in 13 hours\)\.") as caught:
            list(session.items("/me/tracks"))
        assert (caught.value.status, caught.value.retry_after, len(asked(sandbox)), slept) == (429, 48925, 1, [])

    @pytest.mark.parametrize("fault", ["502_html", "503_text", "429_bare"])
    def test_what_may_pass_is_tried_again(self, session: Session, sandbox: Sandbox, fault: Any) -> None:
        sandbox.knobs.api_fault, sandbox.knobs.api_fault_count = fault, 4
        assert len(list(session.items("/me/tracks"))) == 80

    @pytest.mark.parametrize(("fault", "status"), [("500_json", 500), ("503_text", 503), ("429_bare", 429)])
    def test_what_lasts_is_told_after_five_tries(
        self, session: Session, sandbox: Sandbox, fault: Any, status: int
    ) -> None:
        sandbox.knobs.api_fault = fault
        with pytest.raises(WebApiError) as caught:
            list(session.items("/me/tracks"))
        assert (caught.value.status, len(asked(sandbox))) == (status, 5)

    def test_no_reply_is_told_as_well(self, session: Session, sandbox: Sandbox) -> None:
        refused = r"did not answer \(ConnectError\)"
        with nobody_answers(sandbox), pytest.raises(WebApiError, match=refused) as caught:
            list(session.items("/me/tracks"))
        assert caught.value.status is None

    def test_a_refusal_of_good_tokens_is_told_after_one_refresh(self, session: Session, sandbox: Sandbox) -> None:
        sandbox.knobs.api_fault = "401"
        with pytest.raises(WebApiError, match="however new it is") as caught:
            list(session.items("/me/tracks"))
        assert (caught.value.status, refreshes(sandbox) <= 1) == (401, True)

    def test_a_refusal_is_not_tried_again(self, session: Session, sandbox: Sandbox) -> None:
        sandbox.knobs.allowlisted = False
        with pytest.raises(WebApiError, match="not on the allow-list"):
            list(session.items("/me/tracks"))
        assert len(asked(sandbox)) == 1

    @pytest.fixture
    def slept(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """The pauses, which take no time."""
        pauses: list[float] = []
        monkeypatch.setattr(_patience, "_sleep", pauses.append)
        return pauses


class TestWithoutTqdm:
    @pytest.fixture(autouse=True)
    def _no_tqdm(self, monkeypatch: pytest.MonkeyPatch) -> None:
        find = importlib.util.find_spec
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tqdm" else find(name))

    def test_there_is_no_bar(self, session: Session) -> None:
        assert len(list(session.items("/me/tracks"))) == 80

    def test_a_bar_that_is_asked_for_is_one_line_with_the_command(self, session: Session) -> None:
        with pytest.raises(ConfigurationError, match="Run: pip install tqdm"):
            session.items("/me/tracks", progress=True)


def test_a_program_that_nobody_looks_at_shows_nothing(
    session: Session, sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    sandbox.knobs.api_fault, sandbox.knobs.api_fault_count = "503_text", 1
    list(session.items("/me/tracks"))
    assert capfd.readouterr() == ("", "")


def test_a_bar_and_the_pauses_are_shown_where_they_are_asked_for(
    session: Session, sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    sandbox.knobs.api_fault, sandbox.knobs.api_fault_count = "429", 1
    list(session.items("/me/tracks", limit=60, progress=True))
    shown = capfd.readouterr().err
    assert "Spotify's rate limit was reached (429). Going on in 1 second." in shown
    assert "| 60/60 [" in shown
