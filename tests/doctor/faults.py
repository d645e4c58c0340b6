"""
Everything that can be wrong with a project, each seeded by a function: what the doctor must call it, and mention.
"""

import errno
import fcntl
import os
import socketserver
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from networks import REPLY, make_certificate, serving
from worlds import CLIENT_ID, CLIENT_SECRET, NOBODY, World, is_root

from spotantic_nb.doctor import _disk, _notebook, _redirect
from spotantic_nb.doctor._finding import Level
from spotantic_nb.sandbox import Sandbox

Seed = Callable[[World], str | None]
"""Spoils a project; what it returns must stand in the finding as well."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a seed must be found as."""

    seed: Seed
    name: str
    level: Level
    mentions: str
    """What the fix must name: the setting, the file or the line to run."""
    also: frozenset[str] = frozenset()
    """What else is wrong then."""


FAULTS: dict[str, Fault] = {}
"""By the names of the seeds."""


def found_as(name: str, level: Level, mentions: str, *also: str) -> Callable[[Seed], Seed]:
    def register(seed: Seed) -> Seed:
        FAULTS[seed.__name__] = Fault(seed, name, level, mentions, frozenset(also))
        return seed

    return register


# Settings


@found_as("no-app", "red", "SPOTANTIC_AUTH_CLIENT_ID")
def no_client_id(world: World) -> None:
    world.write(CLIENT_ID=None)


@found_as("no-app", "red", "%spotantic_panel")
def an_empty_project(world: World) -> None:
    world.env_file.unlink()


@found_as("client-id-shape", "red", ".env")
def a_placeholder_for_the_client_id(world: World) -> None:
    world.write(CLIENT_ID="your-client-id")


@found_as("client-id-shape", "yellow", "dashboard")
def half_a_client_id(world: World) -> None:
    world.write(CLIENT_ID=CLIENT_ID[:16])


@found_as("client-secret-shape", "red", "the environment variable SPOTANTIC_AUTH_CLIENT_SECRET")
def a_secret_with_a_comment(world: World) -> None:
    world.set(SPOTANTIC_AUTH_CLIENT_SECRET=f"{CLIENT_SECRET}#mine")


@found_as("client-secret-is-client-id", "red", "SPOTANTIC_AUTH_CLIENT_SECRET")
def the_client_id_twice(world: World) -> None:
    world.write(CLIENT_SECRET=CLIENT_ID)


@found_as("client-secret-missing", "red", "SPOTANTIC_AUTH_CLIENT_SECRET")
def a_login_by_code_without_its_secret(world: World) -> None:
    world.log_in("code")


@found_as("setting-unusable", "red", ".env")
def a_timeout_in_words(world: World) -> str:
    world.write(CALLBACK_TIMEOUT="soon")
    return "SPOTANTIC_AUTH_CALLBACK_TIMEOUT"


@found_as("setting-unusable", "red", ".env", "client-id-shape")
def two_unusable_settings(world: World) -> None:
    world.write(CLIENT_ID="<client id>", ACCOUNTS_URL="https://accounts.spotify.example")


@found_as("setting-shadowed", "yellow", "unset SPOTANTIC_AUTH_SCOPE")
def a_variable_that_hides_the_line_of_the_file(world: World) -> str:
    world.write(SCOPE="user-top-read")
    world.set(SPOTANTIC_AUTH_SCOPE="user-library-read")
    return str(world.env_file)


@found_as("setting-misspelt", "yellow", "SPOTANTIC_AUTH_CLIENT_ID", "no-app")
def a_misspelt_name_in_the_file(world: World) -> str:
    world.write_lines(f"SPOTANTIC_AUTH_CLIENTID={CLIENT_ID}")
    return str(world.env_file)


@found_as("setting-misspelt", "yellow", "SPOTANTIC_AUTH_SCOPE")
def a_misspelt_variable(world: World) -> str:
    world.set(SPOTANTIC_AUTH_SCOPES="user-top-read")
    return "the environment"


