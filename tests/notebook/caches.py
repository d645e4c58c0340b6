"""A cache of spotipy, for tests that run where spotipy is not installed: in its shape, with a login at the sandbox."""

import asyncio
import json
from pathlib import Path

from logins import sign_in
from pydantic import SecretStr

from spotantic_nb import AuthCodePKCEFlowManager, AuthSettings
from spotantic_nb.sandbox import Sandbox


def write_cache(sandbox: Sandbox, file: Path) -> None:
    """Log Ada in by PKCE, and write what ``CacheFileHandler.save_token_to_cache`` of spotipy 2.26 writes then."""
    manager = AuthCodePKCEFlowManager(
        AuthSettings(
            _env_file=None,
            client_id=SecretStr(sandbox.client_id),
            redirect_uri="http://127.0.0.1:8899/callback",
            scope="user-library-read user-top-read",
            accounts_url=sandbox.accounts_url,
        )
    )
    asyncio.run(sign_in(manager))
    token = manager.access_token_info
    assert token is not None
    assert token.refresh_token is not None
    cached = {
        "access_token": token.access_token.get_secret_value(),
        "token_type": token.token_type,
        "expires_in": token.expires_in,
        "refresh_token": token.refresh_token.get_secret_value(),
        "scope": token.scope,
        "expires_at": 1_790_000_000,
    }
    file.write_text(json.dumps(cached))
    file.chmod(0o600)
