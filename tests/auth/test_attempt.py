"""An attempt: the link it sends people to, and the one kind of answer it takes."""

import base64
import dataclasses
import secrets
import traceback
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from attempts import CODE, REDIRECT_URI, WITHOUT_STATE, answer_to, begin
from IPython.lib.pretty import pretty

from spotantic_nb.auth._attempt import challenge_of
from spotantic_nb.errors import AuthorizationDeniedError, AuthorizationError, CallbackError, StateMismatchError


class TestBeginning:
    def test_the_challenge_is_the_one_of_the_rfc(self) -> None:
        """RFC 7636, appendix B."""
        challenge = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        assert challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    def test_the_link_asks_for_a_code_with_state_and_pkce(self) -> None:
        attempt = begin()
        parts = urlsplit(attempt.url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://accounts.spotify.com/authorize"
        assert parse_qs(parts.query, strict_parsing=True) == {
            "client_id": ["PLANTED-id"],
            "response_type": ["code"],
            "redirect_uri": [REDIRECT_URI],
            "scope": ["user-top-read streaming"],
            "state": [attempt.state],
            "code_challenge_method": ["S256"],
            "code_challenge": [challenge_of(attempt.verifier)],
        }

    @pytest.mark.parametrize(
        "uri", ["http://127.0.0.1:80/x", "http://127.0.0.1:8000", "https://Example.COM/cb?app=1&x"]
    )
    def test_the_redirect_uri_goes_out_byte_for_byte(self, uri: str) -> None:
        attempt = begin(uri)
        assert parse_qs(urlsplit(attempt.url).query)["redirect_uri"] == [uri] == [attempt.redirect_uri]

    def test_to_switch_the_user_spotify_is_told_to_ask_again(self) -> None:
        assert parse_qs(urlsplit(begin(switch_user=True).url).query)["show_dialog"] == ["true"]

    def test_the_issuer_is_the_accounts_service(self) -> None:
        assert begin().issuer == "https://accounts.spotify.com"

    @pytest.mark.rule(1, 2)
    @pytest.mark.parametrize("field", ["state", "verifier"])
    def test_each_attempt_has_fresh_secrets_of_enough_bits(self, field: str) -> None:
        """RFC 6749, section 10.10, wants 128 bits; RFC 7636, section 4.1, wants 43 characters."""
        values = [getattr(begin(), field) for _ in range(50)]
        assert len(set(values)) == 50
        assert all(len(value) == 43 and len(base64.urlsafe_b64decode(f"{value}=")) == 32 for value in values)

    def test_state_and_verifier_are_not_the_same(self) -> None:
        attempt = begin()
        assert attempt.state != attempt.verifier

    def test_the_verifier_is_not_in_the_link(self) -> None:
        attempt = begin()
        assert attempt.verifier not in attempt.url

    def test_an_attempt_does_not_change(self) -> None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            begin().state = "another"  # type: ignore[misc]


class TestAccepting:
    @pytest.mark.parametrize(
        ("redirect_uri", "place"),
        [
            ("http://127.0.0.1:80/x", "http://127.0.0.1/x"),
            ("http://127.0.0.1/x", "http://127.0.0.1:80/x"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/"),
            ("http://[::1]:8000/cb", "http://[::1]:8000/cb"),
            ("https://Example.COM/Callback", "https://example.com/Callback"),
            ("https://example.com:443/cb", "https://example.com/cb"),
            ("https://example.com/cb?app=7", "https://example.com/cb?app=7"),
        ],
    )
    def test_what_browsers_make_of_the_redirect_uri_is_still_the_same_place(
        self, redirect_uri: str, place: str
    ) -> None:
        attempt = begin(redirect_uri)
        assert attempt.answer(answer_to(attempt, place)).code() == CODE

    def test_fields_that_nobody_knows_are_no_harm(self) -> None:
        attempt = begin()
        assert attempt.answer(answer_to(attempt, utm_source="mail")).code() == CODE

    def test_a_code_with_odd_characters_comes_out_as_it_was(self) -> None:
        """As RFC 9110, section 11.2 makes tokens up; RFC 6749 would allow more, which no accounts service uses."""
        attempt = begin()
        assert attempt.answer(answer_to(attempt, code="a+b/c~d.e_f-g==")).code() == "a+b/c~d.e_f-g=="

    def test_an_answer_may_name_the_accounts_service(self) -> None:
        """RFC 9207, section 2."""
        attempt = begin()
        assert attempt.answer(answer_to(attempt, iss="https://accounts.spotify.com")).code() == CODE


WRONG_PLACES = [
    "http://127.0.0.2:8765/callback",
    "http://localhost:8765/callback",
    "http://127.0.0.1.evil.example:8765/callback",
    "http://evil.example/callback",
    "http://127.0.0.1:8766/callback",
    "http://127.0.0.1/callback",
    "http://127.0.0.1:notaport/callback",
    "http://127.0.0.1:8765/callback/",
    "http://127.0.0.1:8765/Callback",
    "http://127.0.0.1:8765/",
    "http://127.0.0.1:8765/callback/../callback",
    "http://user@127.0.0.1:8765/callback",
    "https://127.0.0.1:8765/callback",
    "ftp://127.0.0.1:8765/callback",
    "https://accounts.spotify.com/authorize",
]

WRONG_STATE = f"PLANTED-secret-state{'x' * 23}"

REFUSED: dict[str, tuple[type[AuthorizationError], dict[str, str | list[str] | None]]] = {
    "a wrong state": (StateMismatchError, {"state": WRONG_STATE}),
    "a wrong state beyond ASCII": (CallbackError, {"state": "größer" * 10}),
    "a state that is cut": (CallbackError, {"state": WRONG_STATE[:-1]}),
    "a state with something behind it": (CallbackError, {"state": f"{WRONG_STATE}x"}),
    "an empty state": (CallbackError, {"state": ""}),
    "no state": (CallbackError, {"state": None}),
    "a denial with a wrong state": (StateMismatchError, {"code": None, "error": "x", "state": WRONG_STATE}),
    "a code that was shortened": (CallbackError, {"code": "PLANTED...code"}),
    "a code that no service gives": (CallbackError, {"code": "PLANTED>code"}),
    "a code beyond ASCII": (CallbackError, {"code": "PLANTED\u2026code"}),
    "two codes": (CallbackError, {"code": [CODE, "PLANTED-secret-other"]}),
    "two issuers": (CallbackError, {"iss": ["https://accounts.spotify.com", "https://accounts.spotify.com"]}),
    "two errors": (CallbackError, {"error": ["access_denied", "access_denied"]}),
    "another issuer": (CallbackError, {"iss": "https://evil.example"}),
    "an issuer with a slash": (CallbackError, {"iss": "https://accounts.spotify.com/"}),
    "an empty issuer": (CallbackError, {"iss": ""}),
    "a denial of another issuer": (CallbackError, {"error": "access_denied", "iss": "https://evil.example"}),
    "an empty code": (CallbackError, {"code": ""}),
    "no code": (CallbackError, {"code": None}),
    "a denial": (AuthorizationDeniedError, {"code": None, "error": "access_denied"}),
    "another denial": (AuthorizationDeniedError, {"code": None, "error": "invalid_scope"}),
    "a denial and a code": (AuthorizationDeniedError, {"error": "server_error"}),
    "more fields than an answer has": (CallbackError, {"x": ["1"] * 60}),
}


class TestRefusing:
    @pytest.mark.parametrize("place", WRONG_PLACES)
    def test_another_address_than_the_redirect_uri_is_refused(self, place: str) -> None:
        attempt = begin()
        with pytest.raises(CallbackError) as caught:
            attempt.answer(answer_to(attempt, place)).code()
        assert caught.value.message == f"That address is not the redirect URI {REDIRECT_URI}."

    @pytest.mark.parametrize(("kind", "fields"), REFUSED.values(), ids=REFUSED)
    def test_an_answer_is_refused_for(
        self, kind: type[AuthorizationError], fields: dict[str, str | list[str] | None]
    ) -> None:
        attempt = begin()
        with pytest.raises(AuthorizationError) as caught:
            attempt.answer(answer_to(attempt, **fields)).code()
        assert type(caught.value) is kind

    def test_two_states_are_refused_even_if_both_are_right(self) -> None:
        attempt = begin()
        with pytest.raises(CallbackError, match="twice"):
            attempt.answer(answer_to(attempt, state=[attempt.state, attempt.state])).code()

    def test_the_answer_to_another_attempt_is_refused(self) -> None:
        with pytest.raises(StateMismatchError, match="answers another login"):
            begin().answer(answer_to(begin())).code()

    @pytest.mark.parametrize("text", ["", "  ", CODE, "?code=1&state=2", "code=1", "27.0.0.1:8765/callback?code=1"])
    def test_what_is_not_a_whole_address_is_refused_with_the_reason(self, text: str) -> None:
        with pytest.raises(CallbackError, match="not a whole address") as caught:
            begin().answer(text).code()
        assert "a code alone cannot show that it answers this login" in caught.value.hint

    def test_a_state_of_broken_characters_is_refused_like_any_other(self) -> None:
        with pytest.raises(CallbackError, match="changed on the way"):
            begin().answer(f"{REDIRECT_URI}?code=1&state=" + "\udcff" * 43).code()

    @pytest.mark.parametrize("end", ["?", "&", "&st", "&state", "&state=", "&state=AQ", None])
    def test_an_address_that_was_not_copied_to_its_end_is_told_as_one(self, end: str | None) -> None:
        attempt = begin()
        cut = f"{REDIRECT_URI}?code={CODE}{end}" if end else answer_to(attempt)[:-1]
        with pytest.raises(CallbackError) as caught:
            attempt.answer(cut).code()
        assert str(caught.value) == "A part of the address is missing. Copy it to its end and paste it again."

    def test_the_link_of_the_login_is_no_answer_to_it(self) -> None:
        attempt = begin()
        with pytest.raises(CallbackError, match="is not the redirect URI"):
            attempt.answer(attempt.url).code()


class TestDenial:
    def test_a_cancelled_login_is_told_as_one(self) -> None:
        attempt = begin()
        with pytest.raises(AuthorizationDeniedError, match=r"cancelled on Spotify's page \(access_denied\)\."):
            attempt.answer(answer_to(attempt, code=None, error="access_denied")).code()

    def test_another_error_is_named(self) -> None:
        attempt = begin()
        with pytest.raises(AuthorizationDeniedError, match=r"refused the login \(invalid_scope\)"):
            attempt.answer(answer_to(attempt, code=None, error="invalid_scope")).code()

    def test_what_no_rfc_knows_is_not_repeated(self) -> None:
        attempt = begin()
        with pytest.raises(AuthorizationDeniedError) as caught:
            attempt.answer(answer_to(attempt, code=None, error="<b>\x1b[2Jü\n" + "a" * 100_000)).code()
        assert caught.value.message == "Spotify refused the login (for a reason of its own)."


class TestGrants:
    @pytest.mark.parametrize(
        ("fields", "granted"), [({}, True), ({"code": None, "error": "access_denied"}, False), ({"error": "x"}, False)]
    )
    def test_a_yes_and_a_no_are_told_apart(self, fields: dict[str, str | None], granted: bool) -> None:  # noqa: FBT001
        attempt = begin()
        assert attempt.answer(answer_to(attempt, **fields)).is_granted is granted

    def test_what_is_no_answer_is_neither(self) -> None:
        with pytest.raises(StateMismatchError):
            begin().answer(answer_to(begin()))


class TestSecrecy:
    @pytest.mark.parametrize("show", [repr, str, pretty, "{}".format])
    def test_an_attempt_shows_no_secret(self, show: Callable[[object], str]) -> None:
        attempt = begin()
        text = show(attempt)
        assert REDIRECT_URI in text
        assert not [secret for secret in (attempt.state, attempt.verifier, "PLANTED") if secret in text]

    @pytest.mark.parametrize(("_", "fields"), REFUSED.values(), ids=REFUSED)
    @pytest.mark.parametrize("place", [REDIRECT_URI, "http://evil.example/callback", "", "http://[::1/callback"])
    def test_no_error_shows_a_secret(self, place: str, _: object, fields: dict[str, str | list[str] | None]) -> None:
        attempt = begin()
        with pytest.raises(AuthorizationError) as caught:
            attempt.answer(answer_to(attempt, place, **fields)).code()
        text = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)) + repr(caught.value)
        assert not [secret for secret in (attempt.state, attempt.verifier, "PLANTED") if secret in text]


