"""What stands in the way on some servers: each ends in a login or in a sentence, and nothing of it stays behind."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hubs import PAGE, PROXY, Person, Way, address_in_the_bar
from labs import FORBID_HANDLERS, LAB, LOAD, Notebook, open_link, picture
from playwright.sync_api import expect

LOGIN = "%spotantic_login --force --switch-user"
RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
KEEP_THE_VERIFIER = (
    "from spotantic_nb import Session\n"
    "_ = open('verifier', 'w').write(Session.current().pending_login._attempt.verifier)"
)
ALONE = replace(PAGE, closes_its_tab=False, ends_with="No notebook took the answer")


@pytest.fixture
def ada(person: Callable[[str], Person]) -> Person:
    return person("ada")


def waiting(ada: Person, way: Way, *cells: str) -> Notebook:
    ada.begin(way)
    notebook = ada.open(LAB, LOAD, LOGIN, *cells)
    notebook.run(0)
    notebook.run(1)
    return notebook


def test_where_no_inline_script_may_run_the_link_is_a_link_and_the_box_takes_the_paste(ada: Person) -> None:
    notebook = waiting(ada, PAGE)
    login = notebook.cell(1)
    notebook.page.evaluate(FORBID_HANDLERS)
    refused: list[str] = []
    notebook.page.on("console", lambda message: refused.append(message.text))
    tab = open_link(ada.browser, login)
    ada.answer(tab, ALONE)
    picture(tab, "hub-page-alone")
    assert any("script-src-attr" in text for text in refused)
    login.get_by_placeholder("or paste the address").fill(address_in_the_bar(tab))
    expect(login.get_by_text(f"Signed in as {ada.name}")).to_be_visible()


def test_without_widgets_on_the_server_the_link_is_there_as_text_and_a_proxy_ends_the_login(ada: Person) -> None:
    disabled = {"disabledExtensions": {"@jupyter-widgets/jupyterlab-manager": True}}
    ada.write(".jupyter/labconfig/page_config.json", json.dumps(disabled))
    notebook = waiting(ada, PROXY)
    login = notebook.cell(1)
    picture(notebook.page, "hub-no-widgets")
    ada.answer(open_link(ada.browser, login), PROXY)
    expect(login.get_by_text(f"signed in as {ada.name}")).to_be_visible()


def test_a_page_that_was_loaded_again_takes_the_answer_as_a_paste(ada: Person) -> None:
    notebook = waiting(ada, PAGE)
    tab = open_link(ada.browser, notebook.cell(1))
    notebook.save(with_text="spotantic")
    notebook.page.reload()
    notebook.wait_for_kernel()
    login = notebook.cell(1)
    ada.answer(tab, ALONE)
    login.get_by_placeholder("or paste the address").fill(address_in_the_bar(tab))
    expect(login.get_by_text(f"Signed in as {ada.name}")).to_be_visible()


def test_what_is_saved_with_widgets_holds_no_secret_and_afterwards_nothing_that_runs(ada: Person) -> None:
    notebook = waiting(ada, PAGE, KEEP_THE_VERIFIER)
    notebook.run(2)
    tab = open_link(ada.browser, notebook.cell(1))
    waits, done = "Waiting for your answer", f"Signed in as {ada.name}"
    pending = saved(notebook, ada, waits)
    assert [word in pending for word in (waits, "onclick", "state=", "code=")] == [True, True, False, False]
    ada.finish(notebook, notebook.cell(1), tab, PAGE)
    after = saved(notebook, ada, done)
    assert [word in after for word in (done, "onclick", "state=", "code=")] == [True, False, False, False]
    verifier = (ada.hub.home(ada.user) / "verifier").read_text(encoding="utf-8")
    for secret in ("access_token", "verifier=", verifier, *ada.tokens):
        assert secret not in pending + after


def saved(notebook: Notebook, ada: Person, text_of_a_widget: str) -> str:
    """Save the notebook, and return what stands in the file."""
    notebook.save(with_text="spotantic", with_widgets=True)
    text = (ada.hub.home(ada.user) / "a.ipynb").read_text(encoding="utf-8")
    assert text_of_a_widget in text
    return text


WAITS = "token = %spotantic_token\nprint('has', bool(token))"


def test_a_cell_that_waits_for_the_login_goes_on_where_a_proxy_brings_the_answer(ada: Person) -> None:
    ada.begin(PROXY)
    notebook = ada.open(LAB, LOAD, LOGIN, WAITS)
    notebook.page.evaluate(RUN_ALL)
    ada.answer(open_link(ada.browser, notebook.cell(1)), PROXY)
    expect(notebook.cell(2).get_by_text("has True")).to_be_visible()


def test_a_cell_that_waits_for_the_login_goes_on_where_the_notebook_takes_the_answer(ada: Person) -> None:
    ada.begin(PAGE)
    notebook = ada.open(LAB, LOAD, LOGIN, WAITS)
    notebook.page.evaluate(RUN_ALL)
    expect(notebook.cell(2).locator(".jp-Stdin-input")).to_be_visible()
    picture(notebook.page, "hub-run-all")
    ada.answer(open_link(ada.browser, notebook.cell(1)), PAGE)
    expect(notebook.cell(2).get_by_text("has True")).to_be_visible()


def test_a_notebook_that_is_not_trusted_logs_in_all_the_same(ada: Person) -> None:
    ada.begin(PAGE)
    notebook = ada.open(LAB, LOAD, LOGIN)
    notebook.run(0)
    assert not notebook._widget.evaluate("notebook => notebook.content.model.cells.get(1).trusted")
    ada.log_in(notebook, 1, PAGE)


def test_an_answer_to_a_kernel_that_was_restarted_is_not_taken_and_the_cell_says_why(ada: Person) -> None:
    notebook = waiting(ada, PAGE)
    tab = open_link(ada.browser, notebook.cell(1))
    notebook.restart()
    picture(notebook.page, "hub-restarted")
    told = "getComputedStyle(box, '::after').content"
    box = notebook.cell(1).locator(".spotantic-box")
    assert box.evaluate(f"box => {told}") == '"The kernel was restarted: run this cell again."'
    ada.answer(tab, ALONE)
    notebook.run(0)
    ada.log_in(notebook, 1, PAGE)
