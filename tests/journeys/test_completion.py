"""Tab in a cell, as a front-end asks a real kernel, on whatever IPython is installed."""

from kernels import PATIENCE, Kernel

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


def tab(kernel: Kernel, typed: str) -> list[str]:
    """Return what the last word of a cell can become."""
    content = kernel.client.complete(typed, len(typed), reply=True, timeout=PATIENCE)["content"]
    assert content["status"] == "ok", content
    assert content["cursor_end"] == len(typed)
    kept = typed.rfind(" ") + 1
    return [(typed[: content["cursor_start"]] + match)[kept:] for match in content["matches"]]


def test_magics_and_arguments_are_offered_and_nothing_else(kernel: Kernel) -> None:
    if kernel.value("hasattr(__import__('IPython').core.completer, 'context_matcher')") == "False":
        kernel.run("%config Completer.use_jedi = False")  # before 8.6, nothing keeps Jedi from adding its guesses
    assert {typed: tab(kernel, typed) for typed in OFFERS} == OFFERS


def test_all_of_a_kind_is_offered_where_nothing_is_typed(kernel: Kernel) -> None:
    assert {f"%spotantic_{name}" for name in MAGICS} <= set(tab(kernel, "%spotantic_"))
    assert set(FLOWS) <= set(tab(kernel, "%spotantic_login "))
    assert {"--refresh", "--header", "--reveal"} <= set(tab(kernel, "%spotantic_token --"))
    assert set(SCOPES) <= set(tab(kernel, "%spotantic_login --scope "))


def test_other_lines_are_left_alone(kernel: Kernel) -> None:
    assert kernel.run("%config Completer.use_jedi = False\npkceling = 1").ok  # it takes seconds to warm up
    assert tab(kernel, "pkce") == ["pkceling"]
