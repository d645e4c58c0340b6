"""The widgets of a box: made alike, closed together, and with callbacks that wait for nothing."""

import asyncio
import threading
from collections.abc import Iterator

import ipywidgets as widgets
import pytest
from boxes import flush

from spotantic_nb._portal import portal
from spotantic_nb.notebook._widgets import WidgetFactory


@pytest.fixture
def factory() -> Iterator[WidgetFactory]:
    factory = WidgetFactory()
    yield factory
    factory.close()


def test_a_click_is_done_on_the_portal_whatever_thread_it_comes_on(factory: WidgetFactory) -> None:
    done_on: list[str] = []
    button = factory.button("Go", lambda: done_on.append(threading.current_thread().name))
    subshell = threading.Thread(target=button.click)
    subshell.start()
    subshell.join()
    button.click()
    flush()
    assert done_on == ["spotantic-nb-portal"] * 2


def test_widgets_of_a_kind_share_their_looks(factory: WidgetFactory) -> None:
    one, other = factory.button("One", flush), factory.button("Other", flush)
    assert one.layout is other.layout is factory.make(widgets.HTML).layout
    assert one.style is other.style


def test_a_part_is_closed_by_itself_and_its_looks_stay(factory: WidgetFactory) -> None:
    part = factory.part()
    inner, outer = part.make(widgets.HTML), factory.make(widgets.HTML)
    assert (inner.layout, inner.style) == (outer.layout, outer.style)
    part.close()
    assert inner.comm is None
    assert None not in {outer.comm, outer.layout.comm, outer.style.comm}


def test_all_is_closed_in_the_end(factory: WidgetFactory) -> None:
    button = factory.button("Go", flush)
    factory.close()
    assert {button.comm, button.layout.comm, button.style.comm} == {None}


def test_a_click_that_comes_too_late_does_nothing(factory: WidgetFactory) -> None:
    done: list[bool] = []
    button = factory.button("Go", lambda: done.append(True))
    factory.close()
    button.click()
    flush()
    assert done == []


def test_a_button_says_that_it_is_busy_until_its_task_has_ended(factory: WidgetFactory) -> None:
    go_on: list[asyncio.Event] = []

    async def work() -> None:
        go_on.append(asyncio.Event())
        await go_on[0].wait()

    tasks: list[asyncio.Task[None]] = []

    def act() -> asyncio.Task[None]:
        tasks.append(asyncio.get_running_loop().create_task(work()))
        return tasks[0]

    button = factory.button("Go", act, busy="Going")
    button.click()
    flush()
    assert (button.description, button.disabled) == ("Going", True)
    portal.call(go_on[0].set)
    portal.run(lambda: asyncio.wait(tasks))
    flush()
    assert (button.description, button.disabled) == ("Go", False)
