"""The people who live in the sandbox, and which browser belongs to whom."""

from dataclasses import dataclass

from spotantic_nb.sandbox.accounts._random_text import random_text

SESSION_COOKIE = "sandbox_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An invented account."""

    user_id: str
    account_id: str
    name: str
    country: str
    product: str
    taste: str


PEOPLE = {
    person.user_id: person
    for person in (
        Person(
            user_id="ada",
            account_id="7Qm2nTzXb1aWc9dKe4fRgA",
            name="Ada Fjordmark",
            country="NO",
            product="premium",
            taste="synths before breakfast",
        ),
        Person(
            user_id="grace",
            account_id="3LpUv8YsHj6kNo0xBq5tZw",
            name="Grace Okonwater",
            country="GB",
            product="premium",
            taste="brass bands and late radio",
        ),
        Person(
            user_id="alan",
            account_id="9RcEi2MdGy7uOa4hSf1lPk",
            name="Alan Birchwood",
            country="PT",
            product="free",
            taste="one song, forty times",
        ),
    )
}


class Browsers:
    """Who is signed in where: a browser is known by a random cookie."""

    def __init__(self) -> None:
        self._user_ids: dict[str, str] = {}

    def sign_in(self, user_id: str) -> str:
        """Open a session for this person and return the value of its cookie."""
        session = random_text(32)
        self._user_ids[session] = user_id
        return session

    def user_id(self, session: str | None) -> str | None:
        """Return who is signed in under this cookie, if anybody."""
        return self._user_ids.get(session or "")
