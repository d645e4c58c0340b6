"""
The token files of a project: where they are, and the tokens in them.

Read as they are, past every store, so that what is wrong with a file is seen and nothing of it is changed.
"""

import contextlib
from pathlib import Path

from spotantic_nb._choices import FLOWS
from spotantic_nb.auth._token_file import LoginKey, read_tokens
from spotantic_nb.doctor._examined import Examined
from spotantic_nb.errors import TokenStoreError
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.session._managers import ProjectManagers
from spotantic_nb.settings._project import Project


def token_files(it: Examined) -> list[Path]:
    """Return where the tokens of this project's app are kept, whether they are there or not; none in memory."""
    if it.settings.client_id is None:
        return []
    managers = ProjectManagers(Project(it.root), it.settings, notify=lambda _: None)
    paths = (managers.file_of(managers.manager(flow, it.settings)) for flow in FLOWS)
    return list(dict.fromkeys(path for path in paths if path is not None))


def tokens_in(path: Path) -> list[AccessTokenInfo]:
    """Return the tokens in a file; none where it cannot be read, which is a finding of its own."""
    with contextlib.suppress(TokenStoreError):
        return read_tokens(path)
    return []


def tokens_of(it: Examined) -> list[AccessTokenInfo]:
    """Return all tokens of this project's app."""
    keys = [LoginKey.of(it.settings, flow) for flow in FLOWS]
    tokens = [token for path in token_files(it) for token in tokens_in(path)]
    return [token for token in tokens if any(key.fits(token) for key in keys)]
