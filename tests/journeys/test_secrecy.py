"""Secrets are planted in a whole day's work in a kernel, and searched for wherever something could have kept them."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from kernels import Kernel

from spotantic_nb.sandbox import Sandbox, ScriptedUser

# Every state and verifier becomes recognizable; the word is put together so that the cell itself does not hold it.
PLANT = """
import itertools, logging, secrets
numbers = itertools.count()
secrets.token_urlsafe = lambda size=32: 'PLAN' + f'TED-{next(numbers):0>35}'
logging.basicConfig(level=logging.DEBUG, filename='debug.log', force=True)
"""
FAIL_WITH_LOCALS = """
def use(token, header):
    return 1 / 0
use(get_ipython().run_line_magic('spotantic_token', ''), get_ipython().run_line_magic('spotantic_token', '--header'))
"""


@pytest.fixture
def secrets_of_the_day(kernel: Kernel, sandbox: Sandbox, spotify_project: Path) -> set[str]:
    """Log in both ways, use the token, and meet every kind of error; return all that must not be found."""
    found: set[str] = {sandbox.client_secret, "PLANTED"}

    def note_tokens() -> None:
        [file] = spotify_project.glob(".spotantic/*.json")
        token = json.loads(file.read_text())
        found.update({token["access_token"], token["refresh_token"]})

    def paste() -> None:
        address = ScriptedUser().answer(kernel.link(login))
        found.update(parse_qs(urlsplit(address).query)["code"])
        kernel.answers.append(address)

    sandbox.knobs.refresh_policy = "rotate"
    kernel.run(PLANT)
    kernel.run("%xmode Verbose")
    login = kernel.run("%spotantic_login")
    kernel.run(
        "session = __import__('spotantic_nb').Session.current(); session, vars(session), session._async_session._login"
    )
    ScriptedUser().follow(kernel.link(login))
    for code in ("%spotantic_token", "%spotantic_token --header", "%spotantic_status", FAIL_WITH_LOCALS):
        kernel.run(code)
    note_tokens()
    assert kernel.run("%spotantic_refresh").ok
    note_tokens()
    kernel.on_prompt = paste
    login = kernel.send("%spotantic_login --paste --force")
    kernel.wait_until(lambda: login.is_done)
    assert login.ok
    note_tokens()
    for fault in ("500_json", "502_html", "truncated", "html_200", "oversized", "redirect"):
        sandbox.knobs.token_fault = fault
        assert not kernel.run("%spotantic_refresh").ok
    sandbox.knobs.token_fault = None
    sandbox.revoke_consent("ada")
    assert not kernel.run("%spotantic_refresh").ok
    kernel.run("manager = session._async_session._manager\n(manager, vars(manager), manager.auth_settings)")
    assert len(found) == 9
    return found


def test_no_secret_is_left_in_outputs_logs_history_or_any_other_file(
    kernel: Kernel, secrets_of_the_day: set[str], spotify_project: Path, environ: dict[str, str]
) -> None:
    kernel.run("import IPython; get_ipython().history_manager.writeout_cache()")
    outputs = "".join(str(cell.outputs) + str(cell.reply) for cell in kernel.cells.values())
    log = (spotify_project / "debug.log").read_text()
    [history] = Path(environ["IPYTHONDIR"]).rglob("history.sqlite")
    assert "spotantic" in log or "httpcore" in log
    for name, text in {"outputs": outputs, "log": log, "history": history.read_bytes().decode("latin-1")}.items():
        leaked = {secret[:6] for secret in secrets_of_the_day if secret in text}
        assert not leaked, f"{leaked} in {name}: {context(text, secrets_of_the_day)}"


def test_nothing_in_the_project_but_the_token_file_holds_a_token(
    secrets_of_the_day: set[str], sandbox: Sandbox, spotify_project: Path
) -> None:
    files = [path for path in spotify_project.rglob("*") if path.is_file() and path.name != ".env"]
    holding = {path.suffix for path in files for secret in secrets_of_the_day if secret in path.read_text("latin-1")}
    assert holding == {".json"}


def test_a_token_that_store_keeps_comes_back_without_its_refresh_token(
    kernel: Kernel, spotify_project: Path, environ: dict[str, str]
) -> None:
    login = kernel.run("%spotantic_login")
    ScriptedUser().follow(kernel.link(login))
    kernel.run("token = %spotantic_token")
    assert kernel.run("%store token").ok
    kernel.run("del token")
    assert kernel.run("%store -r token\nassert not token.is_expired()").ok
    assert kernel.run("assert token.refresh_token is None").ok
    [file] = spotify_project.glob(".spotantic/*.json")
    refresh_token = json.loads(file.read_text())["refresh_token"].encode()
    kept = [path for path in Path(environ["IPYTHONDIR"]).rglob("*") if path.is_file()]
    assert "token" in {path.name for path in kept}
    assert not [path for path in kept if refresh_token in path.read_bytes()]


def context(text: str, secrets: set[str]) -> str:
    """Return what stands around the first secret found."""
    [start, *_] = [text.find(secret) for secret in secrets if secret in text] or [0]
    return text[max(0, start - 200) : start + 20]
