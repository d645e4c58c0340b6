"""A reader finds the old token or the new one, never a part of either, however often somebody writes."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from spotantic_nb.errors import SpotanticNbError
from spotantic_nb.models import AccessTokenInfo

SAVER = Path(__file__).with_name("saver.py")
READERS = 4
LENGTHS = {"10", "1000", "10000", "100000"}


@contextmanager
def saving(token_file: Path) -> Iterator[subprocess.Popen[str]]:
    """Have another process save without a pause."""
    command = [sys.executable, str(SAVER), str(token_file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "saving\n"
            yield process
        finally:
            process.kill()


def read(token_file: Path, times: int) -> Counter[str]:
    """
    Read that many times, or until each of the tokens was there to be read, and count what was found.

    That is a length, or the name of an error, and so is what ends it early: anything that is no token.
    """
    found = Counter[str]()
    while set(found) <= LENGTHS and (found.total() < times or set(found) < LENGTHS):
        found[_found(token_file)] += 1
    return found


def _found(token_file: Path) -> str:
    try:
        return str(len(AccessTokenInfo.load_token(token_file).access_token.get_secret_value()))
    except SpotanticNbError as error:
        return type(error).__name__


def test_no_read_finds_half_a_token(token_file: Path, amount: Callable[[int, int], int]) -> None:
    reads = amount(2_000, 100_000)
    with saving(token_file) as process, ThreadPoolExecutor(READERS) as threads:
        counts = threads.map(lambda _: read(token_file, reads // READERS), range(READERS))
        found = sum(counts, Counter[str]())
        saves, _ = process.communicate("stop\n", timeout=10)
    assert found.total() >= reads
    assert set(found) == LENGTHS
    assert int(saves) > len(found)
