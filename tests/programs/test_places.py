"""The first login on hosted and remote machines, whose variables and packages are imitated; the kernels are real."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from kernels import NOTEBOOK, Cell, Kernel

from spotantic_nb.sandbox import Sandbox, ScriptedUser

ELSEWHERE = {
    "KAGGLE_KERNEL_RUN_TYPE": "This kernel runs on Kaggle (KAGGLE_KERNEL_RUN_TYPE is set), where",
    "BINDER_LAUNCH_HOST": "This kernel runs on Binder (BINDER_LAUNCH_HOST is set), where",
    "JUPYTERHUB_USER": "This kernel runs on JupyterHub (JUPYTERHUB_USER is set), where",
    "CODESPACES": "This kernel runs on GitHub Codespaces (CODESPACES is set), where",
}
PERHAPS_HERE = {
    "SSH_CONNECTION": "This kernel runs in a remote shell (SSH_CONNECTION is set), which",
    "REMOTE_CONTAINERS": "This kernel runs in a container of VS Code (REMOTE_CONTAINERS is set), which",
    "VSCODE_IPC_HOOK_CLI": "This kernel runs in a remote VS Code (VSCODE_IPC_HOOK_CLI is set), which",
    "container": "This kernel seems to run in a container (container is set to 1), whose",
}
"""What a place is known by, and what is said of it."""

USERDATA = '''
"""An imitated google.colab.userdata: the real names, with secrets from a file and a note of every question."""

import json
import os
import threading
from pathlib import Path

_FOLDER = Path(os.environ["IMITATED_COLAB"])


class NotebookAccessError(Exception):
    pass


class SecretNotFoundError(Exception):
    pass


class TimeoutException(Exception):
    pass


def get(key):
    with (_FOLDER / "asked").open("a") as asked:
        print(key, threading.current_thread() is threading.main_thread(), file=asked)
    secrets = json.loads((_FOLDER / "secrets.json").read_text())
    if key not in secrets:
        raise SecretNotFoundError(key)
    return secrets[key]
'''


class Colab:
    """An imitated Colab around real kernels."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self._folder = folder
        package = folder / "google" / "colab"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "userdata.py").write_text(USERDATA)
        # Colab's own kernels have loaded the package before the first cell.
        startup = Path(environ["IPYTHONDIR"], "profile_default", "startup")
        startup.mkdir(parents=True)
        (startup / "colab.py").write_text("import google.colab\n")
        environ |= {"PYTHONPATH": str(folder), "IMITATED_COLAB": str(folder), "COLAB_RELEASE_TAG": "release-colab"}
        self.keep({})

    def keep(self, secrets: dict[str, str]) -> None:
        """Have a person keep these secrets."""
        (self._folder / "secrets.json").write_text(json.dumps(secrets))

    @property
    def asked(self) -> list[str]:
        """The names that were asked for since the last look; each must have been asked for where cells run."""
        file = self._folder / "asked"
        questions = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        assert not [question for question in questions if not question.endswith(" True")]
        return [question.split()[0] for question in questions]


@pytest.fixture
def colab(tmp_path: Path, environ: dict[str, str]) -> Colab:
    """An imitated Colab, for kernels that are started after it."""
    return Colab(tmp_path / "colab", environ)


@pytest.mark.parametrize(("variable", "said"), ELSEWHERE.items())
def test_the_first_login_in_a_place_says_why_the_address_is_asked_for_and_takes_it(
    environ: dict[str, str], new_kernel: Callable[..., Kernel], variable: str, said: str
) -> None:
    environ[variable] = "1"
    kernel = new_kernel()
    login = paste_at_the_prompt(kernel, kernel.send("%spotantic_login"))
    assert said in login.text
    assert len(kernel.prompts) == 1
    assert "Signed in as Ada" in kernel.run("%spotantic_login").text


@pytest.mark.parametrize(("variable", "said"), PERHAPS_HERE.items())
def test_where_the_browser_may_be_elsewhere_the_cell_that_waits_asks_for_the_address(
    environ: dict[str, str], new_kernel: Callable[..., Kernel], variable: str, said: str
) -> None:
    environ[variable] = "1"
    kernel = new_kernel()
    login = kernel.run("%spotantic_login")
    assert said in login.text
    assert kernel.prompts == []
    paste_at_the_prompt(kernel, kernel.send("%spotantic_token"), link=kernel.link(login))
    assert len(kernel.prompts) == 1


