"""
Standard modules that a file of the person's may hide.

A script's folder comes first where Python looks for modules, and ``queue.py`` or ``signal.py`` is a likely name for a
script about music. What would otherwise end somewhere in this package is said in one sentence.
"""

import sys
from importlib.util import find_spec

from spotantic_nb.errors import ConfigurationError

_NEEDED = ("queue", "signal", "unicodedata")
"""What is needed here and by none of the libraries below: those would have said so already."""


def refuse_hidden_modules() -> None:
    """
    Make sure that the standard modules needed here are Python's own.

    Raises:
        ConfigurationError: Another file has the name of one; it says which.
    """
    for name in _NEEDED:
        spec = find_spec(name)
        origin = (spec and spec.origin) or ""
        if origin.endswith(".py") and not origin.startswith(sys.base_prefix):
            raise ConfigurationError(f"{origin} hides Python's own module {name}.", hint="Give that file another name.")
