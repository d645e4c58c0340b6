"""A real JupyterHub with its proxy and TLS, and people who log in there."""

import contextlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from labs import PATIENCE, FrontEnd, Notebook, free_port, new_notebook, open_link
from playwright.sync_api import BrowserContext, Locator, Page, expect

from spotantic_nb.auth._redirect_uri import LANDING_PAGE
from spotantic_nb.sandbox import Sandbox
from spotantic_nb.sandbox._people import PEOPLE

NAME = "hub.example"
"""What the browser calls the hub; it is told where that is."""

PASSWORD = "open-sesame"
USER_IDS = {"ada": 61001, "bob": 61002}


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub that runs, and the folder with all that is its own."""

    port: int
    run: Path
    away: int
    """A port that leads nowhere from the browser, as 127.0.0.1 of another machine does."""

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"

    @property
    def log(self) -> str:
        """What the hub, its proxy and the servers of its users have logged."""
        return (self.run / "log").read_text(encoding="utf-8", errors="replace")

    def home(self, user: str) -> Path:
        return self.run / "home" / user

    def own(self, user: str) -> None:
        """Have all in a user's home be theirs."""
        if os.getuid() == 0:
            for path in [self.home(user), *self.home(user).rglob("*")]:
                os.chown(path, USER_IDS[user], USER_IDS[user], follow_symlinks=False)

    def write(self, user: str, path: str, text: str) -> Path:
        """Write a file into a user's home."""
        file = self.home(user) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.own(user)
        return file


@contextlib.contextmanager
def running_hub(environ: Mapping[str, str]) -> Iterator[Hub]:
    """Run a hub with the users ada and bob."""
    with tempfile.TemporaryDirectory(prefix="hub-") as folder:
        hub = Hub(free_port(), Path(folder), free_port())
        hub.run.chmod(0o755)
        for user in USER_IDS:
            hub.home(user).mkdir(parents=True)
            hub.own(user)
        _certify(hub.run)
        with _process(hub, environ) as process:
            _wait_for(hub, process)
            yield hub


@contextlib.contextmanager
def _process(hub: Hub, environ: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    ports = f"{hub.port} {free_port()} {free_port()}"
    places = {"HOME": str(hub.run), "HUB_RUN": str(hub.run), "HUB_PORTS": ports}
    path = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    config = Path(__file__).with_name("jupyterhub_config.py")
    with (hub.run / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "--config", str(config)],
            env={**environ, **places, "PATH": path},
            cwd=hub.run,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.terminate()  # it ends its proxy and its servers
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _certify(run: Path) -> None:
    names = f"subjectAltName=DNS:{NAME}"
    files = ["-keyout", str(run / "key.pem"), "-out", str(run / "certificate.pem")]
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    subprocess.run([*request, "-addext", names, *files], check=True, capture_output=True)


def _wait_for(hub: Hub, process: "subprocess.Popen[bytes]") -> None:
    trusting = ssl._create_unverified_context()
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        assert process.poll() is None, hub.log
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"https://127.0.0.1:{hub.port}/hub/health", context=trusting).close()
            return
        time.sleep(0.1)  # a hub that starts sets no event
    raise AssertionError(hub.log)


@dataclass(frozen=True, slots=True)
class Way:
    """How an answer gets back to the kernel."""

    redirect_uri: str
    """With places for the hub's address, the user, the port of theirs, and one that leads to the browser's machine."""
    acts: int = 0
    """What a person has to do after *Agree*."""
    is_forwarded: bool = False
    closes_its_tab: bool = False
    ends_with: str = "You can close this tab"
    """What the tab shows in the end, where it stays."""


PASTE = Way("http://127.0.0.1:{away}/callback", acts=2, ends_with="refused to connect")
PROXY = Way("{hub}/user/{user}/proxy/{port}/callback", is_forwarded=True)
PROXY_OF_ALL = Way("{hub}/hub/user-redirect/proxy/{port}/callback", is_forwarded=True)
PAGE = Way(f"{{hub}}/user/{{user}}{LANDING_PAGE}", closes_its_tab=True)
PAGE_OF_ALL = Way(f"{{hub}}/hub/user-redirect{LANDING_PAGE}", closes_its_tab=True)
PAGE_OF_HUB = Way(f"{{hub}}/hub/static{LANDING_PAGE}", closes_its_tab=True)
WAYS = {
    "paste": PASTE,
    "proxy": PROXY,
    "proxy-of-all": PROXY_OF_ALL,
    "page": PAGE,
    "page-of-all": PAGE_OF_ALL,
    "page-of-hub": PAGE_OF_HUB,
}


