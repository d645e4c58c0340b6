"""Where the browser is: a guess with its reason, from the environment alone."""

import sys

import pytest

from spotantic_nb.auth._placement import placement

ELSEWHERE = {
    "COLAB_RELEASE_TAG": "Google Colab",
    "KAGGLE_KERNEL_RUN_TYPE": "Kaggle",
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


@pytest.fixture(autouse=True)
def _on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")


@pytest.mark.parametrize(("variable", "name"), ELSEWHERE.items())
def test_a_hosted_kernel_is_out_of_reach_and_says_where_it_is(variable: str, name: str) -> None:
    guess = placement({variable: "1", "DISPLAY": ":0", "SSH_TTY": "/dev/pts/0"})
    assert (guess.browser, guess.can_open) == ("elsewhere", False)
    assert guess.reason == f"This kernel runs on {name} ({variable} is set), where your browser cannot reach it."


@pytest.mark.parametrize(("variable", "name"), UNSURE.items())
def test_a_forwarded_kernel_may_be_out_of_reach(variable: str, name: str) -> None:
    guess = placement({variable: "1", "DISPLAY": ":0"})
    assert (guess.browser, guess.can_open) == ("unsure", False)
    assert guess.reason == f"This kernel runs in {name} ({variable} is set), which your browser may not reach."


def test_otherwise_the_browser_is_here() -> None:
    guess = placement({"PATH": "/usr/bin"})
    assert (guess.browser, guess.can_open) == ("here", False)
    assert guess.reason == "This kernel seems to run on the machine of your browser."


@pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"])
def test_with_a_display_a_browser_can_be_opened(variable: str) -> None:
    assert placement({variable: "1"}).can_open


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_these_always_have_a_display(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert placement({}).can_open


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_a_remote_shell_opens_no_browser_there_either(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert not placement({"SSH_CONNECTION": "1"}).can_open
