"""
A program that saves one token after the other, of very different lengths, until its input ends.

    python saver.py TOKEN_FILE

Says ``saving`` when the first one is on the disk, and in the end how many there were.
"""

import itertools
import os
import select
import sys
from pathlib import Path

from pydantic import SecretStr

from spotantic_nb.auth._file_store import FileTokenStore
from spotantic_nb.models import AccessTokenInfo

LENGTHS = (10, 100_000, 1000, 10_000)


def main() -> None:
    """Save until told to stop."""
    store = FileTokenStore(Path(sys.argv[1]))
    for number in itertools.count():
        store.save(_token(LENGTHS[number % len(LENGTHS)]))
        if number == 0:
            _say("saving")
        if select.select([sys.stdin], [], [], 0)[0]:
            _say(str(number))
            return


def _token(length: int) -> AccessTokenInfo:
    return AccessTokenInfo(access_token=SecretStr("x" * length), token_type="Bearer", expires_in=3600)


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main()
