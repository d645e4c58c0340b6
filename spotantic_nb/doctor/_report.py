"""
The report: all findings, the worst first, as text, HTML and JSON.

The JSON is made for issue reports: it names versions, and writes the home folder as ``~``.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spotantic_nb._text import Printer, in_html, isolated, print_lines
from spotantic_nb.doctor._finding import WORDS, Finding, Level
from spotantic_nb.errors import ConfigurationError

_BADGES: dict[Level, str] = {"red": "#b3261e", "yellow": "#9a6700", "green": "#1a7f37"}
"""Colours on which white text can be read, in light and in dark."""

_WIDTH = max(map(len, WORDS.values()))


@dataclass(frozen=True, slots=True)
class Report:
    """
    What the doctor found. It holds no secret, no whole client id, and no whole name of an account.

    Example:
        >>> from spotantic_nb.doctor import examine
        >>> report = examine()
        >>> report.broken, report.exit_status
        ((), 0)
        >>> print(report)
        Spotify login: 0 broken, ... to look at, ... ok.
        ...
        >>> report.fix("port-taken")
        Traceback (most recent call last):
        spotantic_nb.errors.ConfigurationError: Nothing can be done by itself about port-taken. ...
    """

    findings: tuple[Finding, ...]
    """The worst first; within a level, in the order in which a login meets them."""
    surroundings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Versions, and what the front-end can do."""

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The findings that are red."""
        return self._of("red")

    @property
    def exit_status(self) -> int:
        """What the command ends with: 1 where anything is broken, otherwise 0."""
        return 1 if self.broken else 0

    @property
    def fixable(self) -> tuple[Finding, ...]:
        """The findings that ``fix`` can do something about."""
        return tuple(found for found in self.findings if found.remedy)

    def fix(self, name: str) -> str:
        """
        Do what can be done safely about the findings of this name, and return in a sentence what is so now.

        Raises:
            ConfigurationError: There is no such finding, or a person has to do it; its ``fix`` says how.
            TokenStoreError: A file cannot be changed.
        """
        remedies = [found.remedy for found in self.fixable if found.name == name and found.remedy]
        if not remedies:
            raise ConfigurationError(
                f"Nothing can be done by itself about {isolated(name)}.", hint="The report says what to do."
            )
        for remedy in remedies:
            remedy.act()
        return " ".join(remedy.done for remedy in remedies)

    def to_json(self) -> str:
        """
        Return the report as JSON, for an issue report.

        Example:
            >>> import json
            >>> from spotantic_nb.doctor import examine
            >>> sorted(json.loads(examine().to_json()))
            ['findings', 'front_end', 'packages', 'platform', 'python']
        """
        shown = [{"name": f.name, "level": f.level, "text": f.text, "fix": f.fix} for f in self.findings]
        return _with_home_as_tilde(json.dumps({**self.surroundings, "findings": shown}, indent=1, ensure_ascii=False))

    def _of(self, level: Level) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.level == level)

    @property
    def _heading(self) -> str:
        counts = {level: len(self._of(level)) for level in WORDS}
        return f"Spotify login: {counts['red']} broken, {counts['yellow']} to look at, {counts['green']} ok."

    def __repr__(self) -> str:
        return f"<Report {self._heading.removeprefix('Spotify login: ')}>"

    def __str__(self) -> str:
        return "\n".join([self._heading, *(line for found in self.findings for line in _lines(found))])

    def _repr_pretty_(self, printer: Printer, _cycle: object, /) -> None:
        print_lines(str(self).splitlines(), printer)

    def _repr_html_(self) -> str:
        rows = "".join(map(_row, self.findings))
        return (
            f"<div style='max-width:60em;line-height:1.5'><p style='margin:0 0 6px'><b>{in_html(self._heading)}</b></p>"
            f"<table style='border-collapse:collapse;table-layout:auto'>{rows}</table></div>"
        )


def report_of(findings: Iterable[Finding], surroundings: Mapping[str, Any]) -> Report:
    """Return the report of these findings, sorted."""
    order = list(WORDS)
    return Report(tuple(sorted(findings, key=lambda found: order.index(found.level))), surroundings)


def _lines(found: Finding) -> list[str]:
    if found.level == "green":
        return [f"{found.words:<{_WIDTH}}  {found.name}: {found.text}"]
    indent = " " * (_WIDTH + 2)
    fix = [f"{indent}Fix: {found.fix}"] if found.fix else []
    return [f"{found.words.upper():<{_WIDTH}}  {found.name}", f"{indent}{found.text}", *fix]


def _row(found: Finding) -> str:
    cell = "text-align:left;vertical-align:top;padding:3px 1em 3px 0"
    badge = (
        f"<span style='background:{_BADGES[found.level]};color:#fff;border-radius:1em;padding:0 .7em;"
        f"font-size:.85em;font-weight:600;white-space:nowrap'>{found.words}</span>"
    )
    return (
        f"<tr style='background:transparent'><td style='{cell}'>{badge}</td>"
        f"<td style='{cell};overflow-wrap:anywhere'>{_told(found)}</td></tr>"
    )


def _told(found: Finding) -> str:
    name, text = html.escape(found.name), _with_code(found.text)
    if found.level == "green":
        return f"{name}: {text}"
    fix = f"<br><b>Fix:</b> {_with_code(found.fix)}" if found.fix else ""
    return f"<b>{name}</b><br>{text}{fix}"


def _with_code(sentence: str) -> str:
    """Return a sentence as HTML; what stands between backticks is to be copied."""
    code = r"<code style='background:transparent;color:inherit;padding:0'>\1</code>"
    return re.sub("`([^`]+)`", code, in_html(sentence))


def _with_home_as_tilde(text: str) -> str:
    try:
        home = str(Path.home())
    except RuntimeError:  # nobody's home folder is known here
        return text
    in_json = re.escape(json.dumps(home, ensure_ascii=False)[1:-1])
    return text if home == home[:1] else re.sub(rf"{in_json}(?![\w.-])", "~", text)
