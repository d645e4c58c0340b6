"""The people who live in the sandbox, and which browser belongs to whom."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass

from spotantic_nb.sandbox.accounts._random_text import random_text
from spotantic_nb.sandbox.music._catalogue import chance, stable_id
from spotantic_nb.sandbox.music._listening import top_artists

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

_FIRST_NAMES = (
    "Annie", "Barbara", "Claude", "Dorothy", "Edsger", "Frances", "Gladys", "Hedy", "Ivan", "Joan", "Katherine",
    "Lynn", "Margaret", "Niklaus", "Ole", "Peter", "Quincy", "Radia", "Sophie", "Tove", "Ursula", "Vint", "Wim",
    "Xenia", "Yukihiro", "Zohra", "Mary",
)  # fmt: skip
_LAST_NAMES = (
    "Emberfield", "Lanternquist", "Marchwater", "Tinwhistle", "Oakenbrook", "Pebbleworth", "Frostad", "Quillings",
    "Sandgrove", "Harrowgate", "Willowsen", "Copperlund", "Nightingsea", "Thistleby", "Ravensund", "Applestrand",
    "Brindlemoor", "Cloudsley", "Dunmarsh", "Eastervale", "Fernhollow", "Glassmere", "Highwater", "Inkwell",
    "Juniperson",
)  # fmt: skip
_COUNTRIES = ("NO", "GB", "PT", "NG", "JP", "CL", "DE", "IN")
_OCCASIONS = (
    "in the library",
    "on the night bus",
    "on the way to work",
    "over the dishes",
    "past midnight",
    "up every hill",
    "when it rains",
    "while the bread rises",
)
_MOST = 1000
"""More people than any class has."""


def everybody(count: int) -> Mapping[str, Person]:
    """
    Return so many people by their user ids, the same ones in every sandbox; the three above come first.

    Raises:
        ValueError: They are too few, or too many.
    """
    if not len(PEOPLE) <= count <= _MOST:
        raise ValueError(f"A sandbox has from {len(PEOPLE)} to {_MOST} people, not {count}.")
    others = map(_another, range(count - len(PEOPLE)))
    return ChainMap({person.user_id: person for person in others}, PEOPLE)


def find_person(user_id: str) -> Person:
    """
    Return the person with this user id, of all that a sandbox may have.

    Raises:
        ValueError: There is nobody.
    """
    found = everybody(_MOST).get(user_id)
    if found is None:
        raise ValueError(f"Nobody in the sandbox has the user id {user_id!r}; {next(iter(PEOPLE))!r} is one.")
    return found


def _another(number: int) -> Person:
    turn, place = divmod(number, len(_FIRST_NAMES))
    first, last = _FIRST_NAMES[place], _LAST_NAMES[number % len(_LAST_NAMES)]
    user_id = f"{first.lower()}{turn + 1 if turn else ''}"
    random = chance("person", user_id)
    return Person(
        user_id=user_id,
        account_id=stable_id("account", user_id),
        name=f"{first} {last}",
        country=random.choice(_COUNTRIES),
        product=random.choice(("premium", "premium", "free")),
        taste=f"{top_artists(user_id, 'long_term')[0].genres[0]} {random.choice(_OCCASIONS)}",
    )


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
