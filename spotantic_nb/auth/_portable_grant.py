"""
A portable grant: what a machine without a person needs to use a consent that was given on another machine.

Possible since Spotify's refresh tokens no longer rotate (June 2026): many machines may hold the same one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from pydantic import SecretStr

from spotantic_nb.errors import NotLoggedInError
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.settings import AuthSettings
from spotantic_nb.settings._env_file import PREFIX

_ADVICE = "# Store these as Colab secrets, Kaggle secrets or CI variables; anyone who has them can use this login."


@dataclass(frozen=True, slots=True, repr=False)
class PortableGrant:
    """
    Settings that log another machine in. ``print`` shows them; every other form of it hides them.

    Args:
        values: The names of the variables, and their values.

    Example:
        >>> Session.current().login("pkce")
        >>> grant = Session.current().export_grant()
        >>> grant
        PortableGrant (hidden; print it to see the settings)
        >>> sorted(grant.values)
        ['SPOTANTIC_AUTH_AUTHORIZED_AT', 'SPOTANTIC_AUTH_CLIENT_ID', 'SPOTANTIC_AUTH_REFRESH_TOKEN']
    """

    values: dict[str, str]

    @classmethod
    def of(cls, settings: AuthSettings, token: AccessTokenInfo | None, *, with_secret: bool) -> "PortableGrant":
        """
        Take from settings and token what is needed to renew it.

        Args:
            settings: The app's.
            token: The person's.
            with_secret: Whether the grant belongs to the flow with the client secret.

        Raises:
            NotLoggedInError: There is no token, or not one of a person.
        """
        if token is None or token.refresh_token is None:
            raise NotLoggedInError("There is no login of a person to export.", hint="Run %spotantic_login first.")
        [client_id] = settings.require("client_id")
        values = {"CLIENT_ID": client_id}
        if with_secret:
            [values["CLIENT_SECRET"]] = settings.require("client_secret")
        values["REFRESH_TOKEN"] = token.refresh_token.get_secret_value()
        if token.authorized_at is not None:
            values["AUTHORIZED_AT"] = token.authorized_at.isoformat(timespec="seconds")
        return cls({f"{PREFIX}{name}": value for name, value in values.items()})

    def __reduce__(self) -> NoReturn:
        raise TypeError("A portable grant is not pickled or copied: print it, and store what it shows as secrets.")

    def __repr__(self) -> str:
        return "PortableGrant (hidden; print it to see the settings)"

    def __str__(self) -> str:
        return "\n".join([_ADVICE, *(f"{name}={value}" for name, value in self.values.items())])


def grant_in_place_of(stored: AccessTokenInfo | None, settings: AuthSettings) -> AccessTokenInfo | None:
    """
    Return the token for the portable grant in the settings; None where a stored token is used instead of it.

    A stored token is used as long as its consent lasts, and where it holds this very grant.
    """
    grant = settings.refresh_token
    if grant is None or (stored is not None and (stored.ended_at is None or stored.refresh_token == grant)):
        return None
    return AccessTokenInfo(
        access_token=SecretStr("none-yet"),
        token_type="Bearer",  # noqa: S106 - not a password
        expires_in=0,
        expires_at=datetime.fromtimestamp(0, UTC),  # expired from the start, so that it is renewed at its first use
        refresh_token=grant,
        authorized_at=settings.authorized_at,
    )
