"""
The refusals of the sandbox's three services, in the shapes Spotify gives them.

Every text that a caller can see is written where the rule is checked; here is only how it travels.
"""

from collections.abc import Mapping

from spotantic_nb.sandbox._knobs import Wording


class AuthorizeError(Exception):
    """An authorization request that ends on an error page and never returns to the app."""

    def __init__(self, new: str, *, old: str | None = None) -> None:
        super().__init__(new)
        self._texts: Mapping[Wording, str] = {"new": new, "old": old or new}

    def text(self, wording: Wording) -> str:
        """Return the line on the error page in the newer or the older wording."""
        return self._texts[wording]


class TokenError(Exception):
    """A refusal of the token endpoint (RFC 6749 5.2), always 400 at Spotify unless it is no OAuth error at all."""

    def __init__(self, error: str, description: str | None = None, *, status: int = 400) -> None:
        super().__init__(description or error)
        self.status = status
        self._error = error
        self._description = description

    def body(self) -> dict[str, str]:
        """Return the JSON object to send."""
        described = {"error_description": self._description} if self._description else {}
        return {"error": self._error, **described}


class ApiError(Exception):
    """A refusal of the Web API as a JSON object."""

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self._message = message

    def body(self) -> dict[str, object]:
        """Return the JSON object to send."""
        return {"error": {"status": self.status, "message": self._message}}


class PlainApiError(Exception):
    """A refusal of the Web API in plain text: Spotify's gateway speaks before the API does."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
