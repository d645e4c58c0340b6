"""What was found, and where: nothing in here has ever held the value of a secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spotantic_nb._text import isolated


@dataclass(frozen=True, slots=True)
class Find:
    """
    Something secret in a notebook: where it stands and what it is, never its value.

    Example:
        >>> from pathlib import Path
        >>> from spotantic_nb.scan import Find
        >>> print(Find(Path("a.ipynb"), "access token", "output 1", cell=3, cell_id="5d1f0c2e"))
        a.ipynb: cell 3 (5d1f0c2e), output 1: access token
    """

    path: Path
    kind: str
    """What it is: ``access token``, ``client secret``, ``link of a login`` and so on."""
    place: str
    """The part of the cell, or of the notebook."""
    cell: int | None = None
    """The number of the cell, counted from 1; None for what belongs to the whole notebook."""
    cell_id: str = ""
    can_be_cleared: bool = False
    """Whether ``clear`` takes it out: an output, an attachment, the state of a widget; nothing that was written."""

    def __str__(self) -> str:
        cell = "" if self.cell is None else f"cell {self.cell}{f' ({self.cell_id})' if self.cell_id else ''}, "
        return f"{isolated(self.path)}: {cell}{self.place}: {self.kind}"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in some notebooks."""

    finds: tuple[Find, ...] = ()
    unreadable: Mapping[Path, str] = field(default_factory=dict)
    """What could not be looked into, and why, in words."""
    notebooks: int = 0
    """How many were looked into."""
    is_complete: bool = True
    """Whether no limit left any out."""
