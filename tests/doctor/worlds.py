"""A healthy project, and a hand that spoils it: with real files, variables, ports, processes and repositories."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from spotantic_nb import AuthSettings, Session
from spotantic_nb._files import make_private_folder
from spotantic_nb.auth._token_file import LoginKey, write_tokens
from spotantic_nb.doctor import Report, Shell, examine
from spotantic_nb.models import AccessTokenInfo
from spotantic_nb.sandbox import Sandbox

CLIENT_ID = "0123456789abcdef0123456789abcdef"
CLIENT_SECRET = "fedcba9876543210fedcba9876543210"
SCOPES = "playlist-read-collaborative playlist-read-private user-library-read user-read-recently-played user-top-read"

NOTEBOOK = Shell("A notebook", can_ask=True, shows_widgets=True, has_kernel=True)
NOBODY = Shell("papermill", can_ask=False, shows_widgets=False, has_kernel=True)


@dataclass
class World:
    """A project with an app in its ``.env``, out of git, and nobody logged in."""

    project: Path
    port: int
    monkeypatch: pytest.MonkeyPatch
    ends: contextlib.ExitStack
    folder: Path
    """A place beside the project."""
    shell: Shell = NOTEBOOK
    online: bool = False
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        subprocess.run(["git", "init", "--quiet"], cwd=self.project, check=True)
        (self.project / ".gitignore").write_text("build\n.env\n")
        self.write(CLIENT_ID=CLIENT_ID, REDIRECT_URI=f"http://127.0.0.1:{self.port}/callback")

    @property
    def env_file(self) -> Path:
        return self.project / ".env"

    @property
    def tokens(self) -> Path:
        return self.project / ".spotantic"

    def write(self, **settings: str | None) -> None:
        """Put these settings into ``.env``; None takes one away."""
        self.settings.update({f"SPOTANTIC_AUTH_{name}": value or "" for name, value in settings.items()})
        self.write_lines(*(f"{name}={value}" for name, value in self.settings.items() if value))

    def write_lines(self, *lines: str) -> None:
        """Have ``.env`` hold these lines."""
        self.env_file.write_text("".join(f"{line}\n" for line in lines))
        self.env_file.chmod(0o600)

    def add_line(self, line: str) -> None:
        """Add a line to ``.env``."""
        with self.env_file.open("a") as file:
            file.write(f"{line}\n")

    def set(self, **variables: str) -> None:
        """Set environment variables."""
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.project, check=True)

    def log_in(self, flow: Any = "pkce", *, account: str = "Ada Fjordmark", **changes: Any) -> Path:
        """Have a login of this flow in its token file, and return that file."""
        key = LoginKey.of(AuthSettings(_env_file=None, client_id=SecretStr(CLIENT_ID)), flow)
        token = key.signed(AccessTokenInfo.model_validate({**_token(account), **changes}))
        make_private_folder(self.tokens)
        file = self.tokens / f"accounts.spotify.com-{flow}-{key.client}.json"
        write_tokens(file, [token])
        return file

    def lead_to(self, sandbox: Sandbox) -> None:
        """Have the settings lead to a sandbox."""
        self.write(
            CLIENT_ID=sandbox.client_id,
            CLIENT_SECRET=sandbox.client_secret,
            ACCOUNTS_URL=sandbox.accounts_url,
            API_URL=sandbox.api_url,
        )

    def run(self, *command: str | Path, **more: Any) -> "subprocess.Popen[str]":
        """Run a program beside the project until the test ends."""
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.folder, **more
        )
        self.ends.enter_context(process)
        self.ends.callback(process.terminate)
        return process

    def run_cat(self, name: str | Path = "/bin/cat", **more: Any) -> int:
        """Run a program that does nothing, under this name, and return its process id once it is that program."""
        process = self.run(name, **more)
        assert process.stdin
        assert process.stdout
        process.stdin.write("on\n")
        process.stdin.flush()
        assert process.stdout.readline() == "on\n"
        return process.pid

    def listen(self, port: int) -> int:
        """Have another program listen on a port, and return its process id."""
        program = f"import socket; s = socket.create_server(('127.0.0.1', {port})); print('on', flush=True); input()"
        process = self.run(sys.executable, "-c", program)
        assert process.stdout
        assert process.stdout.readline() == "on\n"
        return process.pid

    def serve_from(self, prefix: Path) -> None:
        """Have a program of this prefix look like the Jupyter server that started this kernel."""
        (prefix / "bin").mkdir(parents=True)
        (prefix / "bin" / "python").symlink_to("/bin/cat")
        self.set(JPY_PARENT_PID=str(self.run_cat(prefix / "bin" / "python")))
        (prefix / "lib" / "python3.11" / "site-packages" / "jupyterlab").mkdir(parents=True)

    def install(self, name: str, version: str) -> None:
        """Have a package installed in this version, as far as its metadata tell."""
        info = self.folder / "installed" / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        self.monkeypatch.syspath_prepend(info.parent)

    def report(self) -> Report:
        """Examine the project as it is now."""
        Session.use(None)
        return examine(online=self.online, shell=self.shell)


def _token(account: str) -> Mapping[str, Any]:
    return {
        "access_token": "BQDx",
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": "AQDx",
        "scope": SCOPES,
        "authorized_at": datetime.now(UTC) - timedelta(days=1),
        "account": {"id": account.replace(" ", ""), "name": account},
    }


def not_green(report: Report) -> dict[str, str]:
    """Return name and level of every finding that is not green."""
    return {found.name: found.level for found in report.findings if found.level != "green"}


def is_root() -> bool:
    return os.geteuid() == 0
