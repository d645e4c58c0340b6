"""
Buttons for what the doctor found and can set right: each does one thing, once, and says what is so now.
"""

import asyncio

import ipywidgets as widgets

from spotantic_nb._text import in_html
from spotantic_nb.doctor import Finding, Report
from spotantic_nb.errors import SpotanticNbError
from spotantic_nb.notebook._front_end import CellOutput
from spotantic_nb.notebook._status_html import STYLE
from spotantic_nb.notebook._widgets import Root, WidgetFactory


class Fixes:
    """
    Show the buttons of a report. Made on the portal.

    Args:
        report: The report.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._factory = WidgetFactory()
        rows = [self._row(found) for found in report.fixable]
        style = self._factory.make(widgets.HTML, "style", value=STYLE)
        self._root = self._factory.make(Root, "box", children=[style, *rows])
        self._output = CellOutput()

    def show(self) -> None:
        """Display them in the cell that runs now."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self._root.model_id}
        words = {"text/plain": "If you see no buttons here, do what the report below says."}
        self._output.show({**words, "application/vnd.jupyter.widget-view+json": view})

    def close(self) -> None:
        """Close them."""
        self._factory.close()
        self._output.update({"text/plain": ""})

    def _row(self, found: Finding) -> widgets.Widget:
        said = self._factory.make(widgets.HTML, value=in_html(found.name))
        label = found.remedy.label if found.remedy else ""

        def fix() -> None:
            button.disabled = True
            task = asyncio.create_task(asyncio.to_thread(self._done, found))
            task.add_done_callback(lambda task: setattr(said, "value", in_html(task.result())))

        button = self._factory.button(label, fix)
        return self._factory.make(widgets.HBox, "offer", children=[button, said])

    def _done(self, found: Finding) -> str:
        try:
            return self._report.fix(found.name)
        except SpotanticNbError as error:
            return str(error)
