"""What the projects themselves hold is known by its value, from wherever they keep it."""

import copy
import json
import pickle
from pathlib import Path

import pytest
from planted import log_in

from spotantic_nb.scan import KnownSecrets, known_around

OWN = "own-words-that-look-like-nothing"


@pytest.mark.parametrize(
    ("file", "content", "kind"),
    [
        (".env", f"SPOTANTIC_AUTH_CLIENT_SECRET='{OWN}'\n", "client secret"),
        (".env", f"export SPOTANTIC_AUTH_REFRESH_TOKEN={OWN}\n", "refresh token"),
        (".env", f"SPOTIPY_CLIENT_SECRET={OWN}\nno variable\n", "client secret"),
        (".spotantic/a.json", json.dumps({"access_token": OWN}), "access token"),
        (".spotantic/a.json", json.dumps({"access_token": "", "others": [{"refresh_token": OWN}]}), "refresh token"),
        (".spotantic/a.json.broken-1", json.dumps([{"refresh_token": OWN}]), "refresh token"),
        (".cache", json.dumps({"access_token": OWN, "expires_at": 1}), "access token"),
    ],
)
def test_a_secret_of_the_project_is_known(project: Path, file: str, content: str, kind: str) -> None:
    (project / file).parent.mkdir(exist_ok=True)
    (project / file).write_text(content)
    known = known_around([project / "notebooks" / "a.ipynb"])
    assert known.kinds_in(f"-{OWN}-") == {kind}
    assert known.kinds_in(f"-{OWN[:-1]}-") == set()


def test_so_is_that_of_the_file_which_the_settings_name(project: Path) -> None:
    (project / "kept").mkdir()
    (project / "kept" / "token").write_text(json.dumps({"refresh_token": OWN}))
    (project / ".env").write_text("SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH=kept/token\n")
    assert known_around([project]).kinds_in(OWN) == {"refresh token"}


def test_so_is_that_of_the_environment(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_SECRET", OWN)
    assert known_around([]).kinds_in(OWN) == {"client secret"}


def test_so_is_that_of_another_project_whose_notebook_is_named(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / ".env").write_text(f"SPOTANTIC_AUTH_CLIENT_SECRET={OWN}\n")
    assert known_around([other / "a.ipynb"]).kinds_in(OWN) == {"client secret"}
    assert known_around([project]).kinds_in(OWN) == set()


def test_the_tokens_of_a_login_are_known(spotify_project: Path) -> None:
    access, refresh, secret = log_in()
    kinds = {"access token", "refresh token", "client secret"}
    assert known_around([spotify_project]).kinds_in(f"{access} {refresh} {secret}") == kinds


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\xfa", b"[" * 100_000, b"null", b'"text"'])
def test_what_cannot_be_read_is_passed_over(project: Path, content: bytes) -> None:
    (project / ".spotantic").mkdir()
    (project / ".spotantic" / "a.json").write_bytes(content)
    (project / ".cache").mkdir()
    (project / ".env").write_bytes(content)
    assert repr(known_around([project])) == "<KnownSecrets: 0>"


def test_a_word_is_too_short_to_be_looked_for() -> None:
    assert KnownSecrets({"short": "client secret", "": "client secret"}).kinds_in("a short text") == set()


def test_it_is_neither_shown_nor_copied() -> None:
    known = KnownSecrets({OWN: "client secret"})
    assert OWN not in repr(known) + str(known)
    for leave in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="not pickled"):
            leave(known)
