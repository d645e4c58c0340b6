"""The people of a sandbox: three, or as many as a class has."""

import pytest

from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.sandbox._people import everybody
from tests.sandbox.conftest import DemoApp


def test_a_class_of_thirty_has_a_person_each() -> None:
    people = Sandbox(people=30).people
    assert len(people) == len(set(people.values())) == 30
    assert list(people)[:3] == ["ada", "grace", "alan"]
    assert people == Sandbox(people=30).people


def test_no_two_accounts_of_a_lecture_hall_are_the_same() -> None:
    people = everybody(600)
    assert len({person.account_id for person in people.values()}) == len(people) == 600


@pytest.mark.parametrize("count", [2, 0, -1, 1001])
def test_too_few_or_too_many_people_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"from 3 to 1000 people, not {count}"):
        Sandbox(people=count)


def test_each_of_a_class_logs_in_as_somebody_else(app: DemoApp) -> None:
    with Sandbox(people=5) as sandbox:
        app.sandbox = sandbox
        seen = [app.get("/me", app.log_in(ScriptedUser(user))["access_token"]).json() for user in sandbox.people]
    assert [person["display_name"] for person in seen] == list(sandbox.people.values())


def test_who_is_not_invited_finds_no_way_in(app: DemoApp) -> None:
    with pytest.raises(RuntimeError, match="shows annie no way on"):
        app.log_in(ScriptedUser("annie"))
