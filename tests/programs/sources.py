"""What Python source says."""

import ast
import gc


def parsed(source: str) -> ast.Module:
    """Parse a module. Before Python 3.11.8, that fails where garbage is collected meanwhile (python/cpython#106905)."""
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        gc.enable()
