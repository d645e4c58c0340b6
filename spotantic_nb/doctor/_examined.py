"""
What is examined: the settings of one session with their sources, and the surroundings of this process.

Everything is read once, so that all checks see the same; what cannot be read is kept as the error that says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spotantic_nb._choices import READ_ONLY_SCOPES
from spotantic_nb._tracebacks import hides_locals
from spotantic_nb.auth._placement import Placement
from spotantic_nb.auth._redirect_uri import DEFAULT_REDIRECT_URI
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.session import Session
from spotantic_nb.settings import AuthSettings
from spotantic_nb.settings._env_file import EnvFile, read_env_file
from spotantic_nb.settings._project import is_file
from spotantic_nb.settings._sources import ARGUMENT, Given, given
from spotantic_nb.status import Status


@dataclass(frozen=True, slots=True)
class Shell:
    """
    What only the front-end knows: where commands are typed, and what can be shown there.

    Example:
        >>> from spotantic_nb.doctor import Shell, examine
        >>> report = examine(shell=Shell("papermill"))
        >>> "papermill with neither prompts nor widgets" in str(report)
        True
    """

    name: str = "plain Python"
    can_ask: bool = False
    """Whether a person is there who can answer a prompt."""
    shows_widgets: bool = False
    has_kernel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """All that the checks look at."""

    root: Path
    """The folder of the project."""
    status: Status
    placement: Placement
    is_waiting: bool
    """Whether a login waits for its answer in this kernel."""
    shell: Shell
    environ: Mapping[str, str] = field(repr=False)
    settings: AuthSettings
    """As the session has them; what is not usable among them is left out."""
    origins: Mapping[str, str]
    """For each setting that was given, who gave it."""
    unusable: Mapping[str, ConfigurationError]
    """For each setting that cannot be used, why."""
    env_file: Path
    env: EnvFile
    """What the ``.env`` says; nothing where it cannot be read."""
    env_error: ConfigurationError | None = None
    notices: tuple[str, ...] = ()

    @property
    def is_given(self) -> bool:
        """Whether the program gave the settings, so that no ``.env`` counts."""
        return ARGUMENT in self.origins.values()

    @property
    def needs_person(self) -> bool:
        """Whether a login would have to ask somebody: there is neither a login yet nor a portable grant."""
        return self.settings.refresh_token is None and self.status.state != "signed in"


@hides_locals
def examined(session: Session, environ: Mapping[str, str], shell: Shell) -> Examined:
    """Read all that the checks look at."""
    env_file = session.env_file
    env, env_error = _env_of(env_file)
    sources = given({}, None if env_error else env_file, names=AuthSettings.model_fields)
    settings, unusable = _settings_of(session, sources)
    gave = settings.provenance if ARGUMENT in settings.provenance.values() and not unusable else sources.origins
    return Examined(
        root=session.root,
        status=session.status,
        placement=session.placement,
        is_waiting=session.pending_login is not None,
        shell=shell,
        environ=environ,
        settings=settings,
        origins=gave,
        unusable=unusable,
        env_file=env_file,
        env=env,
        env_error=env_error,
        notices=sources.notices,
    )


def _env_of(path: Path) -> tuple[EnvFile, ConfigurationError | None]:
    if not is_file(path):
        return EnvFile({}), None
    try:
        return read_env_file(path), None
    except ConfigurationError as error:
        return EnvFile({}), error


@hides_locals
def _settings_of(session: Session, sources: Given) -> tuple[AuthSettings, dict[str, ConfigurationError]]:
    """Return the settings of the session; where some are not usable, the others, and why."""
    try:
        return session.settings, {}
    except ConfigurationError:
        unusable = _unusable(sources.values)
        return _made_of({name: value for name, value in sources.values.items() if name not in unusable}), unusable


@hides_locals
def _unusable(values: Mapping[str, Any]) -> dict[str, ConfigurationError]:
    """Try each value by itself, since settings tell of their first mistake only."""
    unusable = {}
    for name, value in values.items():
        try:
            _made_of({name: value})
        except ConfigurationError as error:
            unusable[name] = error
    return unusable


@hides_locals
def _made_of(values: Mapping[str, Any]) -> AuthSettings:
    """Return settings that have these values, a session's defaults, and nothing of the environment."""
    unset = {name: field.get_default() for name, field in AuthSettings.model_fields.items()}
    whole = AuthSettings(_env_file=None, **{**unset, **values})
    fields: dict[str, Any] = {name: getattr(whole, name) for name in unset}
    fields["redirect_uri"] = whole.redirect_uri or DEFAULT_REDIRECT_URI
    fields["scope"] = whole.scope or " ".join(READ_ONLY_SCOPES)
    return AuthSettings.model_construct(_fields_set=set(values), **fields)
