"""
The three flow managers of Spotify's OAuth 2.0, usable from any script; nothing here knows a notebook.

Example:
    >>> import asyncio
    >>> from spotantic_nb import AuthSettings
    >>> from spotantic_nb.auth import AuthCodePKCEFlowManager
    >>> manager = AuthCodePKCEFlowManager(AuthSettings(scope="user-top-read"), allow_lazy_refresh=True)
    >>> asyncio.run(manager.authorize())
    >>> asyncio.run(manager.get_valid_access_token()).get_authorization_header()
    {'Authorization': 'Bearer **********'}
"""

from typing import TYPE_CHECKING

from spotantic_nb._lazy import lazily

if TYPE_CHECKING:
    from spotantic_nb.auth._base import AuthManagerBase
    from spotantic_nb.auth._flows import (
        AuthCodeFlowManager,
        AuthCodePKCEFlowManager,
        ClientCredentialsFlowManager,
    )
    from spotantic_nb.auth._refreshable import RefreshableAuthManager

__all__ = [
    "AuthCodeFlowManager",
    "AuthCodePKCEFlowManager",
    "AuthManagerBase",
    "ClientCredentialsFlowManager",
    "RefreshableAuthManager",
]

_HOMES = {
    "AuthCodeFlowManager": "spotantic_nb.auth._flows",
    "AuthCodePKCEFlowManager": "spotantic_nb.auth._flows",
    "AuthManagerBase": "spotantic_nb.auth._base",
    "ClientCredentialsFlowManager": "spotantic_nb.auth._flows",
    "RefreshableAuthManager": "spotantic_nb.auth._refreshable",
}
__getattr__, __dir__ = lazily(__name__, _HOMES)