@found_as("setting-misspelt", "yellow", "SPOTANTIC_AUTH_CLIENT_SECRET")
def a_name_without_its_middle(world: World) -> None:
    world.set(SPOTANTIC_CLIENT_SECRET=CLIENT_SECRET)


@found_as("names-of-another-program", "yellow", "SPOTANTIC_AUTH_CLIENT_SECRET=${SPOTIPY_CLIENT_SECRET}", "no-app")
def the_variables_of_spotipy(world: World) -> str:
    world.write(CLIENT_ID=None)
    world.set(SPOTIPY_CLIENT_ID=CLIENT_ID, SPOTIPY_CLIENT_SECRET=CLIENT_SECRET)
    return "SPOTIPY_CLIENT_ID, SPOTIPY_CLIENT_SECRET are set, which"


@found_as("names-of-another-program", "yellow", "SPOTANTIC_AUTH_CLIENT_ID=${CLIENT_ID}", "no-app")
def bare_names_in_the_file(world: World) -> str:
    world.write_lines(f"CLIENT_ID={CLIENT_ID}", "REDIRECT_URI=http://localhost:8888/callback")
    return "CLIENT_ID is set, which"


@found_as("env-file-unreadable", "red", "UTF-8", "no-app")
def a_file_of_another_encoding(world: World) -> str:
    world.env_file.write_bytes("# für mich\n".encode("latin-1"))
    return str(world.env_file)


@found_as("env-file-unreadable", "red", "Start the program that writes to it", "no-app")
def a_pipe_that_nothing_comes_from(world: World) -> None:
    world.env_file.unlink()
    os.mkfifo(world.env_file, 0o600)


@found_as("env-file-lines", "yellow", "Open the file")
def a_line_without_a_name(world: World) -> str:
    world.add_line("just 'a remark")
    return f"Line 3 of {world.env_file}"


@found_as("env-file-folder", "yellow", "Rename the folder", "no-app")
def a_folder_in_place_of_the_file(world: World) -> str:
    world.env_file.unlink()
    world.env_file.mkdir()
    return str(world.env_file)


@found_as("env-file-dead-link", "yellow", "rm ", "no-app")
def a_link_to_nothing_in_place_of_the_file(world: World) -> str:
    world.env_file.unlink()
    world.env_file.symlink_to(world.folder / "gone")
    return str(world.env_file)


@found_as("env-file-hides-another", "yellow", "/notebooks/.env", "no-app")
def a_nearer_file(world: World) -> str:
    (world.project / "notebooks").mkdir()
    (world.project / "notebooks" / ".env").write_text("COLOUR=green\n")
    (world.project / ".gitignore").write_text(".env\n")
    world.monkeypatch.chdir(world.project / "notebooks")
    return f"{world.env_file} with SPOTANTIC_AUTH_CLIENT_ID"


@found_as("hosted-secrets", "yellow", "look again")
def secrets_that_kaggle_does_not_give(world: World) -> str:
    world.set(KAGGLE_KERNEL_RUN_TYPE="Interactive")
    return "Kaggle's secrets cannot be read here"


@found_as("services-mixed", "red", "SPOTANTIC_AUTH_API_URL")
def a_sandbox_for_half_of_it(world: World) -> None:
    world.write(ACCOUNTS_URL="http://127.0.0.1:1")


@found_as("sandbox-not-running", "red", "SPOTANTIC_AUTH_ACCOUNTS_URL")
def a_sandbox_that_has_ended(world: World) -> str:
    with Sandbox() as ended:
        world.lead_to(ended)
    return ended.url


# The redirect URI


@found_as("redirect-uri-localhost", "red", "SPOTANTIC_AUTH_REDIRECT_URI=http://127.0.0.1:8888/callback")
def localhost(world: World) -> str:
    world.write(REDIRECT_URI="http://localhost:8888/callback")
    return str(world.env_file)


