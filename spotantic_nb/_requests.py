"""
The two requests of a login, and the redirect URI that both carry.

Secrets are hidden from every repr; only ``model_dump(mode="json")`` shows them.
"""

import re
from functools import cache
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    TypeAdapter,
    field_serializer,
)


@cache
def _url() -> TypeAdapter[HttpUrl]:
    return TypeAdapter(HttpUrl)


def _keep_valid_url(text: str) -> str:
    """Return the text as it was written: HttpUrl itself would add a slash or drop a port."""
    _url().validate_python(text)
    if re.search(r"\s", text):
        raise ValueError("there is a blank in it")
    return text


RedirectUri = Annotated[str, BeforeValidator(str), AfterValidator(_keep_valid_url)]
"""A redirect URI: checked as a URL, kept and sent byte for byte, because Spotify compares exactly."""


class AccessTokenRequestBody(BaseModel):
    """
    The form that the token endpoint is sent (RFC 6749, sections 4.1.3, 4.4.2 and 6; RFC 7636, section 4.5).

    Example:
        >>> body = AccessTokenRequestBody(grant_type="refresh_token", refresh_token="AQBx")
        >>> body.refresh_token
        SecretStr('**********')
        >>> sorted(body.model_dump(mode="json", exclude_none=True))
        ['grant_type', 'refresh_token']
    """

    model_config = ConfigDict(hide_input_in_errors=True, defer_build=True)  # no token on disk needs it

    grant_type: str
    code: str | None = Field(default=None, repr=False)
    redirect_uri: RedirectUri | None = None
    """The same as in the authorization request."""
    client_id: SecretStr | None = None
    code_verifier: str | None = Field(default=None, repr=False)
    refresh_token: SecretStr | None = None

    @field_serializer("client_id", "refresh_token", when_used="json-unless-none")
    def dump_secret_value(self, secret_val: SecretStr) -> str:
        """Return the secret in plain text, for the wire."""
        return secret_val.get_secret_value()


class AuthCodeRequestParams(BaseModel):
    """
    The query that the person's browser takes to the authorize endpoint (RFC 6749, 4.1.1; RFC 7636, 4.3).

    Example:
        >>> params = AuthCodeRequestParams(
        ...     client_id="0123456789abcdef0123456789abcdef",
        ...     response_type="code",
        ...     redirect_uri="http://127.0.0.1:8765/callback",
        ...     scope="user-top-read",
        ... )
        >>> params.model_dump(mode="json", exclude_none=True)["redirect_uri"]
        'http://127.0.0.1:8765/callback'
    """

    model_config = ConfigDict(hide_input_in_errors=True, defer_build=True)  # no token on disk needs it

    client_id: SecretStr
    response_type: str
    redirect_uri: RedirectUri
    scope: str
    code_challenge_method: str | None = None
    code_challenge: str | None = None
    state: str | None = Field(default=None, repr=False)
    show_dialog: Literal["true"] | None = None
    """Spotify's own: ask again even where the person agreed before, so that they can switch the account."""

    @field_serializer("client_id", when_used="json")
    def dump_secret_value(self, secret_val: SecretStr) -> str:
        """Return the secret in plain text, for the wire."""
        return secret_val.get_secret_value()
