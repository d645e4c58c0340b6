"""One login is one person's and one notebook's, whoever else waits in the same browser."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from hubs import PAGE, PASTE, PROXY, WAYS, Person, Way, address_in_the_bar, paste
from labs import LAB, LOAD, open_link, picture
from playwright.sync_api import expect

LOGIN = "%spotantic_login --switch-user"
WAITING = "Waiting for your answer"


@pytest.mark.parametrize("name", WAYS)
def test_an_answer_reaches_the_kernel_that_asked_though_two_people_wait_in_one_browser(
    person: Callable[[str], Person], name: str
) -> None:
    way, waiting = WAYS[name], []
    for somebody in (person("ada"), person("bob")):
        somebody.begin(way)
        notebook = somebody.open(LAB, LOAD, LOGIN)
        notebook.run(0)
        cell = notebook.run(1)
        waiting.append((somebody, notebook, cell, open_link(somebody.browser, cell)))
    ada, bob = waiting
    ada[0].finish(*ada[1:], way)
    expect(bob[2].get_by_text(WAITING)).to_be_visible()
    bob[0].finish(*bob[1:], way)
    expect(ada[2].get_by_text(f"Signed in as {ada[0].name}")).to_be_visible()


@pytest.mark.parametrize("way", [PASTE, PAGE], ids=["paste", "page"])
def test_of_two_notebooks_that_wait_each_gets_its_own_answer(person: Callable[[str], Person], way: Way) -> None:
    ada = person("ada")
    ada.begin(way)
    notebooks = [ada.open(LAB, LOAD, LOGIN, path=f"{name}.ipynb") for name in ("first", "second")]
    for notebook in notebooks:
        notebook.run(0)
    cells = [notebook.run(1) for notebook in notebooks]
    tabs = [open_link(ada.browser, cell) for cell in cells]
    ada.finish(notebooks[1], cells[1], tabs[1], way)
    expect(cells[0].get_by_text(WAITING)).to_be_visible()
    ada.finish(notebooks[0], cells[0], tabs[0], way)


def test_of_two_notebooks_on_one_forwarded_port_the_second_takes_a_paste(person: Callable[[str], Person]) -> None:
    ada = person("ada")
    ada.begin(PROXY)
    first, second = (ada.open(LAB, LOAD, LOGIN, path=f"{name}.ipynb") for name in ("first", "second"))
    for notebook in (first, second):
        notebook.run(0)
    cells = [notebook.run(1) for notebook in (first, second)]
    tabs = [open_link(ada.browser, cell) for cell in cells]
    ada.answer(tabs[1], replace(PROXY, ends_with="This is not the page you want"))
    picture(second.page, "hub-proxy-second")
    paste(second, address_in_the_bar(tabs[1]))
    expect(cells[1].get_by_text(f"Signed in as {ada.name}")).to_be_visible()
    expect(cells[0].get_by_text(WAITING)).to_be_visible()
    ada.finish(first, cells[0], tabs[0], PROXY)


def test_a_port_that_a_neighbour_could_take_is_told_of(person: Callable[[str], Person]) -> None:
    person("bob")
    ada = person("ada")
    ada.begin(PROXY)
    notebook = ada.open(LAB, LOAD, LOGIN)
    notebook.run(0)
    warned = notebook.run(1).get_by_text(f"one of them could take port {ada.port}")
    expect(warned.first).to_be_visible(visible=os.getuid() == 0)  # only root can give bob programs of his own
    picture(notebook.page, "hub-proxy-neighbours")