@found_as("redirect-uri-http", "red", "SPOTANTIC_AUTH_REDIRECT_URI=https://example.org/callback")
def plain_http(world: World) -> None:
    world.write(REDIRECT_URI="http://example.org/callback")


@found_as("redirect-uri-malformed", "red", "SPOTANTIC_AUTH_REDIRECT_URI")
def a_redirect_uri_with_a_name_in_it(world: World) -> None:
    world.write(REDIRECT_URI="https://me:PLANTED@example.org/callback")


@found_as("redirect-uri-malformed", "red", ".env")
def no_address_at_all(world: World) -> None:
    world.write(REDIRECT_URI="callback")


@found_as("redirect-uri-trailing-slash", "yellow", "SPOTANTIC_AUTH_REDIRECT_URI")
def a_slash_at_the_end(world: World) -> None:
    world.write(REDIRECT_URI=f"http://127.0.0.1:{world.port}/callback/")


@found_as("redirect-uri-hyphen", "yellow", "SPOTANTIC_AUTH_REDIRECT_URI")
def a_hyphen(world: World) -> None:
    world.write(REDIRECT_URI=f"http://127.0.0.1:{world.port}/login-callback")


@found_as("redirect-uri-characters", "yellow", "SPOTANTIC_AUTH_REDIRECT_URI")
def a_capital_letter(world: World) -> None:
    world.write(REDIRECT_URI=f"http://127.0.0.1:{world.port}/Callback")


@found_as("redirect-uri-characters", "yellow", "SPOTANTIC_AUTH_REDIRECT_URI")
def a_wildcard(world: World) -> None:
    world.write(REDIRECT_URI="https://example.org/*")


@found_as("redirect-uri-characters", "yellow", "SPOTANTIC_AUTH_REDIRECT_URI")
def a_query(world: World) -> str:
    world.write(REDIRECT_URI=f"http://127.0.0.1:{world.port}/callback?key=PLANTED")
    return f"http://127.0.0.1:{world.port}/callback?... has a query"


@found_as("redirect-uri-no-port", "yellow", "SPOTANTIC_AUTH_REDIRECT_URI", "port-privileged")
def no_port(world: World) -> None:
    _say_of_ports(world, 0)
    world.write(REDIRECT_URI="http://127.0.0.1/callback")


@found_as("redirect-uri-https-loopback", "yellow", "SPOTANTIC_AUTH_REDIRECT_URI")
def https_on_loopback(world: World) -> None:
    world.write(REDIRECT_URI=f"https://127.0.0.1:{world.port}/callback")


@found_as("port-taken", "red", "SPOTANTIC_AUTH_REDIRECT_URI")
def a_port_that_another_program_has(world: World) -> str:
    return f"(process {world.listen(world.port)})"


@found_as("port-not-allowed", "red", "SPOTANTIC_AUTH_REDIRECT_URI")
def a_port_of_the_system(world: World) -> None:
    _say_of_ports(world, errno.EACCES)


@found_as("port-privileged", "yellow", "SPOTANTIC_AUTH_REDIRECT_URI")
def a_port_for_root(world: World) -> None:
    _say_of_ports(world, 0)
    world.write(REDIRECT_URI="http://127.0.0.1:81/callback")


@found_as("port-no-address", "red", "SPOTANTIC_AUTH_REDIRECT_URI")
def an_address_that_is_not_there(world: World) -> None:
    _say_of_ports(world, errno.EADDRNOTAVAIL)
    world.write(REDIRECT_URI=f"http://[::1]:{world.port}/callback")


def _say_of_ports(world: World, number: int) -> None:
    """Have the system say this of every port: what it says depends on the user, and on the machine."""
    world.monkeypatch.setattr(_redirect, "why_not", lambda *_: number)


@found_as("neighbours", "yellow", "SPOTANTIC_AUTH_REDIRECT_URI")
def another_user_behind_the_same_proxy(world: World) -> None:
    user = 4711 if is_root() else None
    owner = Path("/proc", str(world.run_cat(user=user))).stat().st_uid
    world.monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    world.write(REDIRECT_URI=f"https://hub.example/proxy/{world.port}/callback", FORWARDED_TO=str(world.port))


