"""
Which code called: a cell by its number, or a line of a file, as a person would name it.
"""

import sys
from pathlib import Path
from types import FrameType
from typing import Any


def caller() -> str:
    """Return the place of the code that called this package: ``In [3]``, or ``report.py:12``."""
    frame = sys._getframe()  # noqa: SLF001 - as inspect.currentframe, which may return None
    while frame.f_back is not None and _is_ours(frame):
        frame = frame.f_back
    return _cell(frame) or f"{_shown(frame.f_code.co_filename)}:{frame.f_lineno}"


def _is_ours(frame: FrameType) -> bool:
    return f"{frame.f_globals.get('__name__', '')}.".startswith("spotantic_nb.")


def _cell(frame: FrameType) -> str:
    """Return the cell that this code stands in, as IPython numbers it; an empty text where it is none."""
    file, names = frame.f_code.co_filename, frame.f_globals
    if "In" not in names or Path(file).exists():
        return ""
    shell: Any = names["get_ipython"]() if "get_ipython" in names else None
    tell = getattr(getattr(shell, "compile", None), "format_code_name", None)  # of IPython 8
    _, name = (tell and tell(file)) or ("Cell", f"In[{len(names['In']) - 1}]")
    return str(name).replace("[", " [")


def _shown(file: str) -> str:
    """Return a file as it is found from the current folder."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return file
