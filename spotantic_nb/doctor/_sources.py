"""
Where the settings come from: what cannot be read or used, what hides what, and names that nothing reads.
"""

import difflib
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path

from spotantic_nb._text import isolated
from spotantic_nb.auth._redirect_uri import fault_of
from spotantic_nb.doctor._examined import Examined
from spotantic_nb.doctor._finding import Finding, Remedy, broken, look_at, ok
from spotantic_nb.errors import ConfigurationError
from spotantic_nb.settings import AuthSettings, _hosted_secrets
from spotantic_nb.settings._env_file import PREFIX, read_env_file, write_app
from spotantic_nb.settings._project import current_folder, env_places, is_file
from spotantic_nb.settings._sources import variable
from spotantic_nb.settings._types import regular

_NAMES = {
    "client_id": "client-id-shape",
    "client_secret": "client-secret-shape",
    "redirect_uri": "redirect-uri-malformed",
}
"""The findings for settings that cannot be used; the others share one name."""

_OTHER_PROGRAMS = ("SPOTIPY_", "SPOTIFY_", "RSPOTIFY_")
_OF_AN_APP = ("client_id", "client_secret", "redirect_uri")


def findings(it: Examined) -> Iterator[Finding]:
    """Yield what there is to say about the sources of the settings."""
    if it.is_given:
        yield ok("settings", "The program gave them; no .env is read.")
        return
    yield from _about_env_file(it)
    yield from map(partial(_unusable, it), it.unusable)
    yield from _shadowed(it)
    yield from _misspelt(it)
    yield from _of_another_program(it)
    yield from (look_at("hosted-secrets", notice, "Do that, then look again.") for notice in _hosted_secrets.notices())
    yield ok("settings", _in_short(it))


def _in_short(it: Examined) -> str:
    if not it.origins:
        return f"None is set, neither in the environment nor in {isolated(it.env_file)}."
    by_origin: dict[str, list[str]] = {}
    for name, origin in sorted(it.origins.items()):
        by_origin.setdefault("the environment" if origin == variable(name) else isolated(origin), []).append(name)
    parts = [f"{', '.join(names)} from {origin}" for origin, names in sorted(by_origin.items())]
    return f"{'; '.join(parts)}."


def _about_env_file(it: Examined) -> Iterator[Finding]:
    if it.env_error:
        yield broken("env-file-unreadable", it.env_error.message, it.env_error.hint)
    yield from (look_at("env-file-lines", notice, "Open the file at these lines.") for notice in it.notices)
    # A folder that was deleted meanwhile has no places but itself.
    for place in env_places(current_folder()):
        if place == it.env_file and is_file(place):
            continue
        yield from _about_another_env_file(it, place)


def _about_another_env_file(it: Examined, place: Path) -> Iterator[Finding]:
    shown = isolated(place)
    if place.is_symlink() and not is_file(place) and not place.is_dir():
        yield look_at(
            "env-file-dead-link",
            f"{shown} is a symbolic link that leads to nothing, so no settings are read from it.",
            f"Make the file that it leads to, or remove the link (`rm {shown}`).",
        )
    elif place.is_dir() and not (place / "pyvenv.cfg").is_file():
        yield look_at(
            "env-file-folder",
            f"{shown} is a folder, so no settings are read from it.",
            f"Rename the folder, and write the settings into a file {shown}.",
        )
    elif is_file(place) and (hidden := sorted(_ours(_variables_in(place)))):
        yield look_at(
            "env-file-hides-another",
            f"{isolated(it.env_file)} is read because it is nearer, and hides {shown} with {', '.join(hidden)}.",
            f"Put all settings into one of them: the nearer one ({isolated(it.env_file)}) is the only one read.",
        )


def _variables_in(path: Path) -> Mapping[str, str]:
    try:
        return {} if path.is_fifo() else read_env_file(path).variables
    except (ConfigurationError, OSError):
        return {}


def _ours(names: Mapping[str, str]) -> list[str]:
    return [isolated(name) for name in names if name.upper().startswith(PREFIX)]


def _unusable(it: Examined, name: str) -> Finding:
    message = it.unusable[name].message
    return broken(_NAMES.get(name, "setting-unusable"), message, f"Correct it: it is set by {_source(it, name)}.")


def _source(it: Examined, name: str) -> str:
    origin = it.origins.get(name, "")
    return f"the environment variable {origin}" if origin == variable(name) else isolated(origin)


def _shadowed(it: Examined) -> Iterator[Finding]:
    in_file = {name.upper(): regular(value) for name, value in it.env.variables.items()}
    for name, value in it.environ.items():
        mine = in_file.get(name.upper(), "")
        if name.upper() in _known() and mine and regular(value) and mine != regular(value):
            shown = isolated(name)
            yield look_at(
                "setting-shadowed",
                f"{shown} is set in the environment, which hides another value in {isolated(it.env_file)}.",
                f"Remove its line from {isolated(it.env_file)}, or remove the variable (in a cell: "
                f"`import os; del os.environ['{shown}']`; in a shell: `unset {shown}`).",
            )


def _known() -> list[str]:
    return [variable(name) for name in AuthSettings.model_fields]


def _misspelt(it: Examined) -> Iterator[Finding]:
    file = isolated(it.env_file)
    for name, place in chain(
        ((name, "the environment") for name in it.environ), ((name, file) for name in it.env.variables)
    ):
        if name.upper().startswith("SPOTAN") and name.upper() not in _known():
            [nearest] = difflib.get_close_matches(name.upper(), _known(), n=1, cutoff=0.0)
            yield look_at(
                "setting-misspelt",
                f"{isolated(name)} in {place} is the name of no setting, so nothing reads it.",
                f"Did you mean {nearest}? Rename it there.",
            )


def _of_another_program(it: Examined) -> Iterator[Finding]:
    theirs = {} if "client_id" in it.origins else _their_names(it)
    if "client_id" not in theirs:
        return
    app = {name: f"${{{theirs[name]}}}" for name in theirs}
    lines = " ".join(f"`{variable(name)}={value}`" for name, value in app.items())
    yield look_at(
        "names-of-another-program",
        f"{', '.join(theirs.values())} {'is' if len(theirs) == 1 else 'are'} set, which this package does not read.",
        f"Write these lines into {isolated(it.env_file)}: {lines}",
        Remedy(
            "Write them into .env",
            partial(write_app, it.env_file, app),
            f"{isolated(it.env_file)} refers to {', '.join(theirs.values())} now.",
        ),
    )


def _their_names(it: Examined) -> dict[str, str]:
    """Return the names that other programs have for the settings of an app, as far as they can be taken over."""
    found: dict[str, str] = {}
    for name in _OF_AN_APP:
        candidates = [f"{prefix}{name.upper()}" for prefix in _OTHER_PROGRAMS]
        for candidate, value in _given_as(it, [*candidates, name.upper()]):
            if name != "redirect_uri" or fault_of(regular(value)) is None:
                found.setdefault(name, candidate)
    return found


def _given_as(it: Examined, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield those of these names that have a value; the one without a prefix counts in the ``.env`` alone."""
    *prefixed, bare = names
    everywhere = {**it.environ, **it.env.variables}
    yield from ((name, everywhere[name]) for name in prefixed if everywhere.get(name))
    if it.env.variables.get(bare):
        yield bare, it.env.variables[bare]
