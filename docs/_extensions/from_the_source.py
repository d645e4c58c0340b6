"""
Directives whose pages cannot differ from what the package says of itself.

    {magics}                the magics, from the arguments that their help (``?``) is made of
    {settings}              the settings, from the fields of AuthSettings
    {commands} MODULE       the help of a module's command line, and of each command it has
"""

import argparse
import contextlib
import importlib
import inspect
import io
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective


class Written(SphinxDirective):
    """A directive that stands for Markdown which is made here."""

    def run(self) -> list[nodes.Node]:
        """Parse what is made here."""
        lines = [line for part in self.parts() for line in [*part.splitlines(), ""]]
        return self.parse_text_to_nodes(StringList(lines, source=self.name), allow_section_headings=True)

    def source(self, module: str) -> ModuleType:
        """Return the module that this is made from; where it changes, the page is made anew."""
        found = importlib.import_module(module)
        self.env.note_dependency(found.__file__ or "")
        return found

    def parts(self) -> Iterator[str]:
        """Yield the paragraphs, headings and blocks of it."""
        raise NotImplementedError


class MagicsDirective(Written):
    """A section for each magic, in the order of the source."""

    def parts(self) -> Iterator[str]:
        """Yield what the help of each magic says."""
        magics = self.source("spotantic_nb.notebook._magics").SpotanticMagics
        for name, magic in vars(magics).items():
            if name.startswith("spotantic_"):
                yield from part_of_magic(name, magic)


def part_of_magic(name: str, magic: Callable[..., Any]) -> Iterator[str]:
    """Yield what a magic's help says: usage, meaning, arguments, example."""
    parser: argparse.ArgumentParser = magic.parser  # type: ignore[attr-defined]
    text, _, example = inspect.cleandoc(parser.description or "").partition("Example:\n")
    yield f"(magic-{name})=\n## `%{name}`"
    yield f"```text\n{usage_of(parser)}\n```"
    yield text.strip()
    arguments = [action for action in parser._actions if action.dest != "help"]  # noqa: SLF001
    if arguments:
        yield "\n".join(["| argument | meaning |", "| --- | --- |", *map(row_of, arguments)])
    yield f"```ipython\n{inspect.cleandoc(example)}\n```"


def usage_of(parser: argparse.ArgumentParser) -> str:
    """Return how a magic is written."""
    usage = inspect.cleandoc(parser.format_usage().lstrip(": \n"))
    return usage if usage.startswith("%") else f"%{usage}"


def row_of(action: argparse.Action) -> str:
    """Return a row of the table of arguments."""
    names = action.option_strings or action.choices or [action.dest]
    value = f" {action.metavar}" if action.metavar else ""
    return f"| {', '.join(f'`{name}{value}`' for name in names)} | {action.help} |"


class SettingsDirective(Written):
    """A table of all settings: variable, type, default, meaning."""

    def parts(self) -> Iterator[str]:
        """Yield a section for each setting."""
        from spotantic_nb.settings._sources import variable

        settings = self.source("spotantic_nb.settings").AuthSettings
        analyzer = ModuleAnalyzer.for_module("spotantic_nb.settings")
        meanings = {name: " ".join(lines) for (_, name), lines in analyzer.find_attr_docs().items()}
        for name, field in settings.model_fields.items():
            yield f"(setting-{name.replace('_', '-')})=\n## `{variable(name)}`"
            default = "not set" if field.default is None else f"`{field.default}`"
            yield f"{meanings[name]} In Python: `AuthSettings({name}=...)`. Otherwise: {default}.".replace("``", "`")


class CommandsDirective(Written):
    """The help of ``python -m MODULE``, and of each of its commands."""

    required_arguments = 1

    def parts(self) -> Iterator[str]:
        """Yield a section for each command."""
        [module] = self.arguments
        self.source(f"{module}.__main__")
        said = help_of(module)
        yield f"## `python -m {module}`\n\n```text\n{said}\n```"
        for command in commands_in(said):
            yield f"### `python -m {module} {command}`\n\n```text\n{help_of(module, command)}\n```"


def help_of(module: str, *command: str) -> str:
    """Return what a command says with ``--help``."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        importlib.import_module(f"{module}.__main__").main([*command, "--help"])
    return said.getvalue().strip()


def commands_in(said: str) -> list[str]:
    """Return the commands that a help names."""
    choices = re.search(r"\{([\w,-]+)\} \.\.\.", said)
    return choices[1].split(",") if choices else []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("magics", MagicsDirective)
    app.add_directive("settings", SettingsDirective)
    app.add_directive("commands", CommandsDirective)
    return {"parallel_read_safe": True}
