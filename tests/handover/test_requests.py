"""requests: what its own ways with headers would do."""

from pathlib import Path

import pytest
import requests

from spotantic_nb import Session


def test_a_netrc_file_does_not_take_the_tokens_place(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    me = f"{session.api_url}/me"
    assert requests.get(me, headers=session.headers(), timeout=30).status_code != 200  # as requests has it
    assert requests.get(me, auth=session.requests_auth(), timeout=30).status_code == 200
