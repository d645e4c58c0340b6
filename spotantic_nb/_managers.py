"""
The managers of one project: its settings with a session's defaults, and a token file for each of its logins.

One file per accounts service, client id and flow, so that two apps, two flows, or Spotify and a sandbox never share a
token; and one store per file, so that what could not be written yet is not forgotten.
"""

import contextlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from spotantic_nb import _hosted
from spotantic_nb._foreign_text import isolated
from spotantic_nb._project import PROJECT_FOLDER, Project
from spotantic_nb.auth._base import AuthManagerBase
from spotantic_nb.auth._choices import FLOWS, READ_ONLY_SCOPES, Flow
from spotantic_nb.auth._flows import AuthCodeFlowManager, AuthCodePKCEFlowManager, ClientCredentialsFlowManager
from spotantic_nb.auth._redirect_uri import DEFAULT_REDIRECT_URI
from spotantic_nb.auth._store import FileTokenStore, MemoryTokenStore
from spotantic_nb.auth._token_file import LoginKey
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.settings import AuthSettings


class ProjectManagers:
    """
    Make managers that share their stores.

    Args:
        project: Where settings and token files are.
        settings: The settings to use in place of the project's own.
        notify: Is told what a person should know about a token file.
    """

    def __init__(self, project: Project, settings: AuthSettings | None, *, notify: Callable[[str], None]) -> None:
        self._project = project
        self._given = settings
        self._notify = notify
        self._stores: dict[tuple[LoginKey, Path | None], FileTokenStore | MemoryTokenStore] = {}
        self._notices: tuple[str, ...] = ()
        """What a person should know about the settings that were read last."""
        if _hosted.places_in_words():
            self._ask_now()

    def settings(self) -> AuthSettings:
        """
        Return the settings as they are now, with a session's defaults for what is not set.

        Raises:
            ConfigurationError: One of the project's settings is malformed.
        """
        settings = self._given or AuthSettings(_env_file=self._project.env_file)
        self._notices = settings.notices
        defaults = {"redirect_uri": DEFAULT_REDIRECT_URI, "scope": " ".join(READ_ONLY_SCOPES)}
        unset = {name: value for name, value in defaults.items() if getattr(settings, name) is None}
        return settings.model_copy(update=unset)

    def notices(self) -> list[str]:
        """Return what a person should know about the project's settings and token files, as long as it is so."""
        about_secrets = [] if self._given else _hosted.notices()
        troubles = [store.trouble for store in self._stores.values() if store.trouble]
        return [*about_secrets, *self._notices, *troubles[:1]]  # the files of all flows stand in one folder

    def manager(self, flow: Flow, settings: AuthSettings) -> AuthManagerBase:
        """
        Return a new manager for this flow, with the project's store for it.

        Raises:
            ConfigurationError: There is no such flow, or the client id is not set.
        """
        manager: AuthManagerBase
        match flow:
            case "pkce":
                manager = AuthCodePKCEFlowManager(settings, allow_lazy_refresh=True)
            case "code":
                manager = AuthCodeFlowManager(settings, allow_lazy_refresh=True)
            case "client":
                manager = ClientCredentialsFlowManager(settings)
            case _:
                raise ConfigurationError(f"{isolated(flow)} is not a flow.", hint=f"Choose one of {', '.join(FLOWS)}.")
        manager.store = self._store(flow, settings)
        return manager

    def stored(self) -> AuthManagerBase | None:
        """
        Return a manager for the project's newest token, or None where there is no token.

        Raises:
            ConfigurationError: A setting is malformed, or the client id is not set.
        """
        settings = self.settings()
        found = [manager for flow in FLOWS if (manager := self.manager(flow, settings)).access_token_info]
        # A grant that was brought along counts for both flows of a person: with a secret it is the code flow's.
        found.sort(key=lambda manager: manager.flow == "code" and settings.client_secret is not None, reverse=True)
        return max(found, key=_end_of_token, default=None)

    async def forget(self) -> None:
        """
        Remove the tokens of all flows, after a refresh that is on its way in this or another kernel.

        Raises:
            TokenStoreError: A file cannot be removed, or another kernel holds it for too long.
        """
        settings = self.settings()
        for store in [self._store(flow, settings) for flow in FLOWS]:
            if store.load() is not None or store.trouble:
                async with store.exclusive():
                    store.clear()

    def place_of(self, manager: AuthManagerBase) -> str:
        """Return in words where a manager's token is kept."""
        return self._store(manager.flow, manager.auth_settings).place

    def file_of(self, manager: AuthManagerBase) -> Path | None:
        """Return the file that a manager's token is kept in, or None where it is kept in memory."""
        store = self._store(manager.flow, manager.auth_settings)
        return store.path if isinstance(store, FileTokenStore) else None

    def _ask_now(self) -> None:
        """Ask a hosted service for its secrets where the cell runs, for the portal will not."""
        with contextlib.suppress(ConfigurationError):  # who needs the settings will be told
            self.settings()

    def _store(self, flow: Flow, settings: AuthSettings) -> FileTokenStore | MemoryTokenStore:
        settings.require("client_id")
        key = LoginKey.of(settings, flow)
        path = self._path(key, settings)
        if (key, path) not in self._stores:
            self._stores[key, path] = FileTokenStore(path, key=key, notify=self._notify) if path else MemoryTokenStore()
        return self._stores[key, path]

    def _path(self, key: LoginKey, settings: AuthSettings) -> Path | None:
        """Return where the settings have a token kept; None for memory only."""
        chosen = settings.model_fields_set
        if "store_access_token" in chosen and not settings.store_access_token:
            return None
        explicit = "access_token_file_path" in chosen
        path = settings.access_token_file_path if explicit else Path(PROJECT_FOLDER, _file_name(key))
        return self._project.root / path


def _file_name(key: LoginKey) -> str:
    service = re.sub(r"[^\w.]+", "_", urlsplit(key.issuer).netloc)
    return f"{service}-{key.flow}-{key.client}.json"


def _end_of_token(manager: AuthManagerBase) -> datetime:
    token = manager.access_token_info
    return (token and token.expires_at) or datetime.min.replace(tzinfo=UTC)
