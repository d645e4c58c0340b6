"""
Tab completion for the arguments of the magics: flows, options, the names of scopes, and a path.

What can be completed is read from the magic's own parser, so that the two never differ.
"""

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotantic_nb._choices import SCOPES

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


_LINE = re.compile(r"\s*(?:[^=%]+=\s*%|%?)(?P<magic>\w+)\s(?P<arguments>[^#]*)")
"""A line with a magic, whose result may be assigned. Up to the first blank, IPython completes the name."""

_BETWEEN_WORDS = re.compile(r"[\s,=\"']+")

_PATH = re.compile(r"""(?:.*\s)?--bring(?:\s+|=)(?P<path>"[^"]*|'[^']*|[^\s"']*)""")
"""Arguments that end in a path, which may begin with a quote for the blanks in it."""


def completions(parser: ArgumentParser, before: list[str], fragment: str) -> list[str]:
    """
    Return what the word that is being typed can become.

    Args:
        parser: The parser of the magic's arguments.
        before: The words of the line between the magic and the fragment.
        fragment: What there is of the word.
    """
    actions = parser._actions  # noqa: SLF001 - argparse tells them in no other way
    options = [name for action in actions for name in action.option_strings if name.startswith("--")]
    unused = [name for name in options if name not in before]
    choices = [str(choice) for action in actions for choice in action.choices or ()]
    last_option = next((word for word in reversed(before) if word.startswith("-")), "")
    if fragment.startswith("-"):
        offer = unused
    elif last_option == "--scope":
        offer = [scope for scope in SCOPES if scope not in before]
    else:
        offer = choices if choices and not set(choices).intersection(before) else unused
    return [word for word in offer if word.startswith(fragment)]


def paths(fragment: str) -> list[str]:
    """
    Return what the path that is being typed can become: folders end in a slash, token files by their names come first.

    Args:
        fragment: What there is of the path; with a quote before it where it has blanks.
    """
    quote = fragment[:1] if fragment[:1] in {"'", '"'} else ""
    folder, slash, beginning = fragment[len(quote) :].rpartition("/")
    try:
        entries = sorted(Path(f"{folder}{slash}").expanduser().iterdir(), key=_token_files_first)
    except (OSError, RuntimeError, ValueError):
        return []
    fitting = [entry for entry in entries if entry.name.startswith(beginning)]
    words = [f"{folder}{slash}{entry.name}{'/' if entry.is_dir() else ''}" for entry in fitting]
    return [f"{quote or _quote_for(word)}{word}" for word in words]


def _token_files_first(entry: Path) -> tuple[bool, bool, str]:
    from spotantic_nb.auth._foreign_tokens import has_usual_name

    return not has_usual_name(entry.name), entry.name.startswith("."), entry.name


def _quote_for(path: str) -> str:
    return '"' if re.search(r"\s", path) else ""


def install(shell: "InteractiveShell", parsers: dict[str, ArgumentParser]) -> None:
    """Complete the arguments of these magics, in the way this IPython knows."""
    try:
        from IPython.core.completer import context_matcher
    except ImportError:  # IPython before 8.6, and with it Colab
        shell.set_hook("complete_command", _hook(parsers), re_key=_LINE.pattern)
    else:
        shell.Completer.custom_matchers.append(context_matcher(identifier=__name__)(_matcher(parsers)))


def uninstall(shell: "InteractiveShell") -> None:
    """Stop completing."""
    matchers = getattr(shell.Completer, "custom_matchers", [])
    matchers[:] = [matcher for matcher in matchers if getattr(matcher, "matcher_identifier", "") != __name__]
    for hooks in shell.strdispatchers["complete_command"].regexs.values():
        hooks.chain[:] = [entry for entry in hooks.chain if getattr(entry[1], "__module__", "") != __name__]


def _matcher(parsers: dict[str, ArgumentParser]) -> Any:
    from IPython.core.completer import SimpleCompletion

    def match(context: Any) -> dict[str, Any]:
        words, fragment = _completed(parsers, context.line_with_cursor[: context.cursor_position])
        return {
            "completions": [SimpleCompletion(text=word, type="param") for word in words],
            "matched_fragment": fragment,
            "ordered": True,
            "suppress": bool(words),
        }

    return match


def _hook(parsers: dict[str, ArgumentParser]) -> Any:
    def hook(_: object, event: Any) -> list[str]:
        words, _fragment = _completed(parsers, event.text_until_cursor)
        return words

    return hook


def _completed(parsers: dict[str, ArgumentParser], line: str) -> tuple[list[str], str]:
    """Return what the last word of this line can become, and what there is of it."""
    found = _LINE.fullmatch(line)
    parser = parsers.get(found["magic"]) if found else None
    if found is None or parser is None:
        return [], ""
    if path := _PATH.fullmatch(found["arguments"]):
        return paths(path["path"]), path["path"]
    *before, fragment = _BETWEEN_WORDS.split(found["arguments"].lstrip())
    return completions(parser, before, fragment), fragment
