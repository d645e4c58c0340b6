"""The exceptions are the ones that the tree in their module draws, and each prints as one line."""

import inspect
import pickle
import re
import traceback

import pytest

from spotantic_nb import errors
from spotantic_nb.errors import SpotanticNbError


def _drawn_tree(text: str) -> dict[str, tuple[str, ...]]:
    """Read the names of each drawn class's bases: the branch it hangs on, and what stands in brackets."""
    tree: dict[str, tuple[str, ...]] = {}
    branch: list[str] = []
    for indent, name, builtin in re.findall(r"^([ │├└─]+)(\w+Error)(?: \((\w+)\))?", text, re.MULTILINE):
        depth = len(indent) // 4 - 1
        branch[depth:] = [name]
        parent = branch[depth - 1] if depth else "Exception"
        tree[name] = (parent, builtin) if builtin else (parent,)
    return tree


_TREE = _drawn_tree(errors.__doc__ or "")
_CLASSES: dict[str, type[SpotanticNbError]] = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, SpotanticNbError)
}


@pytest.mark.parametrize(("name", "bases"), _TREE.items())
def test_a_drawn_class_has_exactly_the_bases_drawn(name: str, bases: tuple[str, ...]) -> None:
    assert tuple(base.__name__ for base in _CLASSES[name].__bases__) == bases


def test_the_tree_draws_every_class_and_no_other() -> None:
    assert list(_TREE) == list(_CLASSES)


@pytest.mark.parametrize("kind", _CLASSES.values())
def test_the_hint_follows_the_message(kind: type[SpotanticNbError]) -> None:
    error = kind("The folder is full.", hint="Empty it.")
    assert (str(error), error.message, error.hint) == (
        "The folder is full. Empty it.",
        "The folder is full.",
        "Empty it.",
    )


@pytest.mark.parametrize("kind", _CLASSES.values())
def test_without_a_hint_the_message_stands_alone(kind: type[SpotanticNbError]) -> None:
    assert str(kind("The folder is full.")) == "The folder is full."


@pytest.mark.parametrize("kind", _CLASSES.values())
def test_ipython_prints_one_line(kind: type[SpotanticNbError]) -> None:
    error = kind("The folder is full.", hint="Empty it.")
    assert error._render_traceback_() == [f"{kind.__name__}: The folder is full. Empty it."]


@pytest.mark.parametrize("named", ["SPOTANTIC_AUTH_SCOPE", "/home/ada/.env", "SSL_CERT_FILE", "HTTPS_PROXY"])
def test_what_the_doctor_can_explain_names_it_in_the_one_line_and_below_a_traceback(named: str) -> None:
    error = errors.ConfigurationError(f"{named} is wrong.", hint="Correct it.")
    assert error._render_traceback_() == [
        f"ConfigurationError: {named} is wrong. Correct it. %spotantic_doctor says more."
    ]
    assert traceback.format_exception(error)[-1] == "`python -m spotantic_nb doctor` says more.\n"
    assert str(error) == f"{named} is wrong. Correct it."


@pytest.mark.parametrize("text", ["x is not a flow.", "That address is not the redirect URI http://127.0.0.1:1/."])
def test_what_the_doctor_does_not_examine_does_not_name_it(text: str) -> None:
    error = errors.ConfigurationError(text, hint="Choose another.")
    assert "doctor" not in "".join([*error._render_traceback_(), *traceback.format_exception(error)])


@pytest.mark.parametrize("kind", _CLASSES.values())
def test_an_error_comes_whole_out_of_another_process(kind: type[SpotanticNbError]) -> None:
    copy = pickle.loads(pickle.dumps(kind("The folder is full.", hint="Empty it.")))
    assert (type(copy), copy.message, copy.hint) == (kind, "The folder is full.", "Empty it.")


@pytest.mark.parametrize("kind", _CLASSES.values())
def test_an_error_that_is_raised_anew_is_another_one_that_says_the_same(kind: type[SpotanticNbError]) -> None:
    kept, cause = kind("The folder is full.", hint="Empty it."), OSError()
    kept.__cause__ = cause
    raised = errors.anew(kept)
    assert isinstance(raised, kind)
    assert raised is not kept
    assert (raised.message, raised.hint, raised.args, raised.__cause__) == (kept.message, kept.hint, kept.args, cause)


def test_what_else_an_error_says_is_raised_anew_as_well() -> None:
    raised = errors.anew(errors.AccountsUnreachableError("It is down.", may_pass=True, retry_after=3.0))
    assert isinstance(raised, errors.AccountsUnreachableError)
    assert (raised.may_pass, raised.retry_after) == (True, 3.0)


def test_an_error_of_somebody_else_is_raised_as_it_is() -> None:
    error = UnicodeDecodeError("utf-8", b"", 0, 1, "bad")
    assert errors.anew(error) is error


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.ConfigurationError, ValueError),
        (errors.CallbackError, ValueError),
        (errors.NotLoggedInError, ValueError),
        (errors.TokenExpiredError, ValueError),
        (errors.CallbackTimeoutError, TimeoutError),
        (errors.LoopbackUnavailableError, OSError),
        (errors.TokenStoreError, OSError),
    ],
)
def test_an_except_clause_may_name_the_builtin(kind: type[SpotanticNbError], builtin: type[Exception]) -> None:
    with pytest.raises(builtin, match=r"^The folder is full\. Empty it\.$"):
        raise kind("The folder is full.", hint="Empty it.")
    with pytest.raises(SpotanticNbError):
        raise kind("The folder is full.")
