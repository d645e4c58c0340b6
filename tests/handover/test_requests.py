"""requests: bodies that can be sent again, and what its own ways with headers would do."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from asking import refreshes

from spotantic_nb import Session
from spotantic_nb.sandbox import Sandbox


def stream() -> Iterator[bytes]:
    yield b"a body"


@pytest.mark.parametrize(
    ("body", "ended"),
    [(lambda: b"a body", (200, 1)), (lambda: io.BytesIO(b"a body"), (200, 1)), (stream, (401, 0))],
    ids=["bytes", "file", "stream"],
)
def test_a_body_is_sent_again_with_another_token_unless_it_is_gone_once_sent(
    session: Session, sandbox: Sandbox, body: Callable[[], object], ended: tuple[int, int]
) -> None:
    sandbox.advance(3601)
    reply = requests.get(f"{session.api_url}/me", data=body(), auth=session.requests_auth(), timeout=30)  # type: ignore[arg-type]
    assert (reply.status_code, refreshes(sandbox)) == ended


def test_a_netrc_file_does_not_take_the_tokens_place(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    me = f"{session.api_url}/me"
    assert requests.get(me, headers=session.headers(), timeout=30).status_code != 200  # as requests has it
    assert requests.get(me, auth=session.requests_auth(), timeout=30).status_code == 200
