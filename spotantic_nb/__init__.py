"""
Log in to Spotify from a notebook, keep the token alive, and hand it to any client.

    %load_ext spotantic_nb
    %spotantic_login pkce
    token = %spotantic_token

Every name below is imported when it is first used, so that neither line costs anything before it is run.
"""

from typing import TYPE_CHECKING

from spotantic_nb._hidden_modules import refuse_hidden_modules
from spotantic_nb._lazy import lazily

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from spotantic_nb._nested_asyncio import allow_nested_asyncio
    from spotantic_nb.auth import (
        AuthCodeFlowManager,
        AuthCodePKCEFlowManager,
        AuthManagerBase,
        ClientCredentialsFlowManager,
        RefreshableAuthManager,
    )
    from spotantic_nb.errors import (
        AccountMismatchError,
        AccountsUnreachableError,
        AuthorizationDeniedError,
        AuthorizationError,
        CallbackError,
        CallbackTimeoutError,
        ConfigurationError,
        InvalidClientError,
        InvalidGrantError,
        LoopbackUnavailableError,
        NotLoggedInError,
        ScopeMissingError,
        SpotanticNbError,
        StateMismatchError,
        TokenExpiredError,
        TokenRequestError,
        TokenStoreError,
        UnsupportedEnvironmentError,
        WebApiError,
    )
    from spotantic_nb.models import AccessTokenInfo, AccessTokenRequestBody, AuthCodeRequestParams
    from spotantic_nb.session import Session
    from spotantic_nb.settings import AuthSettings
    from spotantic_nb.status import Status

refuse_hidden_modules()

__version__ = "0.1.0"

__all__ = [
    "AccessTokenInfo",
    "AccessTokenRequestBody",
    "AccountMismatchError",
    "AccountsUnreachableError",
    "AuthCodeFlowManager",
    "AuthCodePKCEFlowManager",
    "AuthCodeRequestParams",
    "AuthManagerBase",
    "AuthSettings",
    "AuthorizationDeniedError",
    "AuthorizationError",
    "CallbackError",
    "CallbackTimeoutError",
    "ClientCredentialsFlowManager",
    "ConfigurationError",
    "InvalidClientError",
    "InvalidGrantError",
    "LoopbackUnavailableError",
    "NotLoggedInError",
    "RefreshableAuthManager",
    "ScopeMissingError",
    "Session",
    "SpotanticNbError",
    "StateMismatchError",
    "Status",
    "TokenExpiredError",
    "TokenRequestError",
    "TokenStoreError",
    "UnsupportedEnvironmentError",
    "WebApiError",
    "allow_nested_asyncio",
]

_HOMES = {name: "spotantic_nb.errors" for name in __all__ if name.endswith("Error")} | {
    "AccessTokenInfo": "spotantic_nb.models",
    "AccessTokenRequestBody": "spotantic_nb.models",
    "AuthCodeFlowManager": "spotantic_nb.auth",
    "AuthCodePKCEFlowManager": "spotantic_nb.auth",
    "AuthCodeRequestParams": "spotantic_nb.models",
    "AuthManagerBase": "spotantic_nb.auth",
    "AuthSettings": "spotantic_nb.settings",
    "ClientCredentialsFlowManager": "spotantic_nb.auth",
    "RefreshableAuthManager": "spotantic_nb.auth",
    "Session": "spotantic_nb.session",
    "Status": "spotantic_nb.status",
    "allow_nested_asyncio": "spotantic_nb._nested_asyncio",
}
__getattr__, __dir__ = lazily(__name__, _HOMES)


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """Register the magics; IPython calls this for ``%load_ext spotantic_nb``."""
    from spotantic_nb.notebook._extension import register

    register(shell)


def unload_ipython_extension(shell: "InteractiveShell") -> None:
    """Remove the magics; IPython calls this for ``%unload_ext spotantic_nb``."""
    from spotantic_nb.notebook._extension import unregister

    unregister(shell)
