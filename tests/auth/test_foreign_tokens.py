"""Files of other programs, and what is none: one sentence for each, and no file is changed."""

import json
import os
from pathlib import Path

import pytest

from spotantic_nb import TokenStoreError
from spotantic_nb.auth import _foreign_tokens
from spotantic_nb.auth._foreign_tokens import has_usual_name, read_login, sources_in
from spotantic_nb.models import AccessTokenInfo

SPOTIPY = {"access_token": "PLANTED-a", "token_type": "Bearer", "expires_in": 3600, "scope": "s", "expires_at": 1}
CACHE = json.dumps(SPOTIPY | {"refresh_token": "PLANTED-r"})
SPOTANTIC = json.dumps(SPOTIPY | {"refresh_token": "PLANTED-r", "expires_at": "2026-11-28T20:52:49.901584"})
TEKORE = "[DEFAULT]\nSPOTIFY_CLIENT_ID = abc\nSPOTIFY_CLIENT_SECRET = PLANTED-s\nSPOTIFY_USER_REFRESH = PLANTED-r\n"
OURS = AccessTokenInfo(
    access_token="PLANTED-a", token_type="Bearer", expires_in=1, issuer="https://accounts.spotify.com"
)


@pytest.mark.parametrize(
    ("text", "program", "client_id"),
    [
        (CACHE, "spotipy", None),
        (f"\ufeff{CACHE}", "spotipy", None),
        (SPOTANTIC, "spotantic", None),
        (TEKORE, "tekore", "abc"),
        (TEKORE.replace("DEFAULT", "ada"), "tekore", "abc"),
        (f"{TEKORE}[again]\nSPOTIFY_REDIRECT_URI = x\n[other]\nk = v\n", "tekore", "abc"),
        ("[a]\nSPOTIFY_USER_REFRESH = PLANTED-r\n", "tekore", None),
    ],
)
def test_a_login_is_read_and_its_file_left_alone(
    text: str, program: str, client_id: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text(text, encoding="utf-8")
    before = file.stat()
    login = read_login(file)
    assert (login.source.program, login.source.path) == (program, file)
    assert login.refresh_token.get_secret_value() == "PLANTED-r"
    assert (login.client_id and login.client_id.get_secret_value()) == client_id
    assert "PLANTED" not in repr(login)
    assert str(login.source) == f"file of {program}"
    assert (file.stat().st_mtime_ns, file.read_text(encoding="utf-8")) == (before.st_mtime_ns, text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no login of spotipy, spotantic or tekore"),
        ("PLANTED", "holds no login"),
        ("[1, 2]", "holds no login"),
        ("{}", "holds no login"),
        ("[" * 60_000, "holds no login"),
        ("1" * 60_000, "holds no login"),
        ("[tool]\nname = PLANTED\n", "holds no login"),
        ("SPOTIFY_USER_REFRESH=PLANTED\n", "holds no login"),
        (f"{TEKORE}{TEKORE}", "holds no login"),
        ("\ud800PLANTED", "holds no login"),
        (CACHE + " " * 70_000, "is too large for a token file"),
        (json.dumps(SPOTIPY), "spotipy holds no refresh token"),
        (json.dumps(SPOTIPY | {"refresh_token": None, "expires_at": "x"}), "spotantic holds no refresh token"),
        (json.dumps(SPOTIPY | {"refresh_token": ["PLANTED"]}), "spotipy holds no refresh token"),
        (json.dumps(SPOTIPY | {"refresh_token": "PLANTED r\n"}), "spotipy holds no refresh token"),
        ("[DEFAULT]\nSPOTIFY_CLIENT_ID = abc\nSPOTIFY_CLIENT_SECRET = PLANTED\n", "tekore holds no refresh token"),
        (f"{TEKORE}[b]\nSPOTIFY_USER_REFRESH = PLANTED-other\n", "holds several logins"),
        (OURS.model_dump_json(), "is a token file of spotantic_nb itself"),
    ],
)
def test_what_is_no_such_login_is_refused_in_words(text: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(TokenStoreError) as caught:
        read_login(file)
    assert reason in caught.value.message
    assert str(file) in caught.value.message
    assert caught.value.hint
    assert "PLANTED" not in str(caught.value)


class TestNoFile:
    def test_a_path_that_leads_nowhere_is_shown_as_a_whole(self, project: Path) -> None:
        with pytest.raises(TokenStoreError, match=f"There is no file {project / '.cache'}"):
            read_login(Path(".cache"))

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(TokenStoreError, match="holds no login"):
            read_login(tmp_path / "pipe")

    @pytest.mark.parametrize("name", ["a\0b", "x" * 300, "file/below"])
    def test_a_name_that_no_file_has_is_refused(self, name: str, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(TokenStoreError, match=r"cannot be read|There is no file"):
            read_login(tmp_path / name)

    def test_a_home_that_nobody_has_is_refused(self) -> None:
        with pytest.raises(TokenStoreError, match="Nobody's home folder is known"):
            read_login(Path("~nobody-of-that-name/.cache"))

    def test_a_folder_says_which_files_in_it_may_be_meant(self, tmp_path: Path) -> None:
        (tmp_path / ".cache").write_text(CACHE)
        (tmp_path / ".cache-bob").write_text(CACHE)
        (tmp_path / ".cache-none").write_text("{}")
        with pytest.raises(TokenStoreError, match=r"is a folder\. Name the file in it: \.cache or \.cache-bob\."):
            read_login(tmp_path)

    def test_a_folder_without_any_says_what_to_name(self, tmp_path: Path) -> None:
        with pytest.raises(TokenStoreError, match=r"is a folder\. Name the \.cache of spotipy"):
            read_login(tmp_path)


class TestSources:
    def test_only_files_with_a_login_and_their_usual_names_are_found(self, tmp_path: Path) -> None:
        texts = {".cache": CACHE, ".token_info_cache": SPOTANTIC, "tekore.cfg": TEKORE, "other.json": CACHE}
        for name, text in (texts | {".cache-x": "{}"}).items():
            (tmp_path / name).write_text(text)
        (tmp_path / ".cache-folder").mkdir()
        found = sources_in([tmp_path, tmp_path / "gone"])
        assert [str(source) for source in found] == [
            ".cache of spotipy",
            ".token_info_cache of spotantic",
            "tekore.cfg of tekore",
        ]

    def test_a_bare_managers_own_token_is_no_other_programs(self, tmp_path: Path) -> None:
        (tmp_path / ".token_info_cache").write_text(OURS.model_dump_json())
        assert sources_in([tmp_path]) == []

    def test_a_folder_of_such_a_name_is_not_looked_into(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".cache").mkdir()
        (tmp_path / ".cache" / ".cache").write_text(CACHE)
        seen, look = [], os.scandir
        monkeypatch.setattr(os, "scandir", lambda folder: seen.append(folder) or look(folder))
        assert sources_in([tmp_path]) == []
        assert seen == [tmp_path]

    def test_of_very_many_a_few_are_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_foreign_tokens, "_MOST_FILES", 3)
        for number in range(5):
            (tmp_path / f".cache-{number}").write_text(CACHE)
        assert len(sources_in([tmp_path])) == 3


@pytest.mark.parametrize("name", [".cache", ".cache-ada", ".token_info_cache", "tekore.cfg", "tekore.ini"])
def test_the_usual_names(name: str) -> None:
    assert has_usual_name(name)
    assert not has_usual_name(f"x{name}")
