"""Those who watch: told of what changes by itself, and only while they are there."""

import threading
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from spotantic_nb import AuthSettings, Session, Status
from spotantic_nb._portal import portal
from spotantic_nb.session import _observers

PATIENCE = 30.0


class Watcher:
    """Somebody who watches, and waits for what they want to see."""

    def __init__(self) -> None:
        self.seen: list[Status] = []
        self._news = threading.Condition()

    def tell(self, status: Status) -> None:
        with self._news:
            self.seen.append(status)
            self._news.notify_all()

    def wait_for(self, count: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: len(self.seen) >= count, PATIENCE)


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    watcher = Watcher()
    yield watcher
    Session.current().unobserve(watcher.tell)


def flush() -> None:
    async def nothing() -> None:
        pass

    portal.run(nothing)


def settings(client_id: str) -> AuthSettings:
    return AuthSettings(client_id=SecretStr(client_id), accounts_url=f"http://127.0.0.1:1/{client_id}")


def test_somebody_who_watches_is_told_again_and_again(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_observers, "_LOOK_AGAIN", 0.01)
    Session.current().observe(watcher.tell)
    watcher.wait_for(3)


def test_nobody_looks_when_the_last_one_has_left(watcher: Watcher) -> None:
    session = Session.current()
    session.observe(watcher.tell)
    flush()
    looking = session._observers._looking
    assert looking is not None
    session.unobserve(watcher.tell)
    flush()
    assert looking.cancelled()


def test_who_watched_a_session_goes_on_with_the_one_in_its_place(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_observers, "_LOOK_AGAIN", 3600)
    Session.use(Session(settings("one")))
    Session.current().observe(watcher.tell)
    Session.use(Session(settings("two")))
    watcher.wait_for(1)
    assert [status.service for status in watcher.seen] == ["http://127.0.0.1:1/two"]
    Session.current()._observers.notify()
    assert len(watcher.seen) == 2


def test_words_about_a_login_that_another_kernel_ended_are_not_repeated(spotify_project: object) -> None:
    mine, other = Session(), Session()
    mine.login("client")
    mine.messages.set("Something about it.")
    assert mine.status.message == "Something about it."
    other.logout()
    mine._async_session._manager._looked_at = None, 0.0  # type: ignore[union-attr]
    assert (mine.status.state, mine.status.message) == ("signed out", "Not signed in.")
