"""The notebook's side of a login that is lent: when it renews, and what it tells whom."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from spotantic_nb import AccountsUnreachableError, InvalidGrantError, NotLoggedInError, SpotanticNbError
from spotantic_nb.handover import _lender
from spotantic_nb.handover._dask import Cluster
from spotantic_nb.handover._lender import Lender
from spotantic_nb.handover._lent import Message
from spotantic_nb.handover._loan import Loan


def loan(token: str) -> Loan:
    end = datetime(2100, 1, 1, tzinfo=UTC) + timedelta(days=len(token))
    return Loan("https://api.spotify.com/v1", SecretStr(token), end)


class Workers(Cluster):
    """A cluster that notes what it is told, and has something to ask."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[Message] = asyncio.Queue()
        self.fails = 0
        self.is_forgotten = False
        self.ask: Callable[[int], None] = lambda _: None

    @property
    def is_open(self) -> bool:
        return True

    def hear(self, told: Callable[[int], None]) -> None:
        self.ask = told

    async def send(self, message: Message) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError("A worker has just died.")
        self.told.put_nowait(message)

    async def forget(self) -> None:
        self.is_forgotten = True

    async def next_message(self) -> Message:
        return await asyncio.wait_for(self.told.get(), 30)


class Login:
    """What hands out the loans: the one it has, another one where that was refused, or an error."""

    def __init__(self) -> None:
        self.token = "first"
        self.error: SpotanticNbError | None = None
        self.refused: list[str | None] = []

    async def obtain(self, refused: str | None) -> Loan:
        self.refused.append(refused)
        if self.error is not None and (refused or isinstance(self.error, NotLoggedInError)):
            raise self.error
        if refused == self.token:
            self.token = "another"
        return loan(self.token)


@pytest.fixture
def workers() -> Workers:
    return Workers()


@pytest.fixture
def login() -> Login:
    return Login()


@pytest.fixture
async def lender(workers: Workers, login: Login, monkeypatch: pytest.MonkeyPatch) -> Lender:
    """One that has lent the login, with the test's own loop in place of the portal."""
    monkeypatch.setattr(_lender.portal, "call", asyncio.get_running_loop().call_soon_threadsafe)
    lender = Lender(workers, login.obtain)
    await lender.start()
    assert (await workers.next_message()).loan == loan("first")
    return lender


@pytest.fixture
async def serving(lender: Lender) -> AsyncIterator[Lender]:
    """One that goes on to serve."""
    task = asyncio.create_task(lender.serve())
    yield lender
    task.cancel()


async def test_it_renews_before_the_end_without_a_question(
    workers: Workers, lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = _lender._monotonic() + 0.9 * loan("first").seconds_left() + 1
    monkeypatch.setattr(_lender, "_monotonic", lambda: later)
    serving = asyncio.create_task(lender.serve())
    assert (await workers.next_message()).loan == loan("another")
    serving.cancel()


async def test_it_renews_no_earlier_than_that(login: Login, lender: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    later = _lender._monotonic() + 0.9 * loan("first").seconds_left() - 60
    monkeypatch.setattr(_lender, "_monotonic", lambda: later)
    await lender._look()
    assert login.refused == [None, None]


async def test_a_question_is_answered_by_another_token(workers: Workers, serving: Lender) -> None:
    workers.ask(1)
    assert (await workers.next_message()).loan == loan("another")


async def test_a_question_about_an_earlier_token_is_answered_without_a_renewal(
    workers: Workers, login: Login, serving: Lender
) -> None:
    workers.ask(1)
    await workers.next_message()
    workers.ask(1)
    assert (await workers.next_message()).loan == loan("another")
    assert login.refused.count("another") == 0


async def test_a_question_that_nothing_helps_is_answered_by_the_error(
    workers: Workers, login: Login, serving: Lender
) -> None:
    login.error = InvalidGrantError("Ended.")
    login.error.__cause__ = OSError("with a request")
    workers.ask(1)
    message = await workers.next_message()
    assert (message.loan, type(message.error)) == (loan("first"), InvalidGrantError)
    assert message.error is not None
    assert (message.error.__cause__, message.error.__traceback__) == (None, None)


async def test_an_error_stands_while_there_is_no_other_token(workers: Workers, login: Login, lender: Lender) -> None:
    login.error = AccountsUnreachableError("Silent.")
    lender._asked.add(1)
    await lender._look()
    assert (await workers.next_message()).error is not None
    await lender._look()
    assert workers.told.empty()
    login.token = "from another kernel"
    await lender._look()
    assert (await workers.next_message()) == Message(lender._message.lender, 3, loan("from another kernel"))


async def test_a_log_out_takes_the_token_away_from_those_that_come_too(
    workers: Workers, login: Login, serving: Lender
) -> None:
    login.error = NotLoggedInError("Not logged in.")
    serving.look()
    message = await workers.next_message()
    assert (message.loan, type(message.error)) == (None, NotLoggedInError)
    assert workers.is_forgotten


async def test_what_did_not_reach_every_worker_is_sent_again(
    workers: Workers,
    login: Login,
    serving: Lender,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(_lender, "_TRY_AGAIN", 0.01)
    workers.fails, login.token = 3, "from another kernel"
    serving.look()
    assert (await workers.next_message()).loan == loan("from another kernel")
    assert "could not be told of its token (OSError); trying again" in caplog.text
    assert [record.exc_info for record in caplog.records] == [None] * 3
