"""Two logins with spotipy."""

from contest import CLIENT_ID, REDIRECT_URI, SCOPE, SERVICE, begin, have_token
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyPKCE

SpotifyPKCE.OAUTH_AUTHORIZE_URL, SpotifyPKCE.OAUTH_TOKEN_URL = f"{SERVICE}/authorize", f"{SERVICE}/api/token"
for _ in range(2):
    manager = SpotifyPKCE(
        client_id=CLIENT_ID,
        redirect_uri=REDIRECT_URI,
        scope=SCOPE,
        cache_handler=MemoryCacheHandler(),
        open_browser=True,
    )
    begin()
    manager.get_access_token()
    have_token()
