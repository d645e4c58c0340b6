"""Two logins with tekore, which asks the person to paste the address."""

import builtins
import sys

import tekore
from contest import CLIENT_ID, REDIRECT_URI, SCOPE, SERVICE, begin, have_token
from tekore._auth.expiring import client

client.OAUTH_AUTHORIZE_URL, client.OAUTH_TOKEN_URL = f"{SERVICE}/authorize", f"{SERVICE}/api/token"
builtins.input = lambda _: sys.stdin.readline()  # its question would stand in our line
for _ in range(2):
    begin()
    tekore.prompt_for_pkce_token(CLIENT_ID, REDIRECT_URI, scope=SCOPE)
    have_token()
