"""
What a session takes over from other programs: the login in a file of theirs.
"""

from pathlib import Path

from spotantic_nb._choices import Flow
from spotantic_nb._portal import portal
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._foreign_tokens import TokenSource, sources_in
from spotantic_nb.session._standing import Standing
from spotantic_nb.status import Status


class FromElsewhere(Standing):
    """The part of a session that takes over the logins of other programs."""

    @hides_locals
    def bring(self, path: Path | str, *, flow: Flow | None = None) -> Status:
        """
        Log in with the login that spotipy, spotantic or tekore has in a file; nobody is asked.

        The file is read, and never written. Its refresh token is proved by one refresh, and stored like any other.
        Where Spotify replaces it then, the other program has to log in again, and a notice of the status says so.

        Args:
            path: spotipy's ``.cache``, spotantic's token file, or tekore's configuration file.
            flow: ``pkce`` or ``code``; otherwise ``code`` where the settings have a client secret, ``pkce`` where not.

        Returns:
            The new status. Its scopes are those that were granted; when the consent ends is not known.

        Raises:
            TokenStoreError: The file holds no login that can be renewed.
            ConfigurationError: No app is set up, or it is another one than that of the file.
            TokenRequestError: The accounts service does not renew it; the login that was here is kept.

        Example:
            >>> from pathlib import Path
            >>> session = Session.current()
            >>> session.login("pkce")
            >>> refresh_token = session.token().refresh_token.get_secret_value()
            >>> cache = f'{{"access_token": "BQDx", "expires_at": 1790000000, "refresh_token": "{refresh_token}"}}'
            >>> _ = Path(".cache").write_text(cache)  # as spotipy would
            >>> session.logout().state, session.bring(".cache").message
            ('signed out', 'Brought along from .cache of spotipy: signed in as Ada Fjordmark.')
            >>> dict(session.status.facts())["Consent ends"]
            'unknown'
        """
        portal.run(lambda: self._async_session.bring(Path(path), flow))
        return self.status

    @hides_locals
    async def abring(self, path: Path) -> None:
        """Do what ``bring`` does, without blocking the caller's event loop."""
        await portal.arun(lambda: self._async_session.bring(path, None))

    def sources_nearby(self) -> list[TokenSource]:
        """
        Return the files in the current and the project's folder that hold a login of another program, for ``bring``.

        No other folder is looked into, and only files with the names that such files usually have.

        Example:
            >>> from pathlib import Path
            >>> _ = Path(".cache").write_text('{"access_token": "x", "refresh_token": "y", "expires_at": 1790000000}')
            >>> [str(source) for source in Session.current().sources_nearby()]
            ['.cache of spotipy']
        """
        return sources_in(dict.fromkeys((self._project.folder, self._project.root)))
