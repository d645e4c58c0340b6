"""
The ``Authorization`` header of requests with a token: itself on the wire, and a mask wherever it is shown.

Clients keep the headers that they were given or sent, print them in errors and logs, and pickle them with a response.
"""

from typing import Any, Self

MASK = "Bearer **********"


class BearerText(str):
    """An ``Authorization`` header, or the token in it: itself on the wire, and a mask in repr and pickle."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (MASK,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self


class AuthorizationHeader(dict[str, str]):
    """
    A header for HTTP requests that looks like any dict to them, and hides the token from whoever prints it.

    So does what is made of it, ``dict(header)`` too. A pickle of the header itself holds the token, so that another
    process can use it; a pickle of a client's request or response that was made with it does not.

    Example:
        >>> AuthorizationHeader(Authorization="Bearer BQDx") | {"Accept": "application/json"}
        {'Authorization': 'Bearer **********', 'Accept': 'application/json'}
    """

    def __init__(self, *args: Any, **headers: str) -> None:  # noqa: ANN401 - as dict has it
        super().__init__(*args, **headers)
        if "Authorization" in self:
            self["Authorization"] = BearerText(self["Authorization"])

    def __or__(self, other: Any) -> Any:  # noqa: ANN401 - as dict has it
        return AuthorizationHeader({**self, **other}) if isinstance(other, dict) else NotImplemented

    def __ror__(self, other: Any) -> Any:  # noqa: ANN401 - as dict has it
        return AuthorizationHeader({**other, **self}) if isinstance(other, dict) else NotImplemented

    def __reduce__(self) -> "tuple[type[AuthorizationHeader], tuple[dict[str, str]]]":
        return AuthorizationHeader, ({name: str(value) for name, value in self.items()},)

    def copy(self) -> "AuthorizationHeader":
        """Return a copy that hides the token as well."""
        return AuthorizationHeader(self)
