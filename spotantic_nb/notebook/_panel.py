"""The panel: the login with buttons."""

from spotantic_nb.errors import ConfigurationError
from spotantic_nb.notebook._boxes import Box
from spotantic_nb.notebook._controls import Controls
from spotantic_nb.notebook._wizard import Wizard
from spotantic_nb.session import Session
from spotantic_nb.status import Status


class Panel(Box):
    """The login with buttons; where no app is set up, what to do about that."""

    def __init__(self) -> None:
        super().__init__()
        self._page: Controls | Wizard | None = None
        self._turn_to_page(Session.current().status)

    def close(self) -> None:
        """Stop following, and close every widget."""
        super().close()
        if self._page is not None:
            self._page.close()

    def _follow(self, status: Status) -> None:
        super()._follow(status)
        self._turn_to_page(status)

    def _turn_to_page(self, status: Status) -> None:
        wanted = Wizard if status.state == "not set up" else Controls
        if isinstance(self._page, wanted):
            return
        try:
            page = wanted(self._kit.part(), Session.current())
        except ConfigurationError:
            return  # a setting is malformed: the face says which, and once it is mended there will be a page
        before, self._page = self._page, page
        self.root.children = [*self._fixed, *self._page.rows]
        if before is not None:
            before.close()
