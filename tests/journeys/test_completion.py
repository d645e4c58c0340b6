"""Tab in a cell, as a front-end asks a real kernel, on whatever IPython is installed."""

from kernels import Kernel

from spotantic_nb._choices import FLOWS, SCOPES

MAGICS = ["login", "logout", "panel", "refresh", "sandbox", "status", "token"]
USER_SCOPES = [scope for scope in SCOPES if scope.startswith("user-t")]
OFFERS = {
    "%spotantic_l": ["%spotantic_login", "%spotantic_logout"],
    "%spotantic_login p": ["pkce"],
    "%spotantic_login cl": ["client"],
    "%spotantic_login --sc": ["--scope"],
    "%spotantic_login pkce --sw": ["--switch-user"],
    "%spotantic_login --scope user-t": USER_SCOPES,
    "%spotantic_login --scope streaming user-t": USER_SCOPES,
    "%spotantic_login --bring .en": [".env"],
    "%spotantic_token --he": ["--header"],
    "%spotantic_sandbox of": ["off"],
    "spotantic_login p": ["pkce"],
    "%spotantic_log": ["%spotantic_login", "%spotantic_logout"],
    "x = %spotantic_token --r": ["--refresh", "--reveal"],
    "    %spotantic_login p": ["pkce"],
    "import math\n%spotantic_login p": ["pkce"],
}
"""What Tab offers after what was typed: this and nothing else."""


def test_magics_and_arguments_are_offered_and_nothing_else(kernel: Kernel) -> None:
    if kernel.value("hasattr(__import__('IPython').core.completer, 'context_matcher')") == "False":
        kernel.run("%config Completer.use_jedi = False")  # before 8.6, nothing keeps Jedi from adding its guesses
    assert {typed: kernel.tab(typed) for typed in OFFERS} == OFFERS


def test_all_of_a_kind_is_offered_where_nothing_is_typed(kernel: Kernel) -> None:
    assert {f"%spotantic_{name}" for name in MAGICS} <= set(kernel.tab("%spotantic_"))
    assert set(FLOWS) <= set(kernel.tab("%spotantic_login "))
    assert {"--refresh", "--header", "--reveal"} <= set(kernel.tab("%spotantic_token --"))
    assert set(SCOPES) <= set(kernel.tab("%spotantic_login --scope "))


def test_other_lines_are_left_alone(kernel: Kernel) -> None:
    assert kernel.run("%config Completer.use_jedi = False\npkceling = 1").ok  # it takes seconds to warm up
    assert kernel.tab("pkce") == ["pkceling"]
