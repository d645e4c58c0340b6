"""
What a stranger may send, and the laws that hold for all of it.

Five functions, one for each door: the listener's, the paste box's, the token endpoint's, the token file's, and that of
the files of other programs. Each takes anything, and fails only where a law is broken. Nothing here knows who makes the
input up.
"""

import asyncio
import atexit
import functools
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from spotantic_nb.auth import _callback_http, _foreign_tokens
from spotantic_nb.auth._accounts import _token_in
from spotantic_nb.auth._attempt import Answer, AuthorizationAttempt
from spotantic_nb.auth._http import Reply
from spotantic_nb.auth._listener import _Visits
from spotantic_nb.auth._paste import address_in
from spotantic_nb.auth._redirect_uri import Loopback
from spotantic_nb.errors import AuthorizationDeniedError, CallbackError, SpotanticNbError, StateMismatchError
from spotantic_nb.models import AccessTokenInfo

STATE: Final = "PLANTED-state-of-this-very-attempt-0123456789"
REDIRECT_URI: Final = "http://127.0.0.1:8765/callback"
ISSUER: Final = "http://127.0.0.1:1"
ATTEMPT: Final = AuthorizationAttempt(
    url=f"{ISSUER}/authorize", redirect_uri=REDIRECT_URI, issuer=ISSUER, state=STATE, verifier="PLANTED-verifier"
)
LOOPBACK: Final = Loopback(host="127.0.0.1", port=8765, path="/callback", netloc="127.0.0.1:8765")
PAGES: Final = {_callback_http._GRANTED, _callback_http._DENIED, _callback_http._REFUSED, b""}


def callback(data: bytes) -> bool:
    """Send bytes to the listener, without a socket; return whether they were taken for the answer."""
    answers: list[Answer] = []
    writer, loop = _Writer(), _loop()
    reader = asyncio.StreamReader(loop=loop)
    reader.feed_data(data)
    reader.feed_eof()
    loop.run_until_complete(
        _Visits(LOOPBACK, ATTEMPT, answers.append)._answer(reader, cast("asyncio.StreamWriter", writer))
    )
    status = _check_the_wire(writer.sent)
    assert bool(answers) == (status == 200)
    if answers:
        _check_the_answer(address_in(_check_the_request(data), REDIRECT_URI))
    return bool(answers)


def pasted(text: str) -> bool:
    """Paste a text; return whether it was taken for the answer."""
    try:
        ATTEMPT.answer(text)
    except SpotanticNbError as error:
        _check_the_words(error)
        return False
    _check_the_answer(address_in(text, REDIRECT_URI))
    try:
        code = ATTEMPT.answer(text).code()
    except AuthorizationDeniedError as error:
        _check_the_denial(str(error))
    else:
        letters = iter(unquote(unquote(text)))
        assert all(letter in letters for letter in code), "a code that was not pasted"
    return True


def repaired(text: str, code: str) -> bool:
    """Paste what was an answer with this code; return whether it was taken, which it is with this code alone."""
    try:
        assert ATTEMPT.answer(text).code() == code
    except SpotanticNbError as error:
        _check_the_words(error)
        _check_the_cause(error)
        return False
    return True


def token_reply(data: bytes) -> bool:
    """Answer a token request with a body; return whether it was taken for a token."""
    document = Reply(200, {}, data).json_object()
    try:
        token = _token_in(document, datetime.now(UTC), "https://accounts.spotify.com")
    except SpotanticNbError as error:
        _check_the_refusal(error, "The accounts service answered with something that is not a token. Try again later.")
        return False
    _check_the_token(token)
    assert token.expires_at is not None
    assert (token.authorized_at, token.account) == (None, None)
    assert AccessTokenInfo.model_validate_json(token.model_dump_json(exclude_none=True)) == token
    return True


def token_file(data: bytes) -> bool:
    """Find a file where the token should be; return whether it was taken for one."""
    file = _folder() / "token.json"
    file.write_bytes(data)
    try:
        token = AccessTokenInfo.load_token(file)
    except SpotanticNbError as error:
        _check_the_refusal(error, f"{file} holds no readable token. Log in again.")
        return False
    _check_the_token(token)
    token.store_token(file)
    assert AccessTokenInfo.load_token(file) == token
    return True


def foreign_file(data: bytes) -> bool:
    """Find a file of another program; return whether a login was read from it."""
    file = _folder() / "foreign"
    file.write_bytes(data)
    try:
        login = _foreign_tokens.read_login(file)
    except SpotanticNbError as error:
        _check_the_refusal(error, *_said_of(file))
        return False
    assert file.read_bytes() == data
    assert re.fullmatch("[!-~]+", login.refresh_token.get_secret_value())
    assert str(login.source) == f"foreign of {login.source.program}"
    return True


class _Writer:
    """What would have been sent."""

    def __init__(self) -> None:
        self.sent = b""

    def write(self, data: bytes) -> None:
        self.sent += data


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


@functools.cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-token-"))


