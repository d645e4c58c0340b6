"""Text that nobody can guess: codes, tokens and sessions."""

import base64
import os


def random_text(entropy: int) -> str:
    """
    Return random text that may stand in a URL.

    Not from Python's ``secrets``: people give that name to files of their own, which then hide it from a script.

    Args:
        entropy: Bytes of randomness in it.
    """
    return base64.urlsafe_b64encode(os.urandom(entropy)).rstrip(b"=").decode("ascii")
