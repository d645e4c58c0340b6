"""
The managers of one project: its settings with a session's defaults, and a token file for each of its logins.

One file per accounts service, client id and flow, so that two apps, two flows, or Spotify and a sandbox never share a
token; and one store per file, so that what could not be written yet is not forgotten.
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from spotantic_nb._choices import FLOWS, READ_ONLY_SCOPES, Flow, warning_about_scopes
from spotantic_nb._text import isolated
from spotantic_nb.auth._base import AuthManagerBase
from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.auth._flows import (
    AuthCodeFlowManager,
    AuthCodePKCEFlowManager,
    ClientCredentialsFlowManager,
    PersonalFlowManager,
)
from spotantic_nb.auth._portable_grant import grant_in_place_of
from spotantic_nb.auth._redirect_uri import DEFAULT_REDIRECT_URI, warning_about
from spotantic_nb.auth._store import MemoryTokenStore
from spotantic_nb.auth._token_file import LoginKey
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.settings import AuthSettings, _hosted_secrets, where_to_set
from spotantic_nb.settings._project import PROJECT_FOLDER, Project
from spotantic_nb.status import NOT_SET_UP

_PERSONAL = {"pkce": AuthCodePKCEFlowManager, "code": AuthCodeFlowManager}

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """What one login was asked to be."""

    flow: Flow
    scopes: frozenset[str] = frozenset()
    """The scopes to ask for; the settings' own where this is empty."""
    force: bool = field(kw_only=True, default=False)
    switch_user: bool = field(kw_only=True, default=False)
    timeout: float | None = field(kw_only=True, default=None)
    """Seconds to wait for the person; ``callback_timeout`` where this is None."""
    at_least: frozenset[str] = field(kw_only=True, default=frozenset())
    """The scopes without which the login so far is kept, and the new one is not."""


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
        if _hosted_secrets.places_in_words():
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
        about_secrets = [] if self._given else _hosted_secrets.notices()
        troubles = [store.trouble for store in self._stores.values() if store.trouble]
        return [*about_secrets, *self._notices, *troubles[:1]]  # the files of all flows stand in one folder

    def manager(self, flow: Flow, settings: AuthSettings) -> AuthManagerBase:
        """
        Return a new manager for this flow, with the project's store for it.

        Raises:
            ConfigurationError: There is no such flow, or the client id is not set.
        """
        if flow != "client":
            return self.personal(flow, settings)
        manager = ClientCredentialsFlowManager(settings)
        manager.store = self._store(flow, settings)
        return manager

    def personal(self, flow: Flow, settings: AuthSettings) -> PersonalFlowManager:
        """Return a new manager for one of the flows of a person; raises what ``manager`` does."""
        if flow not in _PERSONAL:
            raise ConfigurationError(f"{isolated(flow)} is not a flow.", hint=f"Choose one of {', '.join(FLOWS)}.")
        manager = _PERSONAL[flow](settings, allow_lazy_refresh=True)
        manager.store = self._store(flow, settings)
        return manager

    def manager_for(self, request: LoginRequest) -> AuthManagerBase:
        """
        Return a manager that asks for the requested scopes, and for those that the stored token has already.

        Raises:
            ConfigurationError: There is no such flow, no app is set up, or a setting is malformed.
        """
        settings = self.settings()
        if settings.client_id is None:
            where = where_to_set(isolated(self._project.env_file))
            hint = " ".join([f"Set it {where}; %spotantic_panel shows how.", *self.notices()])
            raise ConfigurationError(NOT_SET_UP, hint=hint)
        wanted = request.scopes or frozenset((settings.scope or "").split())
        self._warn(warning_about_scopes(wanted))
        self._warn(warning_about(settings.redirect_uri or ""))
        held = self._store(request.flow, settings).load()
        if held is not None and held.scope is not None and wanted - held.scopes:
            lacking = isolated(" ".join(sorted(wanted - held.scopes)))
            if not request.at_least:  # code that needs a scope says so itself
                self._warn(f"The login so far lacks {lacking}; this one asks for it as well.")
            wanted |= held.scopes
        return self.manager(request.flow, settings.model_copy(update={"scope": " ".join(sorted(wanted))}))

    def stored(self, settings: AuthSettings) -> AuthManagerBase | None:
        """
        Return a manager for the project's newest token, or None where there is no token.

        Raises:
            ConfigurationError: The client id is not set.
        """
        tokens = {flow: token for flow in FLOWS if (token := self._token(flow, settings))}
        # A portable grant counts for both flows of a person: with a secret it is the code flow's.
        flows = sorted(tokens, key=lambda flow: flow == "code" and settings.client_secret is not None, reverse=True)
        newest = max(flows, key=lambda flow: tokens[flow].expires_at or _LONG_AGO, default=None)
        return None if newest is None else self.manager(newest, settings)

    async def forget(self, settings: AuthSettings) -> None:
        """
        Remove the tokens of all flows, once no task of this or another kernel renews them.

        Raises:
            TokenStoreError: A file cannot be removed, or another kernel holds it for too long.
        """
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

    def _token(self, flow: Flow, settings: AuthSettings) -> AccessTokenInfo | None:
        """Return the token that a manager of this flow would hold."""
        stored = self._store(flow, settings).load()
        return (None if flow == "client" else grant_in_place_of(stored, settings)) or stored

    def _warn(self, notice: str) -> None:
        if notice:
            self._notify(notice)

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
