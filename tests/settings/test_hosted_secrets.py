"""Secrets of Colab and Kaggle as settings, from imitated services with the names and exceptions of the real ones."""

import importlib
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import SecretStr

from spotantic_nb import Session
from spotantic_nb._portal import portal
from spotantic_nb.errors import ConfigurationError, SpotanticNbError
from spotantic_nb.notebook import _sandbox_switch
from spotantic_nb.settings import AuthSettings, _hosted_secrets

ASKED_FOR = {"CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "AUTHORIZED_AT", "REDIRECT_URI", "SCOPE"}


class NotebookAccessError(Exception):
    """As in google.colab.userdata."""


class ColabError(Exception):
    """As google.colab.errors.Error."""


class SecretNotFoundError(ColabError):
    """As in google.colab.userdata."""


class TimeoutException(ColabError):  # noqa: N818 - Colab's own name
    """As in google.colab.userdata."""


class BackendError(Exception):
    """As in kaggle_secrets; its text is the reply of Kaggle's service."""


class CredentialError(Exception):
    """As in kaggle_secrets."""


class Keeper:
    """A hosted service as a person has filled it, with a note of every question."""

    def __init__(self, missing: type[Exception]) -> None:
        self.secrets: dict[str, str] = {}
        self.troubles: dict[str, Exception] = {}
        self.asked: list[str] = []
        self._missing = missing

    def look_up(self, name: str) -> str:
        name = name.removeprefix("SPOTANTIC_AUTH_")
        self.asked.append(name)
        if trouble := self.troubles.get(name):
            raise trouble
        if name not in self.secrets:
            raise self._missing("PLANTED-reply")
        return self.secrets[name]


@pytest.fixture(autouse=True)
def _nothing_is_known_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_hosted_secrets, "services", _hosted_secrets._services())


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """An imitated Colab."""
    keeper = Keeper(SecretNotFoundError)
    userdata: Any = ModuleType("google.colab.userdata")
    userdata.get = keeper.look_up
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setitem(sys.modules, "google.colab.userdata", userdata)
    return keeper