@found_as("scope-unknown", "yellow", "SPOTANTIC_AUTH_SCOPE")
def a_misspelt_scope(world: World) -> str:
    world.write(SCOPE="user-top-reed")
    return "user-top-reed (did you mean user-top-read?)"


# Files


@found_as("env-file-tracked", "red", "git rm --cached")
def a_secret_in_git(world: World) -> str:
    world.write(CLIENT_SECRET=CLIENT_SECRET)
    world.git("add", "--force", ".env")
    return f"git tracks {world.env_file}, and publishes what is in it, a secret among it."


@found_as("env-file-tracked", "yellow", "git rm --cached")
def a_client_id_in_git(world: World) -> str:
    world.git("add", "--force", ".env")
    return f"git tracks {world.env_file}, and publishes what is in it."


@found_as("env-file-not-ignored", "yellow", ".gitignore")
def no_gitignore(world: World) -> None:
    (world.project / ".gitignore").unlink()


@found_as("env-file-mode", "yellow", "chmod 600")
def a_secret_that_others_may_read(world: World) -> None:
    world.write(CLIENT_SECRET=CLIENT_SECRET)
    world.env_file.chmod(0o644)


@found_as("token-file-tracked", "red", "git rm --cached")
def a_token_in_git(world: World) -> str:
    file = world.log_in()
    world.git("add", "--force", str(file))
    return str(file)


@found_as("token-file-not-ignored", "yellow", ".gitignore")
def a_token_folder_that_git_would_add(world: World) -> None:
    world.log_in()
    (world.tokens / ".gitignore").unlink()


@found_as("token-file-mode", "yellow", "chmod 600")
def a_token_that_others_may_read(world: World) -> None:
    world.log_in().chmod(0o644)


@found_as("notebook-leaks", "red", "python -m spotantic_nb scan")
def a_client_secret_in_a_cell(world: World) -> str:
    world.write(CLIENT_SECRET=CLIENT_SECRET)
    return world.save_notebook(f"secret = {CLIENT_SECRET!r}")


@found_as("notebook-leaks", "yellow", "python -m spotantic_nb scan")
def an_access_token_in_a_checkpoint(world: World) -> str:
    token = "BQDx-of-a-saved-notebook"
    world.log_in(access_token=token)
    return world.save_notebook(f"print({token!r})", folder=".ipynb_checkpoints")


@found_as("token-folder-mode", "yellow", "chmod 700")
def an_open_token_folder(world: World) -> None:
    world.log_in()
    world.tokens.chmod(0o755)


@found_as("file-owner", "yellow", "SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH")
def a_file_of_somebody_else(world: World) -> None:
    world.monkeypatch.setattr(os, "geteuid", lambda: world.env_file.stat().st_uid + 1)


@found_as("token-file-link", "red", "SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH")
def a_link_in_place_of_the_token_file(world: World) -> None:
    file = world.log_in()
    file.rename(world.folder / "token.json")
    file.symlink_to(world.folder / "token.json")


@found_as("token-file-link", "red", "SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH")
def a_dead_link_in_place_of_the_token_file(world: World) -> None:
    file = world.log_in()
    file.unlink()
    file.symlink_to(world.folder / "gone")


@found_as("token-file-unreadable", "red", "SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH")
def a_folder_in_place_of_the_token_file(world: World) -> None:
    file = world.log_in()
    file.unlink()
    file.mkdir()


@found_as("token-file-broken", "red", "Log in again")
def half_a_token_file(world: World) -> str:
    file = world.log_in()
    file.write_text(file.read_text()[:100])
    return str(file)


@found_as("token-of-another-login", "yellow", "SPOTANTIC_AUTH_CLIENT_ID")
def a_token_of_another_app(world: World) -> str:
    file = world.log_in()
    world.write(CLIENT_ID=CLIENT_ID[::-1], ACCESS_TOKEN_FILE_PATH=str(file))
    return str(file)


