"""
The settings of a login, and where each of them came from.

Arguments come first, then environment variables, then the project's ``.env``, which is looked for from the current
folder upward, then the secrets of Colab or Kaggle. Knows the names and shapes of the settings, not what any flow needs
of them.
"""

import os
import re
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote_plus

from pydantic import AwareDatetime, Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from spotantic_nb import _hosted
from spotantic_nb._foreign_text import isolated
from spotantic_nb._project import current_folder, exists, project_root
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb._wire import RedirectUri
from spotantic_nb.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

PREFIX = "SPOTANTIC_AUTH_"

_OURS = re.compile(
    r"(https://(accounts|api)\.spotify\.com|https?://(127\.0\.0\.1|\[::1\])(:\d{1,5})?)(/[\w.~/-]*)?", re.ASCII
)
"""The only services that are talked to. Matched as text: parsers of addresses can be tricked about the host."""

_KEPT_AS_SECRETS = ("client_id", "client_secret", "refresh_token", "authorized_at", "redirect_uri", "scope")
"""What people keep where Colab and Kaggle keep secrets. No more: each costs a question."""

_kept_in: ContextVar[dict[str, str]] = ContextVar("_kept_in")
"""For the settings that the reading at hand took from a hosted service: which kind of secret each is."""


class _HostedSecrets(PydanticBaseSettingsSource):
    """The settings that no earlier source has, as far as a hosted service keeps them."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - pydantic's
        """Return the value of a setting, its name, and that it is plain text."""
        found = _hosted.secret(_variable(field_name))
        if found is None:
            return None, field_name, False
        _kept_in.get()[field_name] = found.origin
        return found.value, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the values by their names."""
        _kept_in.set({})
        fields = self.settings_cls.model_fields
        missing = [name for name in _KEPT_AS_SECRETS if name not in self.current_state]
        values = {name: self.get_field_value(fields[name], name)[0] for name in missing}
        return {name: value for name, value in values.items() if value is not None}


