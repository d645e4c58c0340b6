"""
The settings of a login, and where each of them came from.

Knows the names of the settings and what each may be, not what any flow needs of them.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote_plus

from pydantic import AwareDatetime, Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from spotantic_nb._requests import RedirectUri
from spotantic_nb._text import isolated
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.settings import _hosted_secrets
from spotantic_nb.settings._env_file import PREFIX
from spotantic_nb.settings._project import current_folder, env_file_of, exists
from spotantic_nb.settings._sources import ARGUMENT, given, variable
from spotantic_nb.settings._types import REGULAR, WORD, Credential, FilePath, Scope, Token

if TYPE_CHECKING:
    import httpx

_OURS = re.compile(
    r"(https://(accounts|api)\.spotify\.com|https?://(127\.0\.0\.1|\[::1\])(:\d{1,5})?)(/[\w.~/-]*)?", re.ASCII
)
"""The only services that are talked to. Matched as text: parsers of addresses can be tricked about the host."""

_OF_THE_PROJECT = object()


class AuthSettings(BaseSettings):
    """
    What the flow managers need to know; every field is also a variable ``SPOTANTIC_AUTH_...``.

    Arguments come first, then environment variables, then ``.env``, then the secrets of Colab or Kaggle. Which of the
    settings must be given depends on the flow; a manager says which one is missing, and where it looked.
    ``pickle`` and ``%store`` leave out the client secret and the refresh token.

    Args:
        _env_file: The file to read in place of the nearest ``.env``, from the current folder upward; None for none.
        **values: Settings by their names.

    Raises:
        ConfigurationError: A setting is not usable, or the file cannot be read; the error names it and its source.

    Example:
        >>> settings = AuthSettings(scope="user-top-read, user-library-read")
        >>> settings.scope, settings.provenance["scope"]
        ('user-top-read user-library-read', 'argument')
        >>> settings.client_secret  # from .env
        SecretStr('**********')
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", hide_input_in_errors=True)

    client_id: Credential | None = None
    """The app's client id, from Spotify's dashboard."""
    client_secret: Credential | None = None
    """The app's client secret; the PKCE flow does without."""
    redirect_uri: Annotated[RedirectUri, REGULAR] | None = None
    """Where Spotify sends the browser after the consent, exactly as registered."""
    scope: Scope | None = None
    """The scopes to ask for, separated by spaces; commas are taken as well."""
    store_access_token: bool = False
    """Whether a manager keeps its token in ``access_token_file_path``."""
    access_token_file_path: FilePath = Path(".token_info_cache")
    """The token file. A session reads a relative path from the project root, a bare manager from where it runs."""
    accounts_url: Annotated[str, REGULAR] = "https://accounts.spotify.com"
    """Spotify's accounts service, or a sandbox on a loopback address; nothing else is taken."""
    api_url: Annotated[str, REGULAR] = "https://api.spotify.com/v1"
    """Spotify's Web API, or a sandbox on a loopback address; nothing else is taken."""
    callback_timeout: float = Field(default=300, gt=0)
    """Seconds to wait for the person's answer."""
    refresh_token: Token | None = None
    """A portable grant of another machine, for Colab secrets and CI; see ``Session.export_grant``."""
    authorized_at: AwareDatetime | None = None
    """When the person gave the grant in ``refresh_token``, so that the consent's end is known."""
    forwarded_to: Annotated[int, REGULAR] | None = Field(default=None, gt=0, lt=65536)
    """The port of this machine that a proxy forwards the redirect URI to (jupyter-server-proxy, code-server)."""
    browser: Annotated[Literal["here", "elsewhere"], WORD] | None = None
    """Whether the person's browser reaches this machine's 127.0.0.1; unset, it is guessed."""

    _env_file: Path | None = PrivateAttr(default=None)
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)
    _notices: tuple[str, ...] = PrivateAttr(default=())

    @hides_locals
    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - whatever BaseSettings takes
        env_file = values.pop("_env_file", _OF_THE_PROJECT)
        path = env_file_of(current_folder()) if env_file is _OF_THE_PROJECT else env_file and Path(env_file)
        settings = given(values, path, names=type(self).model_fields)
        try:
            super().__init__(**settings.values)
        except ValidationError as error:
            raise _malformed(error, settings.origins) from None
        self._env_file, self._origins, self._notices = path, settings.origins, settings.notices

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
    def settings_customise_sources(  # type: ignore[override]
        cls,
        _: type[BaseSettings],
        /,
        *,
        init_settings: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what was given as it is: every source was asked before, with a note of what it gave."""
        return (init_settings,)

    @property
    def provenance(self) -> dict[str, str]:
        """For each setting that was given: ``argument``, its variable, the file, or the kind of secret it is."""
        return dict(self._origins)

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know about the file that was read."""
        return self._notices

    def get_basic_auth(self) -> "httpx.BasicAuth":
        """
        Return the client's credentials for HTTP Basic, form-encoded first as RFC 6749, section 2.3.1 wants it.

        Raises:
            ConfigurationError: ``client_id`` or ``client_secret`` is not set.

        Example:
            >>> AuthSettings().get_basic_auth()
            <httpx.BasicAuth object at 0x...>
        """
        import httpx

        return httpx.BasicAuth(*(quote_plus(text) for text in self.require("client_id", "client_secret")))

    def require(self, *names: str) -> list[str]:
        """
        Return these settings as plain text.

        Raises:
            ConfigurationError: One of them is not set; the error names its variable and the file looked in.

        Example:
            >>> AuthSettings(scope="user-top-read").require("scope")
            ['user-top-read']
            >>> AuthSettings(_env_file=None).require("client_id")
            Traceback (most recent call last):
            spotantic_nb.errors.ConfigurationError: client_id is not set. Set SPOTANTIC_AUTH_CLIENT_ID ...
        """
        values = [getattr(self, name) for name in names]
        missing = [name for name, value in zip(names, values, strict=True) if value is None]
        if missing:
            variables = " and ".join(map(variable, missing))
            raise ConfigurationError(
                f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set.",
                hint=" ".join([f"Set {variables} {where_to_set(self._env_file_in_words())}.", *self.notices]),
            )
        return [value.get_secret_value() if isinstance(value, SecretStr) else str(value) for value in values]

    def _env_file_in_words(self) -> str:
        if self._env_file is None:
            return "an .env file"
        is_there = exists(self._env_file)
        return f"{isolated(self._env_file)}{'' if is_there else ' (no such file yet)'}"


def where_to_set(env_file: str) -> str:
    """
    Return in words where a setting can be given, besides this file.

    Example:
        >>> where_to_set(".env")
        'in the environment or in .env'
    """
    secrets = [f"as {place} (then restart the kernel)" for place in _hosted_secrets.places_in_words()]
    *places, last = ["in the environment", f"in {env_file}", *secrets]
    return f"{', '.join(places)} or {last}"


def _malformed(error: ValidationError, origins: Mapping[str, str]) -> ConfigurationError:
    """Return the error for a setting that is not usable, without a word of what it was."""
    first = error.errors(include_input=False, include_url=False)[0]
    name = str(first["loc"][0])
    reason = first["msg"].removeprefix("Value error, ")
    return ConfigurationError(f"{variable(name)} is not usable: {reason}.", hint=_how_to_correct(name, origins[name]))


def _how_to_correct(name: str, origin: str) -> str:
    if origin == ARGUMENT:
        return f"Correct the argument {name}."
    if origin == variable(name):
        return "Correct it in the environment."
    if origin in {service.secret_in_words for service in _hosted_secrets.services}:
        return f"Correct the {origin} of that name, then restart the kernel."
    return f"Correct it in {isolated(origin)}."
