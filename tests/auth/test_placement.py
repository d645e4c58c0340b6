"""Where the browser is: what a person says, and otherwise a guess with its reason."""

import sys
from pathlib import Path

import pytest

from spotantic_nb.auth._placement import container_mark, guessed, placement
from spotantic_nb.settings import AuthSettings

ELSEWHERE = {
    "COLAB_RELEASE_TAG": "Google Colab",
    "KAGGLE_KERNEL_RUN_TYPE": "Kaggle",
    "BINDER_LAUNCH_HOST": "Binder",
    "BINDER_REQUEST": "Binder",
    "BINDER_SERVICE_HOST": "Binder",
    "JUPYTERHUB_USER": "JupyterHub",
    "JUPYTERHUB_SERVICE_PREFIX": "JupyterHub",
    "DATABRICKS_RUNTIME_VERSION": "Databricks",
    "CODESPACES": "GitHub Codespaces",
    "GITPOD_WORKSPACE_URL": "Gitpod",
    "DEEPNOTE_PROJECT_ID": "Deepnote",
    "KUBERNETES_SERVICE_HOST": "Kubernetes",
}
UNSURE = {
    "SSH_CONNECTION": "a remote shell",
    "SSH_TTY": "a remote shell",
    "REMOTE_CONTAINERS": "a container of VS Code",
    "VSCODE_IPC_HOOK_CLI": "a remote VS Code",
}

NESTED = [
    (["JUPYTERHUB_USER", "BINDER_LAUNCH_HOST", "KUBERNETES_SERVICE_HOST"], "Binder"),
    (["KUBERNETES_SERVICE_HOST", "JUPYTERHUB_USER"], "JupyterHub"),
    (["VSCODE_IPC_HOOK_CLI", "REMOTE_CONTAINERS", "CODESPACES"], "GitHub Codespaces"),
    (["SSH_CONNECTION", "VSCODE_IPC_HOOK_CLI", "REMOTE_CONTAINERS"], "a container of VS Code"),
    (["SSH_CONNECTION", "VSCODE_IPC_HOOK_CLI"], "a remote VS Code"),
]
"""Places that stand on another one and have its variables too, and which of them is named."""


@pytest.fixture(autouse=True)
def _on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")