@found_as("token-folder-is-file", "red", "SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH")
def a_file_in_place_of_the_token_folder(world: World) -> str:
    world.tokens.touch()
    (world.project / ".gitignore").write_text(".env\n.spotantic\n")
    return str(world.tokens)


@found_as("token-folder-unwritable", "red", "SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH")
def a_folder_that_is_closed_to_this_user(world: World) -> None:
    closed = Path(world.ends.enter_context(tempfile.TemporaryDirectory()))
    closed.chmod(0o555)
    world.write(ACCESS_TOKEN_FILE_PATH=str(closed / "token.json"))
    if is_root():
        access = os.access
        world.monkeypatch.setattr(os, "access", lambda path, *rest: path != closed and access(path, *rest))


@found_as("no-locks", "yellow", "SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH")
def a_disk_without_locks(world: World) -> str:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    world.monkeypatch.setattr(fcntl, "flock", flock)
    return "(ENOLCK)"


@found_as("disk-without-modes", "yellow", "SPOTANTIC_AUTH_ACCESS_TOKEN_FILE_PATH")
def a_disk_of_windows(world: World) -> None:
    mounts = world.folder / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 {world.project} vfat rw 0 0\n")
    world.monkeypatch.setattr(_disk, "_MOUNTS", mounts)
    world.project.chmod(0o777)


@found_as("disk-full", "red", "Free some space")
def a_full_disk(world: World) -> None:
    whole = os.statvfs(world.project)
    full = os.statvfs_result((*whole[:3], 0, 0, *whole[5:10]))
    world.monkeypatch.setattr(os, "statvfs", lambda _: full)


# The login


@found_as("token-expired", "red", "%spotantic_login")
def a_token_without_a_refresh_token(world: World) -> None:
    world.log_in(refresh_token=None, expires_at=datetime.now(UTC) - timedelta(hours=1))


@found_as("consent-ended", "red", "%spotantic_login")
def a_consent_that_was_withdrawn(world: World) -> None:
    world.log_in(ended_at=datetime.now(UTC) - timedelta(days=1))


@found_as("consent-ended", "red", "export_grant")
def a_grant_of_last_year(world: World) -> str:
    date = datetime.now(UTC) - timedelta(days=300)
    world.set(SPOTANTIC_AUTH_REFRESH_TOKEN="AQDx", SPOTANTIC_AUTH_AUTHORIZED_AT=date.isoformat())
    return "SPOTANTIC_AUTH_AUTHORIZED_AT"


@found_as("consent-ends-soon", "yellow", "%spotantic_login --force")
def a_consent_of_nearly_six_months(world: World) -> None:
    world.log_in(authorized_at=datetime.now(UTC) - timedelta(days=170))


@found_as("grant-without-date", "yellow", "SPOTANTIC_AUTH_AUTHORIZED_AT")
def a_grant_without_its_date(world: World) -> None:
    world.set(SPOTANTIC_AUTH_REFRESH_TOKEN="AQDx")


@found_as("scopes-missing", "yellow", "%spotantic_login")
def a_scope_that_was_not_granted(world: World) -> str:
    world.write(SCOPE="user-top-read playlist-modify-private")
    world.log_in(scope="user-top-read")
    return "playlist-modify-private"


@found_as("accounts-differ", "yellow", "%spotantic_logout")
def logins_of_two_people(world: World) -> str:
    world.write(CLIENT_SECRET=CLIENT_SECRET)
    world.log_in("pkce")
    world.log_in("code", account="Ben Holm")
    return "A... and B..."


@found_as("clock-went-back", "yellow", "--online")
def a_token_of_tomorrow(world: World) -> None:
    world.log_in(expires_at=datetime.now(UTC) + timedelta(days=1))


# The front-end


@found_as("nobody-to-ask", "yellow", "export_grant")
def a_program_that_runs_notebooks(world: World) -> str:
    world.shell = NOBODY
    return "papermill"


