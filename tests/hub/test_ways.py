"""Each way back to the kernel, for everybody on the hub, whatever the page of the accounts service cuts off."""

from collections.abc import Callable
from typing import get_args

import pytest
from hubs import WAYS, Person
from labs import LAB, LOAD, NOTEBOOK, FrontEnd, picture
from playwright.sync_api import expect

from spotantic_nb.sandbox._knobs import Coop

LOGIN = "%spotantic_login --force --switch-user"
WHO = "from spotantic_nb import Session; print(Session.current().status.account, '.')"


@pytest.mark.parametrize("user", ["ada", "bob"])
@pytest.mark.parametrize("front_end", [pytest.param(LAB, id="lab"), pytest.param(NOTEBOOK, id="notebook")])
@pytest.mark.parametrize("name", WAYS)
def test_logins_in_two_notebooks_one_after_the_other_take_no_more_acts_than_said(
    person: Callable[[str], Person], name: str, front_end: FrontEnd, user: str
) -> None:
    somebody, way = person(user), WAYS[name]
    somebody.begin(way)
    notebooks = [somebody.open(front_end, LOAD, LOGIN, WHO, path=f"{n}.ipynb") for n in ("first", "second")]
    for notebook in notebooks:
        notebook.run(0)
    first, second = notebooks
    for notebook, coop in zip((first, first, second, second), get_args(Coop), strict=True):
        somebody.sandbox.knobs.coop = coop
        assert somebody.log_in(notebook, 1, way) == way.acts
        picture(notebook.page, f"hub-{name}-done")
    for notebook in notebooks:
        expect(notebook.run(2).get_by_text(f"{somebody.name} .")).to_be_visible()