@dataclass(slots=True)
class Person:
    """A user of the hub, at a browser that may be somebody else's as well."""

    hub: Hub
    browser: BrowserContext
    sandbox: Sandbox
    user: str
    account: str
    """Whom they answer as at the sandbox."""
    port: int
    """The one of this machine that is theirs."""
    notebooks: list[Notebook] = field(default_factory=list)

    @property
    def server(self) -> str:
        return f"{self.hub.url}/user/{self.user}"

    @property
    def client_id(self) -> str:
        """That of an app of their own."""
        return sha256(self.user.encode()).hexdigest()[:32]

    @property
    def tokens(self) -> list[str]:
        """What is secret in the token files of the project."""
        files = (self.hub.home(self.user) / ".spotantic").glob("*.json")
        texts = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        return [text["access_token"] for text in texts]

    @property
    def name(self) -> str:
        return PEOPLE[self.account].name

    def enter(self) -> None:
        """Log in to the hub, whoever was logged in before, and wait for the server."""
        self.browser.clear_cookies(name="jupyterhub-hub-login")
        page = self.browser.new_page()
        page.goto(f"{self.hub.url}/hub/login?next=/hub/spawn")
        page.get_by_label("Username").fill(self.user)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**/user/{self.user}/lab**", timeout=PATIENCE)
        page.close()

    def begin(self, way: Way) -> None:
        """Begin a project whose redirect URI is that of a way, and register it."""
        away = self.hub.away
        redirect_uri = way.redirect_uri.format(hub=self.hub.url, user=self.user, port=self.port, away=away)
        self.sandbox.register_app(client_id=self.client_id, client_secret="", redirect_uris=[redirect_uri])
        settings = {
            "CLIENT_ID": self.client_id,
            "REDIRECT_URI": redirect_uri,
            "ACCOUNTS_URL": self.sandbox.accounts_url,
            "API_URL": self.sandbox.api_url,
            **({"FORWARDED_TO": str(self.port)} if way.is_forwarded else {}),
        }
        self.write(".env", "".join(f"SPOTANTIC_AUTH_{name}={value}\n" for name, value in settings.items()))

    def write(self, path: str, text: str) -> None:
        """Write a file into the project, which is the only one in the home."""
        self.hub.write(self.user, path, text)

    def open(self, front_end: FrontEnd, *cells: str, path: str = "a.ipynb") -> Notebook:
        """Open a new notebook of the project."""
        new_notebook(self.hub.home(self.user), path, *cells)
        self.hub.own(self.user)
        notebook = Notebook(self.browser.new_page(), f"{self.server}/{front_end.page}", path)
        self.notebooks.append(notebook)
        return notebook

    def log_in(self, notebook: Notebook, index: int, way: Way) -> int:
        """Run the cell of a login, go through with it, and count what was to be done after *Agree*."""
        notebook.page.bring_to_front()
        cell = notebook.run(index)
        return self.finish(notebook, cell, open_link(self.browser, cell), way)

    def finish(self, notebook: Notebook, cell: Locator, tab: Page, way: Way) -> int:
        """Go through with a login whose link was followed into a tab."""
        self.answer(tab, way)
        acts = paste(notebook, address_in_the_bar(tab)) if way is PASTE else 0
        expect(cell.get_by_text(f"Signed in as {self.name}")).to_be_visible()
        return acts

    def answer(self, tab: Page, way: Way) -> None:
        """Agree on the sandbox's page in a tab, and wait until the answer has got as far as it does by itself."""
        tab.locator(f"input[value={self.account}]").check()
        agree = tab.get_by_role("button", name="Agree")
        if way.closes_its_tab:
            with tab.expect_event("close"):
                agree.click()
        else:
            agree.click()
            expect(tab.locator("#main-message" if way is PASTE else "h1")).to_contain_text(way.ends_with)

    def leave(self) -> None:
        """End the kernels, and forget the project."""
        for notebook in self.notebooks:
            notebook.close()
        home = self.hub.home(self.user)
        for left in home.iterdir():
            if left.is_file():
                left.unlink()
        for folder in (".spotantic", ".jupyter"):
            shutil.rmtree(home / folder, ignore_errors=True)  # its server may be writing there


def paste(notebook: Notebook, address: str) -> int:
    """Copy the address and press Ctrl+V on the notebook's page: two acts."""
    notebook.page.bring_to_front()
    notebook.page.evaluate("text => navigator.clipboard.writeText(text)", address)
    notebook.page.keyboard.press("Control+V")
    return 2


def address_in_the_bar(tab: Page) -> str:
    """Return what a person copies from the address bar; the page itself may be Chromium's own."""
    history = tab.context.new_cdp_session(tab).send("Page.getNavigationHistory")
    return str(history["entries"][history["currentIndex"]]["url"])
