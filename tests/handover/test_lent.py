"""What a process does with a login that it was lent: which token it uses, what it asks, and how long it waits."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from spotantic_nb import InvalidGrantError, NotLoggedInError, TokenExpiredError
from spotantic_nb.handover import _lent
from spotantic_nb.handover._lent import LentCredential, Message
from spotantic_nb.handover._loan import Loan

API = "https://api.spotify.com/v1"


def loan(token: str, *, seconds: float = 3600) -> Loan:
    return Loan(API, SecretStr(token), datetime.now(UTC) + timedelta(seconds=seconds))


FIRST = Message("notebook", 1, loan("first"))


class Process:
    """A process that was lent a login, with a notebook that notes its questions and answers by hand."""

    def __init__(self, message: Message = FIRST) -> None:
        self.asked: list[int] = []
        self.is_asked = threading.Event()
        self.credential = LentCredential(API, "name", message, self._ask)

    def _ask(self, number: int) -> None:
        self.asked.append(number)
        self.is_asked.set()

    def take(self, message: Message) -> None:
        self.credential.take(message, self._ask)

    def answer(self, message: Message) -> threading.Thread:
        """Answer the next question."""

        def answer() -> None:
            assert self.is_asked.wait(30)
            self.take(message)

        thread = threading.Thread(target=answer)
        thread.start()
        return thread


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, to be set; waiting for an answer takes no time."""
    clock = [1000.0]
    monkeypatch.setattr(_lent, "_monotonic", lambda: clock[0])
    monkeypatch.setattr(_lent, "_LOOK", 0.01)
    return clock


def test_the_token_of_the_newest_message_is_used() -> None:
    process = Process()
    process.take(FIRST.next(loan("second")))
    process.take(FIRST)  # was overtaken
    assert (process.credential.token(), process.asked) == ("second", [])


def test_another_lender_is_believed_whatever_its_number() -> None:
    process = Process(Message("notebook", 7, loan("first")))
    process.take(Message("the notebook after its restart", 1, loan("second")))
    assert process.credential.token() == "second"


@pytest.mark.parametrize("wait", ["in a thread", "in a loop"])
async def test_a_refused_token_is_asked_about_once(wait: str) -> None:
    process = Process()
    thread = process.answer(FIRST.next(loan("second")))
    renewed = process.credential.renew("first") if wait == "in a thread" else await process.credential.arenew("first")
    thread.join()
    assert (renewed, process.credential.renew("first"), process.asked) == ("second", "second", [1])


def test_the_answer_that_there_is_no_other_token_holds_for_a_while(clock: list[float]) -> None:
    process = Process()
    process.answer(FIRST.next(FIRST.loan)).join(0)
    assert [process.credential.renew("first") for _ in range(20)] == ["first"] * 20
    assert process.asked == [1]
    clock[0] += 6
    process.is_asked.clear()
    thread = process.answer(FIRST.next(FIRST.loan).next(loan("second")))
    assert (process.credential.renew("first"), process.asked) == ("second", [1, 2])
    thread.join()


def test_an_answer_that_is_an_error_is_raised_where_another_token_is_needed() -> None:
    process = Process()
    thread = process.answer(FIRST.next(FIRST.loan, InvalidGrantError("Ended.", hint="Log in again.")))
    for _ in range(2):
        with pytest.raises(InvalidGrantError, match=r"Ended\. Log in again\."):
            process.credential.renew("first")
    thread.join()
    assert (process.credential.token(), process.asked) == ("first", [1])


def test_without_a_loan_there_is_no_token_and_no_question() -> None:
    process = Process()
    process.take(FIRST.next(None, NotLoggedInError("Not logged in.")))
    with pytest.raises(NotLoggedInError):
        process.credential.token()
    assert process.asked == []


def test_in_its_last_minute_a_token_is_used_and_another_one_asked_for() -> None:
    process = Process(Message("notebook", 1, loan("first", seconds=30)))
    assert [process.credential.token() for _ in range(3)] == ["first"] * 3
    assert process.asked == [1]


def test_a_clock_that_runs_ahead_does_no_harm() -> None:
    old = Message("notebook", 1, loan("first", seconds=-7200))
    process = Process(old)
    thread = process.answer(old.next(old.loan))  # it is good, says the notebook
    assert process.credential.token() == "first"
    thread.join()


def test_a_notebook_that_does_not_answer_is_asked_again_and_then_said_to_be_gone(clock: list[float]) -> None:
    process = Process(Message("notebook", 1, loan("first", seconds=-1)))

    def ask(number: int) -> None:
        process.asked.append(number)
        clock[0] += 6

    process.credential._ask = ask
    with pytest.raises(TokenExpiredError, match=r"the notebook that lent it does not answer\. Run session.dask"):
        process.credential.token()
    assert process.asked == [1] * 5
    with pytest.raises(TokenExpiredError):  # at once
        process.credential.token()


def test_neither_repr_nor_a_dump_of_its_variables_shows_the_token() -> None:
    process = Process(Message("notebook", 1, loan("PLANTED")))
    assert "PLANTED" not in repr([process.credential, vars(process.credential), process.credential.token()])