class TestGuess:
    @pytest.mark.parametrize(("variable", "name"), ELSEWHERE.items())
    def test_a_hosted_kernel_is_out_of_reach_and_says_where_it_is(self, variable: str, name: str) -> None:
        guess = guessed({variable: "1", "DISPLAY": ":0", "SSH_TTY": "/dev/pts/0"}, ())
        assert (guess.browser, guess.can_open) == ("elsewhere", False)
        assert guess.reason == f"This kernel runs on {name} ({variable} is set), where your browser cannot reach it."

    def test_colab_is_known_by_its_package_as_well(self) -> None:
        assert guessed({}, {"google.colab"}).reason == (
            "This kernel runs on Google Colab (google.colab is loaded), where your browser cannot reach it."
        )

    @pytest.mark.parametrize(("variable", "name"), UNSURE.items())
    def test_a_forwarded_kernel_may_be_out_of_reach(self, variable: str, name: str) -> None:
        guess = guessed({variable: "1", "DISPLAY": ":0"}, ())
        assert (guess.browser, guess.can_open) == ("unsure", False)
        assert guess.reason == f"This kernel runs in {name} ({variable} is set), which your browser may not reach."

    @pytest.mark.parametrize(
        ("variables", "mark", "sign"),
        [
            ({}, "/.dockerenv", "/.dockerenv says so"),
            ({"container": "podman"}, "", "container is set to podman"),
            ({"container": "podman"}, "/run/.containerenv", "container is set to podman"),
        ],
    )
    def test_a_container_may_be_out_of_reach_and_says_what_would_help(
        self, variables: dict[str, str], mark: str, sign: str
    ) -> None:
        guess = guessed(variables, (), mark)
        assert (guess.browser, guess.can_open) == ("unsure", False)
        assert guess.reason == (
            f"This kernel seems to run in a container ({sign}), whose 127.0.0.1 your browser reaches only with "
            "--network=host; a published port does not lead there."
        )

    @pytest.mark.parametrize("variables", [{"container": ""}, {"DISPLAY": ":0"}, {"WAYLAND_DISPLAY": "wayland-0"}])
    def test_a_container_with_a_display_or_one_that_says_it_is_none_is_here(self, variables: dict[str, str]) -> None:
        assert guessed(variables, (), "/.dockerenv").browser == "here"

    @pytest.mark.parametrize("variable", [*ELSEWHERE, *UNSURE])
    def test_a_container_of_a_place_that_has_a_name_is_that_place(self, variable: str) -> None:
        guess = guessed({variable: "1", "container": "docker"}, (), "/.dockerenv")
        assert guess == guessed({variable: "1"}, ())

    @pytest.mark.parametrize(("variables", "name"), NESTED)
    def test_of_places_within_places_the_one_that_a_person_chose_is_named(
        self, variables: list[str], name: str
    ) -> None:
        assert f" {name} (" in guessed(dict.fromkeys(variables, "1"), ()).reason

    def test_otherwise_the_browser_is_here(self) -> None:
        guess = guessed({"PATH": "/usr/bin"}, {"google"})
        assert (guess.browser, guess.can_open) == ("here", False)
        assert guess.reason == "This kernel seems to run on the machine of your browser."

    @pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"])
    def test_with_a_display_a_browser_can_be_opened(self, variable: str) -> None:
        assert guessed({variable: "1"}, ()).can_open

    @pytest.mark.parametrize("places", [{}, {"SSH_TTY": "1"}, {"CODESPACES": "1"}, {"VSCODE_IPC_HOOK_CLI": "1"}])
    @pytest.mark.parametrize("command", ["/opt/code/bin/helpers/browser.sh", "wslview", "firefox %s", "lynx:firefox"])
    def test_a_browser_that_is_named_can_be_opened_wherever_the_kernel_is(
        self, places: dict[str, str], command: str
    ) -> None:
        assert guessed({**places, "BROWSER": command}, ()).can_open

    @pytest.mark.parametrize("command", ["", " ", "lynx", "/usr/bin/w3m %s", "links:elinks"])
    def test_one_that_would_take_over_the_terminal_cannot(self, command: str) -> None:
        assert not guessed({"BROWSER": command}, ()).can_open

    def test_nor_is_another_one_opened_for_who_named_that_one(self) -> None:
        assert not guessed({"BROWSER": "lynx", "DISPLAY": ":0"}, ()).can_open

    @pytest.mark.parametrize("platform", ["darwin", "win32"])
    def test_these_always_have_a_display(self, monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
        monkeypatch.setattr(sys, "platform", platform)
        assert guessed({}, ()).can_open

    @pytest.mark.parametrize("platform", ["darwin", "win32"])
    def test_a_remote_shell_opens_no_browser_there_either(self, monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
        monkeypatch.setattr(sys, "platform", platform)
        assert not guessed({"SSH_CONNECTION": "1"}, ()).can_open


class TestMark:
    @pytest.mark.parametrize(
        ("file", "text"),
        [
            (".dockerenv", ""),
            ("run/.containerenv", ""),
            ("proc/1/cgroup", "12:pids:/docker/0123\n0::/system.slice/containerd.service\n"),
            ("proc/1/cgroup", "0::/machine.slice/libpod-0123.scope\n"),
        ],
    )
    def test_a_container_is_known_by_its_files(self, tmp_path: Path, file: str, text: str) -> None:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
        assert container_mark(tmp_path) == f"/{file}"

    @pytest.mark.parametrize("groups", [b"0::/init.scope\n", b"\xff"])
    def test_a_machine_is_none(self, tmp_path: Path, groups: bytes) -> None:
        (tmp_path / "proc" / "1").mkdir(parents=True)
        (tmp_path / "proc" / "1" / "cgroup").write_bytes(groups)
        assert container_mark(tmp_path) == ""

    def test_nor_is_one_without_such_files(self, tmp_path: Path) -> None:
        assert container_mark(tmp_path) == ""


class TestSetting:
    def test_without_one_it_is_guessed(self) -> None:
        assert placement(AuthSettings(), {"CODESPACES": "true"}, ()) == guessed({"CODESPACES": "true"}, ())

    def test_a_forwarded_port_is_believed_and_opens_no_browser_over_there(self) -> None:
        place = placement(AuthSettings(browser="here"), {"CODESPACES": "true", "DISPLAY": ":0"}, ())
        assert (place.browser, place.can_open) == ("here", False)
        assert place.reason == (
            "SPOTANTIC_AUTH_BROWSER is set to here (by the program), so your browser is taken to reach this kernel."
        )

    def test_a_browser_that_is_elsewhere_is_not_opened_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SPOTANTIC_AUTH_BROWSER", "elsewhere")
        place = placement(AuthSettings(), {"DISPLAY": ":0"}, ())
        assert (place.browser, place.can_open) == ("elsewhere", False)
        assert place.reason == (
            "SPOTANTIC_AUTH_BROWSER is set to elsewhere (in the environment), "
            "so your browser is taken to be out of reach of this kernel."
        )

    def test_here_with_a_display_opens_a_browser_as_ever(self) -> None:
        assert placement(AuthSettings(browser="here"), {"DISPLAY": ":0"}, ()).can_open

    def test_a_line_of_the_env_file_is_named_with_the_file(self, project: Path) -> None:
        (project / ".env").write_text("SPOTANTIC_AUTH_BROWSER=here\n")
        assert f"(in {project / '.env'})" in placement(AuthSettings(), {}, ()).reason

    def test_where_a_proxy_brings_the_answer_the_browser_reaches_this_kernel(self, project: Path) -> None:
        (project / ".env").write_text("SPOTANTIC_AUTH_FORWARDED_TO=8765\n")
        place = placement(AuthSettings(), {"JUPYTERHUB_USER": "ada", "DISPLAY": ":0"}, ())
        assert (place.browser, place.can_open) == ("here", False)
        assert place.reason == (
            f"SPOTANTIC_AUTH_FORWARDED_TO is set (in {project / '.env'}), so a proxy brings the answer to this kernel."
        )

    def test_whoever_shares_the_network_of_a_containers_machine_says_so(self) -> None:
        assert placement(AuthSettings(browser="here"), {}, (), "/.dockerenv").browser == "here"

    def test_in_a_container_too_a_proxy_brings_the_answer(self) -> None:
        assert placement(AuthSettings(forwarded_to=8765), {}, (), "/.dockerenv").browser == "here"

    def test_whoever_says_where_the_browser_is_is_believed_all_the_same(self) -> None:
        assert placement(AuthSettings(browser="elsewhere", forwarded_to=8765), {}, ()).browser == "elsewhere"
