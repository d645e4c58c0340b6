"""
What can be shown of a login: all that a person asks about it, and nothing secret.

Panels, magics and errors see a Status and never the token behind it, so they have nothing to leak.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from spotantic_nb._choices import Flow
from spotantic_nb._text import Printer, duration, html_table, isolated, local, print_lines, when
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.settings import AuthSettings
from spotantic_nb.settings._env_file import PREFIX

_WARNING_DAYS = 30

_SHOWN_PLACES = 3

_NOT_SIGNED_IN = "Not signed in."
NOT_SET_UP = f"No app is set up for this project: {PREFIX}CLIENT_ID is not set."


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """
    The state of one project's login at one moment. All times are aware, in UTC; they are shown in local time.

    Example:
        >>> Session.current().login("pkce", scope=["user-top-read"])
        >>> status = Session.current().status
        >>> status.state, status.account, status.granted
        ('signed in', 'Ada Fjordmark', ('user-top-read',))
        >>> print(status)
        Status             Signed in as Ada Fjordmark, valid until ...
        Account            Ada Fjordmark
        Flow               pkce
        ...
    """

    state: Literal["not set up", "signed out", "waiting", "signed in", "log in again"]
    """``not set up``: no client id is set. ``log in again``: there is a token, but Spotify will not renew it."""
    message: str
    """One line for the person: what is, or what happened last."""
    service: str
    """The address of the accounts service; a loopback address is a sandbox."""
    flow: Flow | None = None
    account: str | None = None
    granted: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Scopes that were asked for and not granted."""
    needed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each scope that code of this kernel needs (``Session.require``), which code: ``In [3]``, ``report.py:12``."""
    expires_at: datetime | None = None
    consent_ends_at: datetime | None = None
    """When Spotify will ask the person again, or when it said that it wants to."""
    came_by: str = ""
    """How the answer to the last login came to this kernel, in words; empty where it needed none."""
    kept_in: str = ""
    """The token file, or where else the token is."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """For each setting that was given, who gave it."""
    notices: tuple[str, ...] = ()
    """What a person should know besides."""

    @classmethod
    def of(cls, settings: AuthSettings, token: AccessTokenInfo | None, *, flow: Flow | None, kept_in: str) -> "Status":
        """
        Take from settings and token what may be shown.

        Example:
            >>> Status.of(AuthSettings(), None, flow=None, kept_in="")
            <Status signed out: Not signed in.>
        """
        common = cls(
            state="signed out", message=_NOT_SIGNED_IN, service=settings.accounts_url, provenance=settings.provenance
        )
        if token is None:
            return common if settings.client_id else replace(common, state="not set up", message=NOT_SET_UP)
        wanted = frozenset() if flow == "client" else frozenset((settings.scope or "").split())
        return replace(
            common,
            state="signed in" if flow == "client" or _is_renewable(token) else "log in again",
            message=_message(token, flow),
            flow=flow,
            account=token.account.name if token.account else None,
            granted=tuple(sorted(token.scopes)),
            missing=tuple(sorted(wanted - token.scopes)),
            expires_at=token.expires_at,
            consent_ends_at=token.ended_at or token.consent_ends_at,
            kept_in=kept_in,
        )

    def now(
        self,
        *,
        waiting: bool,
        message: str,
        notices: Iterable[str],
        needed: Mapping[str, tuple[str, ...]] | None = None,
        came_by: str = "",
    ) -> "Status":
        """
        Return this status with what is going on at the moment.

        Example:
            >>> Session.current().status.now(waiting=True, message="", notices=[])
            <Status waiting: Waiting for your answer on Spotify's page.>
        """
        going_on = "Waiting for your answer on Spotify's page." if waiting else ""
        return replace(
            self,
            state="waiting" if waiting else self.state,
            message=message or going_on or self.message,
            notices=tuple(dict.fromkeys(notices)),
            needed=needed or {},
            came_by=came_by,
        )

    @property
    def lacking(self) -> tuple[str, ...]:
        """
        The scopes that code of this kernel needs and that were not granted.

        Example:
            >>> Session.current().login("pkce", scope=["user-top-read"])
            >>> with Session.current().require("user-top-read"):
            ...     status = Session.current().status
            >>> list(status.needed), status.lacking
            (['user-top-read'], ())
        """
        return tuple(scope for scope in self.needed if scope not in self.granted)

    def rows(self) -> list[tuple[str, str]]:
        """
        Return the labels and texts of a table; what is unknown has no row.

        Example:
            >>> Session.current().status.rows()[0]
            ('Status', 'Not signed in.')
        """
        given = ", ".join(f"{name} ({isolated(origin)})" for name, origin in sorted(self.provenance.items()))
        settings = [("Settings", given)] if given else []
        notes = [("Note", notice) for notice in self.notices]
        return [("Status", self.message), *self.facts(), *settings, *notes]

    def facts(self) -> list[tuple[str, str]]:
        """
        Return the labels and texts of what is known of the login itself.

        Example:
            >>> Session.current().login("client")
            >>> dict(Session.current().status.facts())["Flow"]
            'client'
        """
        facts = [
            ("Account", isolated(self.account or "")),
            ("Flow", self.flow or ""),
            ("Granted", isolated(" ".join(self.granted))),
            ("Missing", isolated(" ".join(self.missing))),
            *(("Needed", self._need(scope)) for scope in self.needed),
            ("Token valid until", when(self.expires_at)),
            ("Consent ends", self._consent_end()),
            ("Last answer", self.came_by),
            ("Kept in", isolated(self.kept_in)),
            ("Service", self.service),
        ]
        return [(label, text) for label, text in facts if text]

    def _need(self, scope: str) -> str:
        """Say which code needs a scope: the last few places, since a cell that is run again is another one."""
        *earlier, last = map(isolated, self.needed[scope][-_SHOWN_PLACES:])
        more = len(self.needed[scope]) - _SHOWN_PLACES
        places = [*([f"{more} more"] if more > 0 else []), *earlier]
        who = f"{', '.join(places)} and {last}" if places else last
        return f"{isolated(scope)}{', not granted' if scope in self.lacking else ''} (asked for by {who})"

    def _consent_end(self) -> str:
        """Say when the consent ends; a token file from elsewhere may not tell when it was given."""
        if self.flow in {None, "client"}:
            return ""
        return when(self.consent_ends_at) or "unknown"

    def __repr__(self) -> str:
        return f"<Status {self.state}: {self.message}>"

    def __str__(self) -> str:
        rows = self.rows()
        width = max(len(label) for label, _ in rows)
        return "\n".join(f"{label:<{width}}  {text}" for label, text in rows)

    def _repr_pretty_(self, printer: Printer, _cycle: object, /) -> None:
        print_lines(str(self).splitlines(), printer)

    def _repr_html_(self) -> str:
        return html_table(self.rows())


def _is_renewable(token: AccessTokenInfo) -> bool:
    """Tell whether the login goes on when this token of a person expires."""
    return token.ended_at is None and (token.refresh_token is not None or not token.is_expired())


def _message(token: AccessTokenInfo, flow: Flow | None) -> str:
    who = f"Signed in as {isolated(token.account.name)}" if token.account else "Signed in"
    until = f"{local(token.expires_at):%H:%M:%S}" if token.expires_at else ""
    if token.ended_at is not None:
        still = "" if token.is_expired() else f" The token that you have works until {until}."
        return f"The consent ended or was withdrawn ({local(token.ended_at):%Y-%m-%d}). Log in again.{still}"
    if not token.is_expired():
        # To the second, so that a refresh is seen to move it.
        return f"{who}, valid until {until}.{_warning_about_consent(token)}"
    if flow == "client" or token.refresh_token is not None:
        return f"{who}; the token is renewed at its next use."
    return "The token expired, and came without a refresh token. Log in again."


def _warning_about_consent(token: AccessTokenInfo) -> str:
    """Warn from 30 days before the consent ends; what is asked for then starts another six months."""
    if token.consent_ends_at is None:
        return ""
    left = token.consent_ends_at - datetime.now(UTC)
    if left.days >= _WARNING_DAYS:
        return ""
    when = f"in {duration(left.total_seconds())}" if left.days >= 0 else "any day now"
    return f" The consent ends {when}: %spotantic_login --force renews it."
