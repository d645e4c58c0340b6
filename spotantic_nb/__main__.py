"""``python -m spotantic_nb``: see the whole thing work without an account, or look for secrets in notebooks."""

import argparse
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m spotantic_nb", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="open the quick-start notebook in JupyterLab, on an offline Spotify")
    demo.add_argument("--headless", action="store_true", help="run the notebook by itself and report")
    scan = commands.add_parser("scan", help="find tokens, codes, secrets and links of logins in notebooks")
    scan.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a notebook, or a folder with notebooks")
    scan.add_argument("--fix", action="store_true", help="clear the outputs, attachments and widgets that hold one")
    wanted = parser.parse_args(arguments)
    return _scan(wanted) if wanted.command == "scan" else _run_demo(wanted)


def _scan(wanted: argparse.Namespace) -> int:
    from spotantic_nb.scan import _command

    return _command.run(wanted.paths, fix=wanted.fix)


def _run_demo(wanted: argparse.Namespace) -> int:
    try:
        from spotantic_nb import _demo
    except ImportError as error:
        print(f"The demo needs {error.name}. Run: pip install 'spotantic-nb[demo]'", file=sys.stderr)
        return 2
    return _demo.run() if wanted.headless else _demo.show()


if __name__ == "__main__":
    sys.exit(main())