@found_as("no-widgets", "yellow", "pip install 'ipywidgets")
def a_kernel_without_widgets(world: World) -> None:
    world.monkeypatch.setitem(sys.modules, "ipywidgets", None)


@found_as("widgets-not-in-server", "yellow", "pip install ipywidgets==")
def a_server_without_a_widget_manager(world: World) -> str:
    world.serve_from(world.folder / "server")
    return "has no widget manager"


@found_as("widgets-not-in-server", "yellow", "pip install ipywidgets==")
def a_server_with_an_old_widget_manager(world: World) -> str:
    world.serve_from(world.folder / "server")
    place = world.folder / "server/share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager"
    place.mkdir(parents=True)
    (place / "package.json").write_text('{"version": "3.1.11"}')
    return "widget manager 3.1.11"


@found_as("version-unsupported", "yellow", "pip install 'ipykernel>=6.17'", "restart-needed")
def a_kernel_of_long_ago(world: World) -> str:
    import ipykernel

    world.install("ipykernel", "5.5.6")
    return ipykernel.__version__ and "5.5.6"


@found_as("restart-needed", "yellow", "Restart the kernel")
def a_package_that_was_installed_meanwhile(world: World) -> str:
    import IPython

    world.install("ipython", "9.99")
    return f"{IPython.__version__} is loaded"


@found_as("nest-asyncio-loses-cells", "red", "%spotantic_asyncio")
def a_patch_that_loses_cells(world: World) -> None:
    world.monkeypatch.setattr(_notebook, "harm", lambda: "lost cells")


@found_as("nest-asyncio-breaks-timeouts", "red", "%spotantic_asyncio")
def a_patch_that_breaks_timeouts(world: World) -> None:
    world.monkeypatch.setattr(_notebook, "harm", lambda: "no timeouts")


# The place


@found_as("paste-needed", "yellow", "ssh -L")
def a_remote_shell(world: World) -> str:
    world.set(SSH_CONNECTION="10.0.0.1 50000 10.0.0.2 22")
    return "SSH_CONNECTION"


@found_as("paste-needed", "yellow", "--network=host")
def a_plain_container(world: World) -> None:
    world.set(container="docker")


@found_as("paste-needed", "yellow", "port forwarding of VS Code")
def a_remote_vscode(world: World) -> None:
    world.set(VSCODE_IPC_HOOK_CLI="vscode-ipc.sock")


@found_as("paste-needed", "yellow", "SPOTANTIC_AUTH_FORWARDED_TO=8765")
def a_codespace(world: World) -> str:
    world.set(CODESPACES="true", CODESPACE_NAME="fluffy-space")
    return "https://fluffy-space-8765.app.github.dev/callback"


@found_as("paste-needed", "yellow", "/lab/extensions/spotantic_nb/callback.html")
def a_hub_with_a_landing_page(world: World) -> None:
    on_a_hub(world, world.folder / "hub")


@found_as("paste-needed", "yellow", "with the address of your hub in place of https://address-of-your-hub")
def a_hub_that_does_not_know_its_address(world: World) -> None:
    on_a_hub(world, world.folder / "hub")
    world.monkeypatch.delenv("JUPYTERHUB_PUBLIC_URL")


@found_as("browser-here-on-hosted", "yellow", "SPOTANTIC_AUTH_BROWSER")
def a_browser_that_cannot_be_here(world: World) -> None:
    world.write(BROWSER="here")
    world.set(COLAB_RELEASE_TAG="release-colab_20261101")


def on_a_hub(world: World, prefix: Path) -> None:
    """Put the kernel on a hub whose server has the landing page, and widgets."""
    world.serve_from(prefix)
    extensions = prefix / "share/jupyter/labextensions"
    (extensions / "spotantic_nb").mkdir(parents=True)
    (extensions / "spotantic_nb" / "callback.html").touch()
    (extensions / "@jupyter-widgets/jupyterlab-manager").mkdir(parents=True)
    (extensions / "@jupyter-widgets/jupyterlab-manager/package.json").write_text('{"version": "5.0.15"}')
    world.set(
        JUPYTERHUB_USER="ada",
        JUPYTERHUB_SERVICE_PREFIX="/user/ada/",
        JUPYTERHUB_PUBLIC_URL="https://hub.example/user/ada/",
    )


