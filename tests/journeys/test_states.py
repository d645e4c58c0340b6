"""
Every state of a login, and every act in it: each ends in what it says.

The walk is written down in ``docs/developers/states.md``, a section for each state; run it with ``WRITE_STATES=1`` to
write the file anew, and read what has changed.
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from kernels import Kernel

from spotantic_nb.sandbox import Sandbox, ScriptedUser

TABLE = Path(__file__).parents[2] / "docs" / "developers" / "states.md"

NOTEBOOK = {"cellId": "walk"}

NEEDED = "playlist-modify-private"

HELP = """
import asyncio
from spotantic_nb import Session
from spotantic_nb._portal import portal
from spotantic_nb.notebook import _actions

async def settle():
    while _actions._running:
        await asyncio.wait(set(_actions._running.values()))
"""
"""What the walk needs in the kernel: ``settle`` waits until what a button began is done."""

NORMAL = [
    (r"\x1b\[[0-9;]*m", ""),
    (r"http://\S+/authorize\?\S+", "LINK"),
    (r"127\.0\.0\.1(:|_)\d+", r"127.0.0.1\1PORT"),
    (r"\d{4}-\d\d-\d\d", "DATE"),
    (r"\d\d:\d\d:\d\d", "TIME"),
]


@dataclass(frozen=True, slots=True)
class Walk:
    """A person who brings a project into a state, and acts in it."""

    project: Path
    sandbox: Sandbox
    kernel: Kernel
    env: str

    def reset(self) -> None:
        """Begin with a project in which nobody ever logged in, and a kernel that knows of none."""
        folder = self.project / ".spotantic"
        folder.unlink() if folder.is_file() else shutil.rmtree(folder, ignore_errors=True)
        self.write_env(self.env)
        assert self.kernel.run("%spotantic_sandbox off\nSession.use(None)").ok

    def write_env(self, text: str) -> None:
        (self.project / ".env").write_text(text)

    def log_in(self) -> None:
        """Log in as Ada."""
        self.begin()
        ScriptedUser().follow(self.link)
        assert self.kernel.run(
            "portal.run(Session.current().pending_login.ended) if Session.current().pending_login else ''"
        ).ok

    def begin(self) -> None:
        """Begin a login."""
        assert self.kernel.run("%spotantic_login --force", metadata=NOTEBOOK).ok

    def fail_to_refresh(self) -> None:
        """Have the service say that the consent was withdrawn."""
        self.sandbox.revoke_consent("ada")
        assert "InvalidGrantError" in self.kernel.run("%spotantic_refresh").error

    @property
    def link(self) -> str:
        """The link of the login that waits."""
        return self.kernel.value("Session.current().pending_login.url")

    @property
    def state(self) -> str:
        return self.kernel.value("Session.current().status.state")

    @property
    def message(self) -> str:
        return self.kernel.value("Session.current().status.message")


def _expired(walk: Walk) -> None:
    walk.sandbox.knobs.access_lifetime = 1
    walk.log_in()
    walk.sandbox.knobs.access_lifetime = 3600


def _without_refresh_token(walk: Walk) -> None:
    walk.sandbox.knobs.reply_refresh_token = "absent"
    _expired(walk)
    walk.sandbox.knobs.reply_refresh_token = "policy"


def _consent_ended(walk: Walk) -> None:
    walk.log_in()
    walk.fail_to_refresh()


def _consent_ended_and_token_expired(walk: Walk) -> None:
    _expired(walk)
    walk.fail_to_refresh()


def _grant_brought_along(walk: Walk) -> None:
    walk.log_in()
    grant = walk.kernel.value("Session.current().export_grant()")
    walk.reset()
    lines = [line for line in grant.splitlines() if "REFRESH_TOKEN" in line or "AUTHORIZED_AT" in line]
    walk.write_env("\n".join([walk.env, *lines]))


def _grant_brought_along_ended(walk: Walk) -> None:
    _grant_brought_along(walk)
    walk.fail_to_refresh()


def _beside_spotipy(walk: Walk) -> None:
    walk.log_in()
    grant = walk.kernel.value("Session.current().export_grant()")
    walk.reset()
    [refresh_token] = re.findall(r"REFRESH_TOKEN=(\S+)", grant)
    cache = {"access_token": "BQof-spotipy", "refresh_token": refresh_token, "expires_at": 1_790_000_000}
    (walk.project / ".cache").write_text(json.dumps(cache))
    (walk.project / ".cache").chmod(0o600)


def _scope_needed(walk: Walk) -> None:
    walk.log_in()
    cell = walk.kernel.run(f"Session.current().require('{NEEDED}')", allow_stdin=False)
    assert "ScopeMissingError" in cell.error


def _memory_only(walk: Walk) -> None:
    (walk.project / ".spotantic").touch()
    walk.log_in()


STATES: dict[str, tuple[str, Callable[[Walk], object]]] = {
    "Not set up": ("not set up", lambda walk: walk.write_env("")),
    "Signed out": ("signed out", lambda walk: None),
    "Signed out, a login of spotipy in .cache": ("signed out", _beside_spotipy),
    "Waiting": ("waiting", Walk.begin),
    "Signed in": ("signed in", Walk.log_in),
    "Signed in, a needed scope not granted": ("signed in", _scope_needed),
    "Signed in, token expired": ("signed in", _expired),
    "Signed in, token kept in memory": ("signed in", _memory_only),
    "Token expired, no refresh token": ("log in again", _without_refresh_token),
    "Consent ended, token works": ("log in again", _consent_ended),
    "Consent ended, token expired": ("log in again", _consent_ended_and_token_expired),
    "Grant in the settings": ("signed in", _grant_brought_along),
    "Grant in the settings, ended": ("log in again", _grant_brought_along_ended),
    "Setting malformed": ("signed out", lambda walk: walk.write_env(f"{walk.env}\nSPOTANTIC_AUTH_BROWSER=nowhere\n")),
    "Sandbox on": ("signed out", lambda walk: walk.kernel.run("%spotantic_sandbox on")),
}

MAGICS = (
    "%spotantic_login",
    "%spotantic_login --force",
    "%spotantic_login client",
    "%spotantic_token",
    "%spotantic_refresh",
    "%spotantic_status",
    "%spotantic_logout",
)
BUTTONS = {
    "not set up": ("Save and log in",),
    "signed out": ("Log in",),
    "waiting": ("Cancel", "Submit"),
    "signed in": ("Log in", "Refresh", "Log out"),
    "log in again": ("Log in", "Refresh", "Log out"),
}
"""What can be pressed in a panel; ``panel.css`` hides the rest."""

MORE_MAGICS = {"Signed out, a login of spotipy in .cache": ("%spotantic_login --bring .cache",)}
MORE_BUTTONS = {
    "Signed out, a login of spotipy in .cache": ("Bring .cache along",),
    "Signed in, a needed scope not granted": (f"Grant {NEEDED}",),
}
"""What can be run and pressed besides, where a state has some of its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of one act."""

    act: str
    said: str
    state: str
    message: str
    """What the status says after it."""

    def row(self) -> str:
        """Return it as a row of the table."""
        return f"| {self.act} | {self.state} | {self.said} |"


@pytest.fixture
def walk(spotify_project: Path, sandbox: Sandbox, kernel: Kernel) -> Walk:
    assert kernel.run(HELP).ok
    return Walk(spotify_project, sandbox, kernel, (spotify_project / ".env").read_text())


def _run(walk: Walk, magic: str) -> str:
    """Run a magic as a cell of its own, answer a login that it waits for, and return what is shown."""
    link = walk.link if walk.state == "waiting" else ""
    cell = walk.kernel.send(magic, metadata=NOTEBOOK)
    if link and magic in {"%spotantic_token", "%spotantic_refresh"}:
        walk.kernel.wait_until(lambda: "Waiting" in cell.text)
        ScriptedUser().follow(link)
    walk.kernel.wait_until(lambda: cell.is_done)
    printed = "".join(out.get("text", "") for out in cell.outputs) + cell.error
    return printed or walk.message


def _click(walk: Walk, button: str) -> str:
    """Click a button of a panel, and return what the panel says then."""
    box = walk.kernel.run("%spotantic_panel", metadata=NOTEBOOK).box
    walk.kernel.click(box, button)
    assert walk.kernel.run("portal.run(settle)").ok
    return walk.message


def _steps(walk: Walk, name: str) -> list[Step]:
    state, prepare = STATES[name]
    magics = (*MAGICS, *MORE_MAGICS.get(name, ()))
    acts: dict[str, Callable[[], str]] = {f"`{magic}`": partial(_run, walk, magic) for magic in magics}
    acts |= {f"*{button}*": partial(_click, walk, button) for button in (*BUTTONS[state], *MORE_BUTTONS.get(name, ()))}
    steps = []
    for act, do in acts.items():
        walk.reset()
        prepare(walk)
        assert walk.state == state
        steps.append(Step(act, _normal(do(), walk.project), walk.state, walk.message))
        _check(steps[-1], walk)
    return steps


def _check(step: Step, walk: Walk) -> None:
    """Have what was said be true."""
    assert "Traceback" not in step.said
    if step.act in {"`%spotantic_logout`", "*Log out*"} and step.state != "not set up":
        assert not list(walk.project.glob(".spotantic/*.json"))
    if "Log in again" in step.said or "%spotantic_login" in step.message:
        assert walk.kernel.run("%spotantic_login", metadata=NOTEBOOK).ok
        assert walk.state == "waiting"
    elif step.message.startswith(("Signed in", "Brought along")):
        assert walk.kernel.run("%spotantic_token").ok


def _normal(text: str, project: Path) -> str:
    """Return what is the same in every run."""
    text = text.replace(str(project), "PROJECT")
    for pattern, word in NORMAL:
        text = re.sub(pattern, word, text)
    return re.sub(r"\s+", " ", text.replace("|", "\\|")).strip()


@pytest.mark.parametrize("name", STATES)
def test_every_act_ends_in_what_it_says(name: str, walk: Walk) -> None:
    rows = ["| act | state after it | what is said |", "|---|---|---|", *(step.row() for step in _steps(walk, name))]
    section = f"## {name}\n\n" + "\n".join(rows) + "\n"
    if os.environ.get("WRITE_STATES"):
        _write(name, section)
    assert section in TABLE.read_text(encoding="utf-8")


def _write(name: str, section: str) -> None:
    """Put a section into the file, in the order of the states."""
    sections = re.split(r"(?m)^(?=## )", TABLE.read_text(encoding="utf-8"))
    known = {part.partition("\n")[0].removeprefix("## "): part.strip() for part in sections[1:]} | {
        name: section.strip()
    }
    TABLE.write_text("\n\n".join([sections[0].strip(), *(known[state] for state in STATES if state in known)]) + "\n")
