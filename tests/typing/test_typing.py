"""``usage.py`` leaves nothing out; mypy and pyright read it, both strict, where ``.ci/run`` calls them."""

from pathlib import Path

import spotantic_nb
from spotantic_nb import sandbox

USAGE = Path(__file__).with_name("usage.py")

EXTENDED = {"AuthManagerBase"}
"""What nobody uses by its own name."""


def test_every_public_name_is_used_as_people_use_it() -> None:
    names = {name for name in (*spotantic_nb.__all__, *sandbox.__all__) if not name.endswith("Error")}
    text = USAGE.read_text(encoding="utf-8").partition("\n\n\n")[2]
    assert {name for name in names - EXTENDED if name not in text} == set()
