"""The paste way in a notebook: a box for the address the person ended at, which keeps nothing of what was pasted."""

import ipywidgets as widgets

from spotantic_nb.notebook import _acts
from spotantic_nb.notebook._kit import Kit, SecretBox


class PasteRow:
    """
    A box with Submit, and Cancel beside it; seen only while a login is on its way.

    Args:
        kit: Makes the widgets.
    """

    def __init__(self, kit: Kit) -> None:
        self._box = kit.make(SecretBox, "grows", placeholder="or paste the address you were sent to")
        self._box.on_msg(lambda _, content, __: self._hear(kit, content))
        submit = kit.button("Submit", self._submit)
        cancel = kit.button("Cancel", _acts.cancel)
        self.root = kit.make(widgets.HBox, "if-waiting", children=[self._box, submit, cancel])

    def _hear(self, kit: Kit, content: object) -> None:
        """Take Enter for Submit; the front-end says so with this message, in 7.7 and 8 alike."""
        if content == {"event": "submit"}:
            kit.hand_over(self._submit)

    def _submit(self) -> None:
        text = self._box.take()
        if text is not None:
            _acts.paste(text)
