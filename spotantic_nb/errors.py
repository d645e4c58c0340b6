"""
Every exception of this package.

    SpotanticNbError
    ├── ConfigurationError (ValueError)          a setting is missing, or Spotify would refuse it
    ├── AuthorizationError                       a login did not come to its end
    │   ├── AuthorizationDeniedError             the person, or Spotify, said no
    │   ├── ScopeMissingError                    a scope that code needs was not granted
    │   ├── StateMismatchError                   the answer belongs to another login
    │   ├── CallbackError (ValueError)           the answer is not one, or is incomplete
    │   ├── CallbackTimeoutError (TimeoutError)  no answer came
    │   └── LoopbackUnavailableError (OSError)   the redirect URI's port cannot be listened on
    ├── TokenRequestError                        the token endpoint gave no token
    │   ├── InvalidGrantError                    the code or refresh token is no longer good
    │   ├── InvalidClientError                   the client id or secret is wrong
    │   └── AccountsUnreachableError             no usable answer this time; trying again may help
    ├── WebApiError                              the Web API refused a request, or gave no usable answer
    ├── NotLoggedInError (ValueError)            there is no token yet
    ├── AccountMismatchError                     the login is another person's than the code may run as
    ├── TokenExpiredError (ValueError)           the token has expired and may not be renewed by itself
    ├── TokenStoreError (OSError)                a token file or its lock cannot be used
    └── UnsupportedEnvironmentError (RuntimeError)  what runs the program lacks a thread, a stream, or asyncio

Each says what is wrong and in which setting or file; its ``hint`` says what to do next. None ever carries a secret or
the body of a reply. In IPython each prints as one line. What the doctor can explain says so, there and in a script.
"""

import copy
import re

_EXAMINED = re.compile(r"SPOTANTIC_AUTH_[A-Z]|\.env\b|SSL_CERT_|_PROXY\b|redirect URI(?! http)")
"""What the doctor looks at, as an error names it; an address that was pasted in vain names another one."""


class SpotanticNbError(Exception):
    """
    Be the base of everything this package raises on purpose; never raised itself.

    Args:
        message: What is wrong, naming the setting or the file.
        hint: What to do next, as a whole sentence.

    Example:
        >>> try:
        ...     Session.current().token()
        ... except SpotanticNbError as error:
        ...     print(error.message, "|", error.hint)
        Not logged in. | Run %spotantic_login first.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if _is_explained(str(self)):
            self.add_note("`python -m spotantic_nb doctor` says more.")

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()

    def _render_traceback_(self) -> list[str]:
        """Let IPython (which looks for this name) print one line in place of a traceback."""
        return [f"{type(self).__name__}: {with_doctor(str(self))}"]


class ConfigurationError(SpotanticNbError, ValueError):
    """
    A setting is missing, malformed, or one that Spotify would refuse.

    Example:
        >>> AuthSettings(callback_timeout="soon")
        Traceback (most recent call last):
        spotantic_nb.errors.ConfigurationError: SPOTANTIC_AUTH_CALLBACK_TIMEOUT is not usable: ...
    """


class AuthorizationError(SpotanticNbError):
    """A login did not come to its end."""


class AuthorizationDeniedError(AuthorizationError):
    """The authorization server answered with an error in place of a code (RFC 6749, section 4.1.2.1)."""


class ScopeMissingError(AuthorizationError):
    """
    A scope that code needs was not granted, or nobody is there to grant it; the login so far is untouched.

    Args:
        message: What is wrong.
        hint: What to do next.
        scopes: The scopes that are missing.
    """

    def __init__(self, message: str, *, hint: str = "", scopes: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.scopes = scopes


class StateMismatchError(AuthorizationError):
    """An answer carries another ``state`` than the one this login sent (RFC 6749, section 10.12)."""


class CallbackError(AuthorizationError, ValueError):
    """A callback is not an address of ours, or lacks something, or has it twice."""


class CallbackTimeoutError(AuthorizationError, TimeoutError):
    """Nobody answered within ``callback_timeout`` seconds."""


class LoopbackUnavailableError(AuthorizationError, OSError):
    """The address of the redirect URI cannot be listened on."""


class TokenRequestError(SpotanticNbError):
    """The token endpoint answered with an error (RFC 6749, section 5.2)."""


class InvalidGrantError(TokenRequestError):
    """The code or refresh token is wrong, used, expired or revoked; only a new login helps."""


class InvalidClientError(TokenRequestError):
    """The client id or client secret is not one that the accounts service knows."""


class AccountsUnreachableError(TokenRequestError):
    """
    The accounts service could not be reached or gave no usable answer; the token held is untouched.

    Args:
        message: What is wrong.
        hint: What to do next.
        may_pass: Whether asking again soon may help.
        retry_after: Seconds that the service asks to wait before the next request; None where it did not say.

    Example:
        >>> try:
        ...     Session(AuthSettings(accounts_url="http://127.0.0.1:9")).login("client")  # nothing listens there
        ... except AccountsUnreachableError as error:
        ...     print(error.may_pass, error.retry_after)
        True None
    """

    def __init__(
        self, message: str, *, hint: str = "", may_pass: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.may_pass = may_pass
        self.retry_after = retry_after


class WebApiError(SpotanticNbError):
    """
    The Web API refused a request of ours, or gave no usable answer to it.

    Args:
        message: What is wrong.
        hint: What to do next.
        status: The status of the reply; None where no reply came, or nothing was sent.
        retry_after: Seconds that the Web API asks to wait before the next request; None where it did not say.

    Example:
        >>> Session.current().login("pkce")
        >>> try:
        ...     list(Session.current().items("/me/following?type=artist"))  # the sandbox has no such list
        ... except WebApiError as error:
        ...     print(error.status, error.message)
        404 The Web API has nothing at /me/following (404).
    """

    def __init__(
        self, message: str, *, hint: str = "", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after = retry_after


class NotLoggedInError(SpotanticNbError, ValueError):
    """A token was asked for before anybody logged in."""


class AccountMismatchError(SpotanticNbError):
    """The login is another person's than the one that ``Session.require_account`` names."""


class TokenExpiredError(SpotanticNbError, ValueError):
    """The access token has expired, and this manager was not allowed to renew it by itself."""


class TokenStoreError(SpotanticNbError, OSError):
    """A token file, its folder or its lock cannot be used."""


class UnsupportedEnvironmentError(SpotanticNbError, RuntimeError):
    """What runs the program lacks what is needed: a new thread, a stream to show a link on, or asyncio."""


def _is_explained(text: str) -> bool:
    """Tell whether the doctor can say more than an error that says this: it names something that is examined."""
    return bool(_EXAMINED.search(text))


def with_doctor(text: str) -> str:
    """
    Return what an error says as a notebook shows it, with the magic that says more where one does.

    Example:
        >>> from spotantic_nb.errors import with_doctor
        >>> with_doctor("SPOTANTIC_AUTH_SCOPE is not usable.")
        'SPOTANTIC_AUTH_SCOPE is not usable. %spotantic_doctor says more.'
    """
    return f"{text} %spotantic_doctor says more." if _is_explained(text) else text


def anew(error: BaseException) -> BaseException:
    """
    Return a copy to raise of an error that is kept: each raise adds to the traceback of the object that is raised.

    What is none of ours may not be copied, and is returned as it is.

    Example:
        >>> error = NotLoggedInError("Not logged in.", hint="Log in first.")
        >>> anew(error) is error, anew(error).hint
        (False, 'Log in first.')
    """
    if not isinstance(error, SpotanticNbError):
        return error
    again = copy.copy(error)
    again.__cause__ = error.__cause__
    return again
