"""Two logins with this package, each with a manager of its own."""

import asyncio

from contest import CLIENT_ID, REDIRECT_URI, SCOPE, SERVICE, begin, have_token
from pydantic import SecretStr

from spotantic_nb import AuthCodePKCEFlowManager, AuthSettings

settings = AuthSettings(
    _env_file=None,
    client_id=SecretStr(CLIENT_ID),
    redirect_uri=REDIRECT_URI,
    scope=SCOPE,
    accounts_url=SERVICE,
    browser="here",
)
for _ in range(2):
    manager = AuthCodePKCEFlowManager(settings)
    begin()
    asyncio.run(manager.authorize())
    have_token()
