"""
Secrets that a hosted notebook service keeps for a person: Colab's and Kaggle's.

Asking for one may open a dialog, send a request, or take ten seconds for nothing. So each name is asked for once per
kernel, whatever the answer; a service that cannot answer is not asked again; and only the main thread asks, where
cells run: Colab's own messages belong to the running cell. Knows how the two services say no, not what the secrets are
for. Their modules exist nowhere else, so their exceptions are known by name.
"""

import importlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret, and where it is kept: ``Colab secret`` or ``Kaggle secret``."""

    value: str = field(repr=False)
    origin: str


@dataclass(eq=False)
class Service:
    """
    One service, as far as this kernel knows it.

    Args:
        name: The service's name.
        is_here: Tells whether this kernel runs there.
        connect: Returns what looks up a secret by its name.
        says_no: The exceptions that are a no to one name.
        says_forbidden: The exceptions by which a notebook is refused a secret that is there.
        how_to_allow: What a person does about that.
    """

    name: str
    is_here: Callable[[], bool]
    connect: Callable[[], Callable[[str], Any]]
    says_no: frozenset[str]
    says_forbidden: frozenset[str] = frozenset()
    how_to_allow: str = ""
    _answers: dict[str, str] = field(default_factory=dict, repr=False)
    """For each name that was asked for: the secret, or an empty text for no."""
    _forbidden: list[str] = field(default_factory=list)
    _trouble: str = ""
    """The exception after which the service is not asked again."""

    @property
    def secret_in_words(self) -> str:
        """What a secret kept there is called."""
        return f"{self.name} secret"

    def secret(self, name: str) -> Secret | None:
        """Return the secret of this name, if there is one that this notebook may read; asked for at most once."""
        if self._may_ask(name):
            self._answers[name] = self._ask(name)
        value = self._answers.get(name, "")
        return Secret(value, self.secret_in_words) if value else None

    def notice(self) -> str:
        """Return what a person should know about this service, or an empty text."""
        if self._forbidden:
            return (
                f"{self.name} did not let this notebook read {', '.join(self._forbidden)}. "
                f"{self.how_to_allow}, then restart the kernel."
            )
        if self._trouble:
            return f"{self.name}'s secrets cannot be read here ({self._trouble}), and this kernel does not try again."
        return ""

    def _may_ask(self, name: str) -> bool:
        is_news = name not in self._answers and not self._trouble
        return is_news and threading.current_thread() is threading.main_thread() and self.is_here()

    def _ask(self, name: str) -> str:
        try:
            return str(self.connect()(name) or "").strip()
        except Exception as error:  # noqa: BLE001 - whatever a service may say, a login must not end with it
            self._take_no(name, type(error))
            return ""

    def _take_no(self, name: str, kind: type[Exception]) -> None:
        # The kind alone: Kaggle puts the reply of its service into the text.
        _log.info("No %s %s: %s.", self.secret_in_words, name, kind.__name__)
        kinds = {base.__name__ for base in kind.__mro__}
        if kinds & self.says_forbidden:
            self._forbidden.append(name)
        elif not kinds & self.says_no:
            self._trouble = kind.__name__


def _colab() -> Callable[[str], Any]:
    lookup: Callable[[str], Any] = importlib.import_module("google.colab.userdata").get
    return lookup


def _kaggle() -> Callable[[str], Any]:
    lookup: Callable[[str], Any] = importlib.import_module("kaggle_secrets").UserSecretsClient().get_secret
    return lookup


def _services() -> tuple[Service, ...]:
    return (
        # github.com/googlecolab/colabtools, google/colab/userdata.py. What else it raises is TimeoutException, after
        # ten seconds, where the front-end has no dialog for secrets, as VS Code's.
        Service(
            "Colab",
            # A kernel of Colab's has loaded it; elsewhere the package may be there and would only be in the way.
            is_here=lambda: "google.colab" in sys.modules,
            connect=_colab,
            says_no=frozenset({"SecretNotFoundError"}),
            says_forbidden=frozenset({"NotebookAccessError"}),
            how_to_allow="Switch on its notebook access under Secrets (the key at the left)",
        ),
        # github.com/Kaggle/docker-python, patches/kaggle_secrets.py. A name that is not attached to the notebook is a
        # BackendError; what else it raises (CredentialError, ConnectionError) is about the service as a whole.
        Service(
            "Kaggle",
            is_here=lambda: "KAGGLE_KERNEL_RUN_TYPE" in os.environ,
            connect=_kaggle,
            says_no=frozenset({"BackendError", "NotFoundError"}),
        ),
    )


services = _services()
"""The services in the order in which they are asked, with what this kernel knows of them."""


def secret(name: str) -> Secret | None:
    """Return the first secret of this name that one of the services here lets this notebook read."""
    found = (service.secret(name) for service in services)
    return next((secret for secret in found if secret), None)


def notices() -> list[str]:
    """Return what a person should know about the services here."""
    return [notice for service in services if service.is_here() and (notice := service.notice())]


def places_in_words() -> list[str]:
    """Return what a person may keep a setting as, besides environment and file: ``a Colab secret``, or nothing."""
    return [f"a {service.secret_in_words}" for service in services if service.is_here()]
