"""The line of a magic, where a comment is the person's own business; and a login that cannot be shown."""

import sys

import pytest
from IPython.core.error import UsageError

from spotantic_nb import Session, UnsupportedEnvironmentError
from spotantic_nb._portal import portal
from spotantic_nb.notebook import _front_end
from spotantic_nb.notebook._magics import SpotanticMagics, _arguments
from spotantic_nb.notebook._show import log_in

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


@pytest.mark.usefixtures("spotify_project")
def test_a_login_that_cannot_be_shown_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_front_end, "is_at_a_terminal", lambda: True)
    for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
        monkeypatch.setattr(sys, name, None)
    with pytest.raises(UnsupportedEnvironmentError, match="There is nowhere to show anything"):
        log_in(None, _arguments(SpotanticMagics.spotantic_login, ""))
    if (login := Session.current().pending_login) is not None:
        portal.run(login.ended)  # in vain, where nobody ends it
    assert Session.current().status.state == "signed out"