class AuthSettings(BaseSettings):
    """
    What the flow managers need to know; every field is also a variable ``SPOTANTIC_AUTH_...``.

    Which of them must be set depends on the flow; a manager says which one is missing, and where it looked.
    Takes the arguments of ``pydantic_settings.BaseSettings`` as well; without ``_env_file`` the project's is read.
    ``pickle`` and ``%store`` leave out the client secret and the refresh token.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    client_id: SecretStr | None = None
    """The app's client id, from Spotify's dashboard."""
    client_secret: SecretStr | None = None
    """The app's client secret; the PKCE flow does without."""
    redirect_uri: RedirectUri | None = None
    """Where Spotify sends the browser after the consent, exactly as registered."""
    scope: str | None = None
    """The scopes to ask for, separated by spaces."""
    store_access_token: bool = False
    """Whether a manager keeps its token in ``access_token_file_path``."""
    access_token_file_path: Path = Path(".token_info_cache")
    """The token file. A session reads a relative path from the project root, a bare manager from where it runs."""
    accounts_url: str = "https://accounts.spotify.com"
    """Spotify's accounts service, or a sandbox on a loopback address; nothing else is taken."""
    api_url: str = "https://api.spotify.com/v1"
    """Spotify's Web API, or a sandbox on a loopback address; nothing else is taken."""
    callback_timeout: float = Field(default=300, gt=0)
    """Seconds to wait for the person's answer."""
    refresh_token: SecretStr | None = None
    """A grant brought along from another machine, for Colab secrets and CI; see ``Session.export_grant``."""
    authorized_at: AwareDatetime | None = None
    """When the person gave the grant in ``refresh_token``, so that the consent's end is known."""
    browser: Literal["here", "elsewhere"] | None = None
    """Whether the person's browser reaches this machine's 127.0.0.1; unset, it is guessed."""

    _env_file: Any = PrivateAttr(default=None)
    _provenance: dict[str, str] = PrivateAttr(default_factory=dict)

    @hides_locals
    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - whatever BaseSettings takes
        env_file = values.get("_env_file", project_root(current_folder()) / ".env")
        # Where nobody may look there is no file: asking for it would raise.
        is_missing = isinstance(env_file, str | Path) and not exists(Path(env_file))
        super().__init__(**{**values, "_env_file": None if is_missing else env_file})
        self._env_file = env_file
        self._provenance = {name: _origin(name, values, env_file) for name in self.model_fields_set}

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        return {**state, "__dict__": {**state["__dict__"], "client_secret": None, "refresh_token": None}}

    @field_validator("accounts_url", "api_url")
    @classmethod
    def _refuse_strangers(cls, value: str) -> str:
        """Keep a stranger's ``.env`` from sending tokens to their own server."""
        if not _OURS.fullmatch(value):
            raise ValueError("must be Spotify's own https address, or a sandbox on a loopback address")
        return value.rstrip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add the secrets of hosted services as the last source."""
        return init_settings, env_settings, dotenv_settings, file_secret_settings, _HostedSecrets(settings_cls)

    @property
    def provenance(self) -> dict[str, str]:
        """For each setting that was given: ``argument``, its variable, the file, or the kind of secret it is."""
        return dict(self._provenance)

    def get_basic_auth(self) -> "httpx.BasicAuth":
        """
        Return the client's credentials for HTTP Basic, form-encoded first as RFC 6749, section 2.3.1 wants it.

        Raises:
            ConfigurationError: ``client_id`` or ``client_secret`` is not set.
        """
        import httpx

        return httpx.BasicAuth(*(quote_plus(text) for text in self.require("client_id", "client_secret")))

    def require(self, *names: str) -> list[str]:
        """
        Return these settings as plain text.

        Raises:
            ConfigurationError: One of them is not set; the error names its variable and the file looked in.
        """
        values = [getattr(self, name) for name in names]
        missing = [name for name, value in zip(names, values, strict=True) if value is None]
        if missing:
            variables = " and ".join(map(_variable, missing))
            raise ConfigurationError(
                f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set.",
                hint=f"Set {variables} {where_to_set(self._env_file_in_words())}.",
            )
        return [value.get_secret_value() if isinstance(value, SecretStr) else str(value) for value in values]

    def _env_file_in_words(self) -> str:
        if isinstance(self._env_file, str | Path) and not exists(Path(self._env_file)):
            return f"{isolated(self._env_file)} (no such file yet)"
        return "an .env file" if self._env_file is None else isolated(self._env_file)


def _origin(name: str, arguments: dict[str, Any], env_file: object) -> str:
    """Tell where a setting came from, in the order in which the sources are asked."""
    variable = _variable(name)
    if name in arguments:
        return "argument"
    return _kept_in.get().get(name) or (variable if variable in map(str.upper, os.environ) else str(env_file))


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def where_to_set(env_file: str) -> str:
    """Return in words where a setting can be given, besides this file: ``in the environment or in ...``."""
    secrets = [f"as {place} (then restart the kernel)" for place in _hosted.places_in_words()]
    *places, last = ["in the environment", f"in {env_file}", *secrets]
    return f"{', '.join(places)} or {last}"


@hides_locals
def project_settings(root: Path) -> AuthSettings:
    """
    Return the settings of the project at ``root``.

    Raises:
        ConfigurationError: One of them is malformed; the error names its variable and the file.
    """
    env_file = root / ".env"
    try:
        return AuthSettings(_env_file=env_file)
    except UnicodeDecodeError:
        raise ConfigurationError(f"{isolated(env_file)} cannot be read.", hint="Save it as UTF-8 text.") from None
    except OSError as error:
        raise ConfigurationError(
            f"{isolated(env_file)} cannot be read: {isolated(error.strerror)}.",
            hint="Make it readable, or move it away.",
        ) from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0])
        kept_in = _kept_in.get().get(name)
        raise ConfigurationError(
            f"{_variable(name)} is not usable: {first['msg'].removeprefix('Value error, ')}.",
            hint=f"Correct the {kept_in} of that name, then restart the kernel."
            if kept_in
            else f"Correct it in the environment or in {isolated(env_file)}.",
        ) from None
