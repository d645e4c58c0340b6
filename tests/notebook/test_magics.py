"""The line of a magic: a comment behind its arguments is the person's own business."""

import pytest
from IPython.core.error import UsageError

from spotantic_nb.notebook._magics import SpotanticMagics, _arguments

MAGICS = [name for name in vars(SpotanticMagics) if name.startswith("spotantic_")]


@pytest.mark.parametrize("comment", ["#", "# a link", '  # it\'s "mine"', "## --force", "\t# {x} $y"])
@pytest.mark.parametrize("name", MAGICS)
def test_every_magic_takes_a_comment(name: str, comment: str) -> None:
    magic = getattr(SpotanticMagics, name)
    assert _arguments(magic, comment) == _arguments(magic, "")


def test_the_arguments_before_a_comment_count() -> None:
    wanted = _arguments(SpotanticMagics.spotantic_login, "code --scope a 'b #c' d#e --force  # --paste")
    assert (wanted.flow, wanted.scope, wanted.force, wanted.paste) == ("code", ["a", "'b #c'", "d#e"], True, False)


def test_what_is_no_comment_is_still_refused() -> None:
    with pytest.raises(UsageError):
        _arguments(SpotanticMagics.spotantic_token, "a link")
