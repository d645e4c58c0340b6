"""``python -m spotantic_nb``: see the whole thing work without an account, find what is wrong, or what has leaked."""

import argparse
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m spotantic_nb", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="{demo,doctor,scan}")
    demo = commands.add_parser("demo", help="open the quick-start notebook in JupyterLab, on an offline Spotify")
    demo.add_argument("--headless", action="store_true", help="run the notebook by itself and report")
    demo.set_defaults(run=_demonstrate)
    doctor = commands.add_parser("doctor", help="find what keeps a login from working; 1 if anything is broken")
    doctor.add_argument("--online", action="store_true", help="ask the accounts service as well")
    doctor.add_argument("--json", action="store_true", help="print JSON, for an issue report")
    doctor.set_defaults(run=_examine)
    scan = commands.add_parser("scan", help="find tokens, codes, secrets and links in notebooks; 1 if there are any")
    scan.add_argument("paths", nargs="*", type=Path, metavar="PATH", default=[Path()], help="notebooks, or folders")
    scan.add_argument("--fix", action="store_true", help="clear the outputs, attachments and widgets that hold one")
    scan.set_defaults(run=_scan)
    wanted = parser.parse_args(arguments)
    return int(wanted.run(wanted))


def _examine(wanted: argparse.Namespace) -> int:
    from spotantic_nb.doctor import examine

    try:
        report = examine(online=wanted.online)
    except Exception as error:  # noqa: BLE001 - a status of its own, and not that of something broken
        print(f"The doctor could not run ({type(error).__name__}).", file=sys.stderr)
        return 2
    print(report.to_json() if wanted.json else report)
    return report.exit_status


def _scan(wanted: argparse.Namespace) -> int:
    from spotantic_nb.scan import _command

    return _command.run(wanted.paths, fix=wanted.fix)


def _demonstrate(wanted: argparse.Namespace) -> int:
    try:
        from spotantic_nb import _demo
    except ImportError as error:
        print(f"The demo needs {error.name}. Run: pip install 'spotantic-nb[demo]'", file=sys.stderr)
        return 2
    return _demo.run() if wanted.headless else _demo.show()


if __name__ == "__main__":
    sys.exit(main())
