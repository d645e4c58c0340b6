"""What to register: for each place the redirect URI whose answer arrives with the least work, and why."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from spotantic_nb import AuthSettings
from spotantic_nb.auth._redirect_uri import DEFAULT_REDIRECT_URI, loopback_of, refuse_bad_redirect_uri
from spotantic_nb.auth._registration import THIS_HUB, JupyterServer, Registration, jupyter_server, registration

NOTHING = JupyterServer()
EVERYTHING = JupyterServer(has_landing_page=True, has_proxy=True)
PROXY = JupyterServer(has_proxy=True)
PAGE = "lab/extensions/spotantic_nb/callback.html"

HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"}
PUBLIC_HUB = HUB | {"JUPYTERHUB_PUBLIC_URL": "https://hub.example/user/ada/"}
CODESPACE = {"CODESPACES": "true", "CODESPACE_NAME": "fluffy-parrot"}
CODE_SERVER = {"VSCODE_PROXY_URI": "https://code.example/proxy/{{port}}/"}

PLACES = [
    ({}, NOTHING, DEFAULT_REDIRECT_URI, None),
    ({}, EVERYTHING, DEFAULT_REDIRECT_URI, None),
    (HUB, NOTHING, DEFAULT_REDIRECT_URI, None),
    (HUB, EVERYTHING, f"{THIS_HUB}/user/ada/{PAGE}", None),
    (HUB, PROXY, f"{THIS_HUB}/user/ada/proxy/8765/callback", 8765),
    (PUBLIC_HUB, EVERYTHING, f"https://hub.example/user/ada/{PAGE}", None),
    (PUBLIC_HUB, PROXY, "https://hub.example/user/ada/proxy/8765/callback", 8765),
    (HUB | {"BINDER_LAUNCH_HOST": "https://mybinder.org/"}, EVERYTHING, DEFAULT_REDIRECT_URI, None),
    (CODESPACE, NOTHING, "https://fluffy-parrot-8765.app.github.dev/callback", 8765),
    (CODE_SERVER, NOTHING, "https://code.example/proxy/8765/callback", 8765),
    ({"VSCODE_PROXY_URI": "./proxy/{{port}}"}, NOTHING, DEFAULT_REDIRECT_URI, None),
    ({"COLAB_RELEASE_TAG": "x"}, NOTHING, DEFAULT_REDIRECT_URI, None),
    ({"SSH_CONNECTION": "x"}, NOTHING, DEFAULT_REDIRECT_URI, None),
]


@pytest.mark.parametrize(("environ", "server", "redirect_uri", "port"), PLACES)
def test_each_place_has_its_own(
    environ: dict[str, str], server: JupyterServer, redirect_uri: str, port: int | None
) -> None:
    registered = registration(AuthSettings(), environ, server)
    assert (registered.redirect_uri, registered.forwarded_to) == (redirect_uri, port)
    assert registered.is_whole == (not redirect_uri.startswith(THIS_HUB))
    refuse_bad_redirect_uri(registered.redirect_uri)
    if port is not None:
        loopback = loopback_of(registered.redirect_uri, port)
        assert loopback is not None
        assert loopback.path == "/callback"


def test_only_where_it_is_not_the_usual_one_it_says_why() -> None:
    assert registration(AuthSettings(), {}, NOTHING).reason == ""
    assert "hands the answer to the notebook" in registration(AuthSettings(), HUB, EVERYTHING).reason
    assert "jupyter-server-proxy" in registration(AuthSettings(), HUB, PROXY).reason
    assert "is pasted" in registration(AuthSettings(), HUB, NOTHING).reason


def test_one_that_somebody_chose_stands() -> None:
    settings = AuthSettings(redirect_uri="https://mine.example/cb", forwarded_to=9000)
    assert registration(settings, HUB, EVERYTHING) == Registration("https://mine.example/cb", forwarded_to=9000)


def test_one_that_spotify_refuses_is_mended() -> None:
    registered = registration(AuthSettings(redirect_uri="http://localhost:8888/callback"), HUB, EVERYTHING)
    assert registered.redirect_uri == "http://127.0.0.1:8888/callback"
    assert "localhost, which Spotify refuses" in registered.reason


class TestWhatIsMissing:
    def test_is_what_the_settings_have_otherwise(self) -> None:
        registered = registration(AuthSettings(), CODESPACE, NOTHING)
        assert registered.missing_in(AuthSettings()) == {
            "redirect_uri": "https://fluffy-parrot-8765.app.github.dev/callback",
            "forwarded_to": "8765",
        }

    def test_is_nothing_where_they_have_it(self) -> None:
        settings = AuthSettings(redirect_uri=DEFAULT_REDIRECT_URI)
        assert registration(settings, {}, NOTHING).missing_in(settings) == {}


class TestTheServer:
    """A process that was started as a Jupyter server is: by the Python of its own prefix."""

    @pytest.fixture
    def prefix(self, tmp_path: Path) -> Path:
        prefix = tmp_path / "server"
        (prefix / "bin").mkdir(parents=True)
        (prefix / "bin" / "python").symlink_to("/bin/cat")
        return prefix

    @pytest.fixture
    def environ(self, prefix: Path) -> Iterator[dict[str, str]]:
        with subprocess.Popen(
            [prefix / "bin" / "python"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        ) as server:
            assert server.stdin
            assert server.stdout
            server.stdin.write(b"\n")
            server.stdout.read(1)  # it runs now
            yield {"JPY_PARENT_PID": str(server.pid)}
            server.terminate()

    def test_without_anything_has_nothing(self, environ: dict[str, str]) -> None:
        assert jupyter_server(environ) == NOTHING

    @pytest.mark.parametrize("place", ["server", "home/.local"])
    def test_with_the_page_in_its_prefix_or_the_persons_own_has_it(
        self, environ: dict[str, str], tmp_path: Path, place: str
    ) -> None:
        page = tmp_path / place / "share" / "jupyter" / "labextensions" / "spotantic_nb" / "callback.html"
        page.parent.mkdir(parents=True)
        page.touch()
        assert jupyter_server(environ) == JupyterServer(has_landing_page=True)

    def test_with_the_proxy_has_that(self, environ: dict[str, str], prefix: Path) -> None:
        (prefix / "lib" / "python3.12" / "site-packages" / "jupyter_server_proxy").mkdir(parents=True)
        assert jupyter_server(environ) == PROXY

    @pytest.mark.parametrize("process", ["", "0", str(2**22 + 1), "../self", "\0"])
    def test_that_cannot_be_found_has_nothing(self, process: str) -> None:
        assert jupyter_server({"JPY_PARENT_PID": process}) == NOTHING

    def test_of_a_script_is_none(self) -> None:
        assert jupyter_server({name: value for name, value in os.environ.items() if "JPY" not in name}) == NOTHING
