"""Settings that lead to the sandbox, for managers that talk to it over real sockets."""

import pytest
from pydantic import SecretStr

from spotantic_nb import AuthSettings
from spotantic_nb.sandbox import Sandbox


@pytest.fixture
def settings(sandbox: Sandbox, port: int) -> AuthSettings:
    """Settings that lead to the sandbox."""
    return AuthSettings(
        client_id=SecretStr(sandbox.client_id),
        client_secret=SecretStr(sandbox.client_secret),
        redirect_uri=f"http://127.0.0.1:{port}/callback",
        scope="user-top-read playlist-read-private",
        accounts_url=sandbox.accounts_url,
        api_url=sandbox.api_url,
        callback_timeout=30,
    )