@pytest.mark.parametrize(("variable", "said"), PERHAPS_HERE.items())
def test_a_notebook_there_has_the_reason_beside_its_box_and_its_cell_returns_at_once(
    environ: dict[str, str], new_kernel: Callable[..., Kernel], variable: str, said: str
) -> None:
    environ[variable] = "1"
    kernel = new_kernel()
    login = kernel.run("%spotantic_login", metadata=NOTEBOOK)
    shown = kernel.models.text_of(login.box)
    assert said in shown
    assert "If the tab ends at an error page, copy its whole address and press Ctrl+V" in shown
    assert kernel.prompts == []


def test_a_person_whose_port_is_forwarded_says_so_and_is_asked_for_nothing(
    environ: dict[str, str], new_kernel: Callable[..., Kernel], spotify_project: Path
) -> None:
    environ["CODESPACES"] = "true"
    with (spotify_project / ".env").open("a") as file:
        file.write("SPOTANTIC_AUTH_BROWSER=here\n")
    kernel = new_kernel()
    login = kernel.run("%spotantic_login")
    ScriptedUser().follow(kernel.link(login))
    assert kernel.run("%spotantic_token").ok
    assert kernel.prompts == []


def test_a_script_line_on_a_hub_asks_for_the_address_too(
    environ: dict[str, str], new_kernel: Callable[..., Kernel]
) -> None:
    environ["JUPYTERHUB_USER"] = "ada"
    kernel = new_kernel()
    login = kernel.send("from spotantic_nb import Session; Session.current().login()")
    paste_at_the_prompt(kernel, login)
    assert ELSEWHERE["JUPYTERHUB_USER"] in login.text


def test_on_colab_the_login_asks_for_the_address_and_the_app_is_a_secret(
    colab: Colab, new_kernel: Callable[..., Kernel], spotify_project: Path, sandbox: Sandbox
) -> None:
    take_the_app_out_of(spotify_project / ".env")
    colab.keep({"SPOTANTIC_AUTH_CLIENT_ID": sandbox.client_id})
    kernel = new_kernel()
    login = paste_at_the_prompt(kernel, kernel.send("%spotantic_login", metadata=NOTEBOOK))
    assert "This kernel runs on Google Colab (COLAB_RELEASE_TAG is set), where" in login.text
    assert "client_id (Colab secret)" in kernel.run("%spotantic_status").text
    assert each_once(colab.asked)


def test_a_grant_that_colab_keeps_needs_nobody(
    colab: Colab, new_kernel: Callable[..., Kernel], spotify_project: Path
) -> None:
    grant = grant_of(new_kernel())
    colab.keep(grant)
    take_the_app_out_of(spotify_project / ".env")
    [token_file] = spotify_project.glob(".spotantic/*.json")
    token_file.unlink()
    assert colab.asked  # by the kernel that is left behind

    kernel = new_kernel()
    token = kernel.run("%spotantic_token", allow_stdin=False)
    assert token.ok, token.error
    kernel.run("%spotantic_refresh")
    kernel.run("%spotantic_panel", metadata=NOTEBOOK)
    status = kernel.run("%spotantic_status").text
    assert "refresh_token (Colab secret)" in status
    assert "Consent ends" in status
    assert each_once(colab.asked)
    shown = f"{kernel.cells}{kernel.models.open}"
    assert not [value for name, value in grant.items() if value in shown and "AUTHORIZED_AT" not in name]


def paste_at_the_prompt(kernel: Kernel, cell: Cell, *, link: str = "") -> Cell:
    """Answer the prompt of a cell as a person who has followed this link, or else that of the cell; return the cell."""
    kernel.on_prompt = lambda: kernel.answers.append(ScriptedUser().answer(link or kernel.link(cell)))
    kernel.wait_until(lambda: cell.is_done)
    assert cell.ok, cell.error
    return cell


def grant_of(kernel: Kernel) -> dict[str, str]:
    """Log in, and return what a person stores as secrets."""
    paste_at_the_prompt(kernel, kernel.send("%spotantic_login"))
    shown = kernel.value("__import__('spotantic_nb').Session.current().export_grant()")
    return dict(line.split("=", 1) for line in shown.splitlines() if not line.startswith("#"))


def take_the_app_out_of(env_file: Path) -> None:
    """Leave in a file only what leads to the sandbox."""
    lines = env_file.read_text().splitlines(keepends=True)
    env_file.write_text("".join(line for line in lines if "CLIENT" not in line))


def each_once(names: list[str]) -> bool:
    """Tell whether there were questions, and none twice."""
    return bool(names) and len(names) == len(set(names))
