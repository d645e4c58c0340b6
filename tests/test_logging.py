"""What a log tells of a login: what happened, with fingerprints in the place of secrets."""

import logging
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from spotantic_nb import AccessTokenInfo, AuthCodePKCEFlowManager, AuthSettings
from spotantic_nb.sandbox import Sandbox, ScriptedUser


async def test_a_log_tells_what_happened_with_fingerprints_and_no_secret(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="spotantic_nb")
    settings = AuthSettings(
        client_id=SecretStr(sandbox.client_id),
        redirect_uri="http://127.0.0.1:8765/callback",
        scope="user-top-read",
        accounts_url=sandbox.accounts_url,
        store_access_token=True,
    )
    manager = AuthCodePKCEFlowManager(settings)
    attempt = manager.begin()
    callback = ScriptedUser().answer(attempt.url)
    await manager.complete(attempt, attempt.answer(callback))
    await manager.refresh()
    token = await manager.get_valid_access_token()
    for told in (f"Obtained token {token.fingerprint}", "Wrote token", "by authorization_code: status 200"):
        assert told in caplog.text
    parts = [part for [part] in parse_qs(urlsplit(callback).query).values()]
    assert not [part for part in (*parts, attempt.verifier) if part in caplog.text]
    assert token.access_token.get_secret_value() not in caplog.text


def test_two_tokens_have_two_fingerprints_and_neither_shows_any_of_its_token() -> None:
    one, two = (
        AccessTokenInfo(access_token=SecretStr(text), token_type="Bearer", expires_in=1) for text in ("abc", "abd")
    )
    assert one.fingerprint != two.fingerprint
    assert len(one.fingerprint) == 8


def test_importing_configures_no_logging() -> None:
    program = (
        "import logging, spotantic_nb.session; print(logging.getLogger('spotantic_nb').handlers, logging.root.handlers)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[] []\n"
