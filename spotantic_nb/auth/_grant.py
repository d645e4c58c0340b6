"""
A login to take along: what a machine without a person needs to use a consent that was given elsewhere.

Possible since Spotify's refresh tokens no longer rotate (June 2026): many machines may hold the same one.
"""

from dataclasses import dataclass
from typing import NoReturn

from spotantic_nb._env_file import PREFIX
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.settings import AuthSettings

_ADVICE = "# Store these as Colab secrets, Kaggle secrets or CI variables; anyone who has them can use this login."


@dataclass(frozen=True, slots=True, repr=False)
class PortableGrant:
    """
    Settings that log another machine in. ``print`` shows them; every other form of it hides them.

    Args:
        values: The names of the variables, and their values.
    """

    values: dict[str, str]

    @classmethod
    def of(cls, settings: AuthSettings, token: AccessTokenInfo, *, with_secret: bool) -> "PortableGrant":
        """
        Take from settings and token what is needed to renew it.

        Args:
            settings: The app's.
            token: The person's; it has a refresh token.
            with_secret: Whether the grant belongs to the flow with the client secret.
        """
        [client_id] = settings.require("client_id")
        values = {"CLIENT_ID": client_id}
        if with_secret:
            [values["CLIENT_SECRET"]] = settings.require("client_secret")
        if token.refresh_token is not None:
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
