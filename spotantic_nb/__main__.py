"""``python -m spotantic_nb``: see the whole thing work, without an account."""

import argparse
import sys


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m spotantic_nb", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="open the quick-start notebook in JupyterLab, on an offline Spotify")
    demo.add_argument("--headless", action="store_true", help="run the notebook by itself and report")
    wanted = parser.parse_args(arguments)
    try:
        from spotantic_nb import _demo
    except ImportError as error:
        print(f"The demo needs {error.name}. Run: pip install 'spotantic-nb[demo]'", file=sys.stderr)
        return 2
    return _demo.run() if wanted.headless else _demo.show()


if __name__ == "__main__":
    sys.exit(main())