def _check_the_wire(sent: bytes) -> int:
    """Check that nothing is sent but what is known before; return the status."""
    if not sent:
        return 0  # the other side hung up before it asked for anything
    status = int(sent[9:12])
    head, _, page = sent.partition(b"\r\n\r\n")
    assert status in {200, 400, 404, 405}
    assert page in PAGES
    assert frozenset(head.lower().split(b"\r\n")) in _heads(status)
    return status


@functools.cache
def _heads(status: int) -> set[frozenset[bytes]]:
    """Return all lines that may come before a page: known in full, so that nothing of a request can be in them."""
    allow = [("Allow", "GET")] if status == 405 else []
    headers = [[*_callback_http._HEADERS, ("Content-Length", str(len(page))), *allow] for page in PAGES]
    lines = [[f"HTTP/1.1 {status} ", *(f"{name}: {value}" for name, value in each)] for each in headers]
    return {frozenset(line.lower().encode() for line in each) for each in lines}


def _check_the_request(data: bytes) -> str:
    """
    Check in another way than the package that a request was the right one, and return the address that it asked for.

    h11 lets bare line feeds pass.
    """
    first, *rest = data.lstrip(b"\r\n").replace(b"\r\n", b"\n").partition(b"\n\n")[0].split(b"\n")
    assert re.fullmatch(rb"GET /callback\?[!-~]+ HTTP/\d\.\d", first.rstrip(b"\r"))
    hosts = [line.partition(b":")[2].strip() for line in rest if line.lower().startswith(b"host:")]
    assert [host.lower() for host in hosts] == [b"127.0.0.1:8765"]
    return f"http://127.0.0.1:8765{first.split(b' ')[1].decode()}"


def _check_the_answer(address: str) -> None:
    """Check in another way than the package that an address is the redirect URI with the state, said once."""
    parts = urlsplit(address)
    said = parse_qsl(parts.query, keep_blank_values=True)
    assert (parts.hostname, parts.port, parts.path) == ("127.0.0.1", 8765, "/callback")
    assert (parts.username, parts.password, parts.scheme) == (None, None, "http")
    assert [value for name, value in said if name == "state"] == [STATE]
    assert [value for name, value in said if name == "iss"] in ([], [ISSUER])
    answers = [(name, value) for name, value in said if name in {"code", "error"}]
    assert len({name for name, _ in answers}) == len(answers)
    assert any(value or name == "error" for name, value in answers)


def _check_the_words(error: SpotanticNbError) -> None:
    """Check that an error is one of few, and holds nothing of what was pasted."""
    assert type(error) in {CallbackError, StateMismatchError}
    assert str(error) in _refusals(), "an error says something new"
    assert error.__cause__ is None


def _check_the_cause(error: SpotanticNbError) -> None:
    """Check that a damaged answer is not taken for the one to another login, which would send the person in circles."""
    assert type(error) is CallbackError


def _check_the_denial(words: str) -> None:
    assert words.isascii()
    assert words.isprintable()
    assert len(words) < 300
    assert STATE not in words


def _check_the_refusal(error: SpotanticNbError, *words: str) -> None:
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    assert str(error) in words


@functools.cache
def _said_of(file: Path) -> list[str]:
    """Return what may be said of the file of another program."""
    lost = "holds no refresh token: it is not of a person's login, or cannot be renewed."
    return [
        f"{file} {reason}"
        for reason in (
            f"holds no login of spotipy, spotantic or tekore. {_foreign_tokens._WHICH_FILES}",
            "holds several logins. Write the section that is meant into a file of its own, and name that.",
            f"is too large for a token file. {_foreign_tokens._WHICH_FILES}",
            *(
                f"of {program} {lost} An app's own token is obtained here by %spotantic_login client, "
                "a person's by %spotantic_login."
                for program in ("spotipy", "spotantic", "tekore")
            ),
        )
    ]


@functools.cache
def _refusals() -> set[str]:
    """Return what the package says to bad addresses, collected from one example of each."""
    said = set()
    good = f"{REDIRECT_URI}?state={STATE}"
    for text in (
        "",
        "http://[",
        "http://x",
        f"{good}&state={STATE}",
        f"{good}&" + "&".join("x" for _ in range(60)) + "=" + "&x=" * 60,
        f"{good}x",
        f"{REDIRECT_URI}?state={STATE[::-1]}",
        good,
        f"{good}&iss=x",
    ):
        try:
            ATTEMPT.answer(text)
        except SpotanticNbError as error:
            said.add(str(error))
    return said


def _check_the_token(token: AccessTokenInfo) -> None:
    """Use a token in every way, which must work once it was taken for one."""
    token.is_expired()
    token.is_newer_than(token)
    _ = (token.scopes, token.consent_ends_at)
    header = token.get_authorization_header()["Authorization"]
    assert re.fullmatch("Bearer [!-~]+", header)
    hidden = {name: SecretStr("x") for name in ("access_token", "refresh_token") if getattr(token, name)}
    assert f"{token!r}{token}" == f"{token.model_copy(update=hidden)!r}{token.model_copy(update=hidden)}"
