"""Two logins with spotantic."""

import asyncio

from contest import CLIENT_ID, REDIRECT_URI, SCOPE, SERVICE, begin, have_token
from spotantic.auth import AuthCodePKCEFlowManager
from spotantic.auth import _auth_manager_base as base
from spotantic.models.auth import AuthSettings

base.AUTH_URL, base.TOKEN_URL = f"{SERVICE}/authorize", f"{SERVICE}/api/token"
settings = AuthSettings(_env_file=None, client_id=CLIENT_ID, redirect_uri=REDIRECT_URI, scope=SCOPE)
for _ in range(2):
    manager = AuthCodePKCEFlowManager(settings)
    begin()
    asyncio.run(manager.authorize())
    have_token()
