"""
The login in use: whether it can be renewed, how long the consent lasts, and whose it is.

The names of accounts are not shown whole: reports are sent to others.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from spotantic_nb._text import isolated, local, months_later
from spotantic_nb.doctor._examined import Examined
from spotantic_nb.doctor._finding import Finding, broken, look_at, ok
from spotantic_nb.doctor._tokens import tokens_of
from spotantic_nb.models import CONSENT_MONTHS, AccessTokenInfo
from spotantic_nb.settings._env_file import PREFIX
from spotantic_nb.status import Status

_SOON = timedelta(days=30)

_ANEW = "%spotantic_login --force starts another six months."

_SLACK = timedelta(minutes=2)
"""By which two clocks, or one that is set right meanwhile, may differ."""


def findings(it: Examined) -> Iterator[Finding]:
    """Yield what there is to say about the login in use."""
    status = it.status
    found = [*(_of_grant(it) or _of_consent(status)), *_of_scopes(status), *_of_tokens(tokens_of(it))]
    yield from found
    if not found or status.state in {"signed out", "waiting"}:
        yield ok("login", _in_short(status))


def _in_short(status: Status) -> str:
    if status.state == "signed in":
        whose = f" as {_initial(status.account)}" if status.account else ""
        return f"Signed in{whose}, by the flow {status.flow}, with {len(status.granted)} scopes."
    going_on = {
        "waiting": "A login waits for its answer.",
        "log in again": "The login so far has ended.",
        "not set up": "Nobody can log in before an app is set up.",
    }
    return going_on.get(status.state, "Nobody is logged in yet: %spotantic_login does it.")


def _initial(name: str) -> str:
    """Return enough of a name for its owner to know it by."""
    return isolated(f"{name[:1]}...")


def _of_consent(status: Status) -> list[Finding]:
    now, ends = datetime.now(UTC), status.consent_ends_at
    if status.state == "log in again":
        return [_ended(ends) if ends and ends <= now else _expired()]
    if status.state == "signed in" and ends and ends - now < _SOON:
        text = f"The consent ends on {local(ends):%Y-%m-%d}, six months after it was given."
        return [look_at("consent-ends-soon", text, _ANEW)]
    return []


def _of_scopes(status: Status) -> Iterator[Finding]:
    # What a portable grant was granted is known after its first use.
    if status.missing and status.granted and status.state == "signed in":
        yield look_at(
            "scopes-missing",
            f"These scopes are asked for and were not granted: {isolated(' '.join(status.missing))}.",
            "%spotantic_login asks for them, and keeps what was granted before.",
        )


def _ended(ends: datetime) -> Finding:
    text = f"The consent ended or was withdrawn ({local(ends):%Y-%m-%d}), so the token cannot be renewed."
    return broken("consent-ended", text, "Log in again: %spotantic_login")


def _expired() -> Finding:
    text = "The token has expired, and came without a refresh token."
    return broken("token-expired", text, "Log in again: %spotantic_login")


def _of_grant(it: Examined) -> list[Finding]:
    """Tell of a portable grant in the settings."""
    given_at = it.settings.authorized_at
    if it.settings.refresh_token is None:
        return []
    if given_at is None:
        return [_undated()]
    return [_outdated(given_at)] if months_later(given_at, CONSENT_MONTHS) <= datetime.now(UTC) else []


def _undated() -> Finding:
    return look_at(
        "grant-without-date",
        f"{PREFIX}REFRESH_TOKEN is set and {PREFIX}AUTHORIZED_AT is not, so nobody knows when the consent ends.",
        f"Set {PREFIX}AUTHORIZED_AT to the date that Session.current().export_grant() printed with it.",
    )


def _outdated(given_at: datetime) -> Finding:
    return broken(
        "consent-ended",
        f"The consent of {PREFIX}REFRESH_TOKEN was given on {local(given_at):%Y-%m-%d} ({PREFIX}AUTHORIZED_AT), "
        "more than six months ago.",
        "Log in where you are, print(Session.current().export_grant()), and store what it prints in its place.",
    )


def _of_tokens(tokens: list[AccessTokenInfo]) -> Iterator[Finding]:
    accounts = {token.account.id: token.account.name for token in tokens if token.account}
    if len(accounts) > 1:
        yield look_at(
            "accounts-differ",
            f"The project's tokens belong to {len(accounts)} accounts: "
            f"{' and '.join(sorted(map(_initial, accounts.values())))}. The newest token is the one in use.",
            "%spotantic_logout forgets them all; then log in as one of them.",
        )
    if any(_is_from_the_future(token) for token in tokens):
        yield look_at(
            "clock-went-back",
            "A token lasts longer than it was given for, so this machine's clock was ahead then, or is behind now.",
            "Set the clock right; %spotantic_doctor --online compares it with the service's.",
        )


def _is_from_the_future(token: AccessTokenInfo) -> bool:
    lifetime = timedelta(seconds=token.expires_in)
    return token.expires_at is not None and token.expires_at - datetime.now(UTC) > lifetime + _SLACK