def test_an_error_that_is_none_of_the_rfcs_is_not_repeated() -> None:
    """Found by fuzzing: the text of an error can be this login's own state."""
    attempt = begin()
    with pytest.raises(AuthorizationDeniedError) as caught:
        attempt.answer(f"{attempt.redirect_uri}?error={attempt.state}&state={attempt.state}").code()
    assert attempt.state not in str(caught.value)
    assert "for a reason of its own" in str(caught.value)


@pytest.mark.rule(2)
def test_state_comes_from_the_systems_randomness(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 6749, 10.10: 128 bits at least."""
    asked: list[int | None] = []
    random = secrets.token_urlsafe

    def spy(size: int | None = None) -> str:
        asked.append(size)
        return random(size)

    monkeypatch.setattr(secrets, "token_urlsafe", spy)
    assert len({begin().state for _ in range(20)}) == 20
    assert all(size is not None and size >= 16 for size in asked)


@pytest.mark.rule(2)
def test_state_is_compared_in_constant_time(compared: list[bytes]) -> None:
    """RFC 6749, 10.12."""
    attempt = begin()
    wrong = attempt.state[::-1]
    with pytest.raises(StateMismatchError):
        attempt.answer(f"{attempt.redirect_uri}?code=1&state={wrong}").code()
    assert compared == [wrong.encode(), attempt.state.encode()]


@pytest.mark.rule(3)
@pytest.mark.parametrize("query", WITHOUT_STATE)
def test_without_the_state_nothing_else_is_looked_at(query: str) -> None:
    """RFC 9700, 4.7."""
    attempt = begin()
    with pytest.raises(CallbackError, match="A part of the address is missing"):
        attempt.answer(f"{attempt.redirect_uri}?{query}")