# The network


@found_as("certificates-missing", "red", "SSL_CERT_FILE")
def certificates_that_are_not_there(world: World) -> None:
    world.set(SSL_CERT_FILE=str(world.folder / "gone.pem"))


@found_as("certificates-missing", "red", "SSL_CERT_DIR")
def a_folder_of_certificates_that_is_not_there(world: World) -> None:
    world.set(SSL_CERT_DIR=str(world.folder / "gone"))


@found_as("certificates-unusable", "red", "SSL_CERT_FILE")
def a_file_without_certificates(world: World) -> None:
    world.set(SSL_CERT_FILE=__file__)


@found_as("certificates-not-read", "yellow", "SSL_CERT_FILE=/company.pem")
def certificates_for_requests(world: World) -> None:
    world.set(REQUESTS_CA_BUNDLE="/company.pem")


@found_as("proxy-unusable", "red", "HTTPS_PROXY")
def a_proxy_that_is_no_address(world: World) -> None:
    world.set(HTTPS_PROXY="http://me:PLANTED@proxy:port")


@found_as("proxy-for-http-only", "yellow", "HTTPS_PROXY")
def a_proxy_for_http_only(world: World) -> None:
    world.set(HTTP_PROXY="http://me:PLANTED@proxy.example:3128")


# With --online


@found_as("service-unreachable", "red", "SPOTANTIC_AUTH_ACCOUNTS_URL", "sandbox-not-running")
def a_service_that_does_not_answer(world: World) -> None:
    world.online = True
    a_sandbox_that_has_ended(world)


@found_as("certificate-refused", "red", "SSL_CERT_FILE")
def a_certificate_of_the_company(world: World) -> str:
    world.online = True
    port = world.ends.enter_context(serving(REPLY, make_certificate(world.folder / "own.pem", "IP:127.0.0.1")))
    world.write(ACCOUNTS_URL=f"https://127.0.0.1:{port}", API_URL=f"https://127.0.0.1:{port}/v1")
    return "It is for Company and was signed by Company."


@found_as("clock-wrong", "red", "timedatectl")
def a_clock_an_hour_ahead(world: World) -> str:
    _serve_at(world, timedelta(hours=-1))
    return "60 minutes ahead of that of 127.0.0.1"


@found_as("clock-wrong", "yellow", "timedatectl")
def a_clock_two_minutes_behind(world: World) -> str:
    _serve_at(world, timedelta(minutes=2, seconds=10))
    return "2 minutes behind that of 127.0.0.1"


def _serve_at(world: World, away: timedelta) -> None:
    """Have the settings lead to a service whose clock is that much away from this machine's."""

    class Visit(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            date = format_datetime(datetime.now(UTC) + away, usegmt=True)
            self.request.sendall(f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 2\r\n\r\n{{}}".encode())

    server = world.ends.enter_context(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Visit))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    world.ends.callback(thread.join)
    world.ends.callback(server.shutdown)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    world.online = True
    world.write(ACCOUNTS_URL=url, API_URL=f"{url}/v1")


@found_as("client-refused", "red", "SPOTANTIC_AUTH_CLIENT_SECRET")
def a_secret_of_another_app(world: World) -> None:
    world.online = True
    world.lead_to(world.ends.enter_context(Sandbox()))
    world.write(CLIENT_SECRET=CLIENT_SECRET)


@found_as("service-trouble", "yellow", "Try again")
def a_service_in_trouble(world: World) -> str:
    world.online = True
    sandbox = world.ends.enter_context(Sandbox())
    sandbox.knobs.token_fault = "503_text"
    world.lead_to(sandbox)
    return "(503)"
