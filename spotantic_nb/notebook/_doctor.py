"""
The doctor in a notebook: what only the front-end knows, and a button for each finding that can be set right safely.
"""

from argparse import Namespace

from spotantic_nb.doctor import Report, Shell, examine
from spotantic_nb.notebook._front_end import FrontEnd, front_end


def examine_here(shell: object, wanted: Namespace) -> Report | None:
    """Examine, show the buttons, and return the report; with ``--json``, print it in place of that."""
    place = front_end(shell)
    report = examine(online=wanted.online, shell=_abilities(place))
    if wanted.json:
        print(report.to_json())
        return None
    if report.fixable and place.shows_widgets:
        from spotantic_nb.notebook import _box  # ipywidgets with it
        from spotantic_nb.notebook._fixes import Fixes

        _box.show(place.execution, lambda: Fixes(report))
    return report


def _abilities(place: FrontEnd) -> Shell:
    return Shell(
        name=_name(place),
        can_ask=place.can_ask,
        shows_widgets=place.shows_widgets,
        has_kernel=not place.is_terminal,
    )


def _name(place: FrontEnd) -> str:
    if place.is_terminal:
        return "IPython in a terminal"
    if place.is_voila:
        return "Voila"
    if place.is_vscode:
        return "VS Code"
    return "A notebook" if place.shows_widgets else "A console, or a notebook that nobody sees"
