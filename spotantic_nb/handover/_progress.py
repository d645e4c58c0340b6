"""
How far a long list has come: a bar of tqdm where a person looks, in notebooks and terminals.
"""

import contextlib
import importlib.util
import sys
from types import TracebackType
from typing import Any, Self

from spotantic_nb.errors import ConfigurationError


def require_bars() -> None:
    """
    Check that bars can be shown.

    Raises:
        ConfigurationError: tqdm is not installed.
    """
    if not _has_tqdm():
        raise ConfigurationError("The progress bar needs tqdm, which is not installed.", hint="Run: pip install tqdm")


class Progress:
    """
    Show how many items have come, and why there is a pause.

    Args:
        name: What stands before the bar.
        wanted: Whether there is to be a bar; None for where a person looks, and for more than one page.
    """

    def __init__(self, name: str, wanted: bool | None) -> None:  # noqa: FBT001 - as Session.items has it
        self._name = name
        self._wanted = wanted
        self._is_told = wanted or (wanted is None and _is_watched())
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is None:
            return
        if kind is GeneratorExit:
            self._bar.total = None  # whoever has seen enough has made no error, and sees no red bar
        self._bar.close()

    def advance(self, count: int, goal: int | None, *, is_last: bool) -> None:
        """
        Add a page.

        Args:
            count: Of its items.
            goal: How many items there will be with all pages; None where that is not known.
            is_last: Whether no other page follows.
        """
        if self._bar is None and self._is_told and _has_tqdm() and (self._wanted or not is_last):
            from tqdm.auto import tqdm

            self._bar = tqdm(desc=self._name, total=goal, unit=" items")
        if self._bar is not None:
            self._bar.update(count)
            if is_last:
                self._bar.total = self._bar.n  # where a list is shorter than it said, nothing went wrong
                self._bar.refresh()

    def tell(self, why: str) -> None:
        """Say why there is a pause; an empty text says that it is over."""
        if self._bar is not None:
            self._bar.set_description_str(f"{self._name}: {why}" if why else self._name)
        elif self._is_told and why:
            with contextlib.suppress(Exception):  # a stream that is closed, or somebody's own
                sys.stderr.write(f"{why}\n")


def _has_tqdm() -> bool:
    return importlib.util.find_spec("tqdm") is not None


def _is_watched() -> bool:
    """Tell whether a person looks: this is a notebook's kernel, or standard error is a terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if getattr(shell, "kernel", None) is not None:
        return True
    with contextlib.suppress(Exception):  # a stream that is missing, closed, or somebody's own
        return sys.stderr.isatty()
    return False
