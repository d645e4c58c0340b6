"""
Which code called: a cell by its number, or a line of a file, as a person would name it.
"""

import linecache
import os
import sys
from pathlib import Path
from types import FrameType

_PACKAGE = f"{Path(__file__).parents[1]}{os.sep}"


def caller() -> str:
    """Return the place of the code that called this package: ``In [3]``, or ``report.py:12``."""
    frame = sys._getframe()  # noqa: SLF001 - as inspect.currentframe, which may return None
    while frame.f_back is not None and _is_ours(frame):
        frame = frame.f_back
    return _cell(frame) or f"{_shown(frame.f_code.co_filename)}:{frame.f_lineno}"


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_PACKAGE)


def _cell(frame: FrameType) -> str:
    """Return the cell that this code stands in, as IPython numbers it; an empty text where it is none."""
    file, cells = frame.f_code.co_filename, frame.f_globals.get("In")
    if not isinstance(cells, list) or Path(file).exists():
        return ""
    # Every IPython keeps what a cell became under the name of its code here, and by its number there.
    code = "".join(linecache.getlines(file)).rstrip("\n")
    numbers = [number for number, cell in enumerate(cells) if code and str(cell).rstrip("\n") == code]
    return f"In [{numbers[-1] if numbers else len(cells) - 1}]"


def _shown(file: str) -> str:
    """Return a file as it is found from the current folder."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return file