@pytest.fixture
def kaggle(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """An imitated Kaggle."""
    keeper = Keeper(BackendError)

    class UserSecretsClient:
        get_secret = staticmethod(keeper.look_up)

    module: Any = ModuleType("kaggle_secrets")
    module.UserSecretsClient = UserSecretsClient
    monkeypatch.setitem(sys.modules, "kaggle_secrets", module)
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    return keeper


class TestSources:
    def test_what_people_keep_as_secrets_is_taken_from_colab(self, colab: Keeper) -> None:
        colab.secrets = {
            "CLIENT_ID": "PLANTED-id",
            "CLIENT_SECRET": "PLANTED-secret",
            "REFRESH_TOKEN": "PLANTED-grant",
            "AUTHORIZED_AT": "2026-06-01T12:00:00+00:00",
            "REDIRECT_URI": "http://127.0.0.1:9000/callback",
            "SCOPE": "streaming",
        }
        settings = AuthSettings()
        assert settings.client_id == SecretStr("PLANTED-id")
        assert settings.refresh_token == SecretStr("PLANTED-grant")
        assert settings.authorized_at == datetime(2026, 6, 1, 12, tzinfo=UTC)
        assert settings.redirect_uri == "http://127.0.0.1:9000/callback"
        assert settings.provenance == {name.lower(): "Colab secret" for name in ASKED_FOR}
        assert "PLANTED" not in repr(settings)

    def test_nothing_else_is_asked_for(self, colab: Keeper, kaggle: Keeper) -> None:
        AuthSettings()
        assert set(colab.asked) == set(kaggle.asked) == ASKED_FOR

    def test_arguments_environment_and_file_come_first_and_are_not_asked_for(
        self, colab: Keeper, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (project / ".env").write_text("SPOTANTIC_AUTH_CLIENT_SECRET=file\n")
        monkeypatch.setenv("SPOTANTIC_AUTH_CLIENT_ID", "environment")
        colab.secrets = dict.fromkeys(["CLIENT_ID", "CLIENT_SECRET", "REDIRECT_URI", "SCOPE"], "https://colab.example")
        settings = AuthSettings(scope="argument")
        assert settings.provenance == {
            "scope": "argument",
            "client_id": "SPOTANTIC_AUTH_CLIENT_ID",
            "client_secret": str(project / ".env"),
            "redirect_uri": "Colab secret",
        }
        assert not {"SCOPE", "CLIENT_ID", "CLIENT_SECRET"}.intersection(colab.asked)

    def test_a_line_that_is_written_later_comes_first_from_then_on(self, colab: Keeper, project: Path) -> None:
        colab.secrets = {"SCOPE": "colab"}
        assert AuthSettings().scope == "colab"
        (project / ".env").write_text("SPOTANTIC_AUTH_SCOPE=file\n")
        settings = AuthSettings()
        assert (settings.scope, settings.provenance) == ("file", {"scope": str(project / ".env")})

    def test_colab_comes_before_kaggle(self, colab: Keeper, kaggle: Keeper) -> None:
        colab.secrets, kaggle.secrets = {"SCOPE": "colab"}, {"SCOPE": "kaggle", "CLIENT_ID": "kaggle"}
        settings = AuthSettings()
        assert settings.require("scope", "client_id") == ["colab", "kaggle"]
        assert settings.provenance == {"scope": "Colab secret", "client_id": "Kaggle secret"}

    @pytest.mark.parametrize("empty", ["", "  ", "\n"])
    def test_an_empty_secret_is_not_set(self, colab: Keeper, kaggle: Keeper, empty: str) -> None:
        colab.secrets, kaggle.secrets = {"CLIENT_ID": empty}, {"CLIENT_ID": "kaggle"}
        assert AuthSettings().provenance == {"client_id": "Kaggle secret"}

    def test_what_was_copied_along_with_a_secret_is_let_go(self, colab: Keeper) -> None:
        colab.secrets = {"CLIENT_ID": " id\n"}
        assert AuthSettings().require("client_id") == ["id"]

    def test_elsewhere_their_packages_are_not_even_imported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        imported: list[str] = []
        monkeypatch.setattr(importlib, "import_module", imported.append)
        AuthSettings()
        assert imported == []


class TestRefusals:
    def test_each_name_is_asked_for_once_whatever_the_answer(self, colab: Keeper, kaggle: Keeper) -> None:
        colab.secrets = {"CLIENT_ID": "id"}
        colab.troubles = {"SCOPE": NotebookAccessError("PLANTED")}
        for _ in range(3):
            AuthSettings()
        assert sorted(colab.asked) == sorted(ASKED_FOR)
        assert sorted(kaggle.asked) == sorted(ASKED_FOR - {"CLIENT_ID"})

    def test_secrets_that_the_notebook_may_not_read_are_named_in_one_notice(self, colab: Keeper) -> None:
        colab.troubles = dict.fromkeys(["CLIENT_ID", "SCOPE"], NotebookAccessError("PLANTED"))
        assert AuthSettings().client_id is None
        [notice] = Session().status.notices
        assert notice == (
            "Colab did not let this notebook read SPOTANTIC_AUTH_CLIENT_ID, SPOTANTIC_AUTH_SCOPE. "
            "Switch on its notebook access under Secrets (the key at the left), then restart the kernel."
        )

    def test_names_that_do_not_exist_are_no_news(self, colab: Keeper, kaggle: Keeper) -> None:
        assert Session().status.notices == ()

    def test_a_front_end_without_the_dialog_costs_one_wait(self, colab: Keeper) -> None:
        """As the Colab extension of VS Code, where every question ends after ten seconds."""
        colab.troubles = dict.fromkeys(ASKED_FOR, TimeoutException("PLANTED"))
        for _ in range(3):
            AuthSettings()
        assert len(colab.asked) == 1
        assert Session().status.notices == (
            "Colab's secrets cannot be read here (TimeoutException), and this kernel does not try again.",
        )

    @pytest.mark.parametrize("trouble", [CredentialError("PLANTED"), ConnectionError("PLANTED"), OSError("PLANTED")])
    def test_a_kaggle_that_cannot_answer_is_not_asked_again(self, kaggle: Keeper, trouble: Exception) -> None:
        kaggle.troubles = dict.fromkeys(ASKED_FOR, trouble)
        for _ in range(3):
            assert AuthSettings().client_id is None
        assert len(kaggle.asked) == 1
        assert type(trouble).__name__ in Session().status.notices[0]

    @pytest.mark.parametrize("kind", [BackendError, type("NotFoundError", (Exception,), {})])
    def test_a_secret_that_is_not_attached_leaves_the_others(self, kaggle: Keeper, kind: type[Exception]) -> None:
        kaggle.secrets = {"SCOPE": "kaggle"}
        kaggle.troubles = {"CLIENT_ID": kind("PLANTED")}
        assert AuthSettings().provenance == {"scope": "Kaggle secret"}

    def test_without_their_packages_the_services_have_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
        monkeypatch.setitem(sys.modules, "google.colab.userdata", None)
        monkeypatch.setitem(sys.modules, "kaggle_secrets", None)
        monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Batch")
        assert AuthSettings().provenance == {}

    def test_stop_during_the_question_is_a_stop_and_no_answer(self, colab: Keeper) -> None:
        colab.secrets, stop = {"CLIENT_ID": "id"}, KeyboardInterrupt()
        colab.troubles = {"CLIENT_ID": stop}  # type: ignore[dict-item]
        with pytest.raises(KeyboardInterrupt):
            AuthSettings()
        colab.troubles.clear()
        assert AuthSettings().require("client_id") == ["id"]


class TestThreads:
    def test_only_the_main_thread_asks_and_others_use_what_is_known(self, colab: Keeper) -> None:
        colab.secrets = {"CLIENT_ID": "id"}
        assert in_a_thread(AuthSettings).provenance == {}
        assert colab.asked == []
        AuthSettings()
        assert in_a_thread(AuthSettings).provenance == {"client_id": "Colab secret"}

    def test_a_session_asks_where_it_is_made_so_that_the_portal_knows(self, colab: Keeper) -> None:
        colab.secrets = {"CLIENT_ID": "id", "REFRESH_TOKEN": "grant"}
        session = Session()
        asked = list(colab.asked)
        session.cancel()
        assert in_a_thread(lambda: session.status).provenance["client_id"] == "Colab secret"
        assert colab.asked == asked


class TestErrors:
    @pytest.mark.parametrize("name", ["REDIRECT_URI", "AUTHORIZED_AT"])
    def test_a_malformed_secret_is_named_as_the_place_to_correct(self, colab: Keeper, name: str) -> None:
        colab.secrets = {name: "PLANTED-secret"}
        with pytest.raises(ConfigurationError) as caught:
            AuthSettings(_env_file=Path.cwd() / ".env")
        assert str(caught.value).startswith(f"SPOTANTIC_AUTH_{name} is not usable: ")
        assert caught.value.hint == "Correct the Colab secret of that name, then restart the kernel."
        assert "PLANTED" not in str(caught.value)

    def test_a_malformed_line_is_still_the_files_fault(self, colab: Keeper, project: Path) -> None:
        colab.secrets = {"REDIRECT_URI": "https://app.example"}
        AuthSettings()
        (project / ".env").write_text("SPOTANTIC_AUTH_REDIRECT_URI=nowhere\n")
        with pytest.raises(ConfigurationError, match=r"Correct it in .*\.env\."):
            AuthSettings(_env_file=project / ".env")

    def test_a_missing_setting_may_be_kept_as_a_secret_there(self, kaggle: Keeper, project: Path) -> None:
        (project / ".env").touch()
        with pytest.raises(ConfigurationError) as caught:
            AuthSettings().require("client_id")
        assert caught.value.hint == (
            f"Set SPOTANTIC_AUTH_CLIENT_ID in the environment, in {project / '.env'} "
            "or as a Kaggle secret (then restart the kernel)."
        )

    def test_no_secret_is_seen_in_what_is_known_of_a_service(self, colab: Keeper) -> None:
        colab.secrets = dict.fromkeys(["CLIENT_ID", "CLIENT_SECRET"], "PLANTED-secret")
        AuthSettings()
        known = [
            _hosted_secrets.secret("SPOTANTIC_AUTH_CLIENT_ID"),
            _hosted_secrets.services,
            _hosted_secrets.notices(),
        ]
        assert "PLANTED" not in repr(known)


def test_a_grant_that_was_brought_along_is_not_shown_to_the_sandbox(colab: Keeper) -> None:
    colab.secrets = {"CLIENT_ID": "id", "REFRESH_TOKEN": "PLANTED-grant"}
    portal.run(_sandbox_switch.switch_on)
    try:
        with pytest.raises(SpotanticNbError, match="Not logged in"):
            Session.current().token()
    finally:
        portal.run(_sandbox_switch.switch_off)


def in_a_thread(make: Callable[[], Any]) -> Any:
    """Return what a function returns in another thread."""
    made: list[Any] = []
    thread = threading.Thread(target=lambda: made.append(make()))
    thread.start()
    thread.join()
    return made[0]
