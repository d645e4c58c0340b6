"""
The row of a box that takes a pasted address, and what the page itself has to tell.
"""

from collections.abc import Callable, Mapping

import ipywidgets as widgets

from spotantic_nb.notebook import _actions
from spotantic_nb.notebook._widgets import SecretBox, WidgetFactory

DRAWN, WANTED = "spotantic_nb: link drawn", "spotantic_nb: link wanted"
"""What drawn.js enters into the box for a pasted address, and takes out again."""


class PasteRow:
    """
    A box with Submit, and Cancel beside it; seen only while a login waits for its answer.

    Args:
        factory: Makes the widgets.
        signals: What is done where a script in the page enters one of these words, which nobody would paste.
    """

    def __init__(self, factory: WidgetFactory, signals: Mapping[str, Callable[[], None]]) -> None:
        self._box = factory.make(SecretBox, "grows", placeholder="or paste the address you were sent to")
        self._box.on_msg(lambda _, content, __: self._hear(factory, content))
        self._box.observe(lambda change: factory.hand_over(signals.get(change["new"], self._submit_answer)), "value")
        submit = factory.button("Submit", self._submit)
        cancel = factory.button("Cancel", _actions.cancel)
        self.root = factory.make(widgets.HBox, "if-waiting", children=[self._box, submit, cancel])

    def _hear(self, factory: WidgetFactory, content: object) -> None:
        """Take Enter for Submit; the front-end says so with this message, in 7.7 and 8 alike."""
        if content == {"event": "submit"}:
            factory.hand_over(self._submit)

    def _submit_answer(self) -> None:
        """Take a whole answer as soon as it is there; anything else waits for Submit, and may still be being typed."""
        if _actions.is_answer(self._box.value):
            self._submit()

    def _submit(self) -> None:
        text = self._box.take()
        if text is not None:
            _actions.paste(text)
