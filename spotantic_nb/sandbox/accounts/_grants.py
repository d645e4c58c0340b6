"""
Grants and approvals: what a person has allowed, and whether it still counts.

A grant is what tokens hang from; an approval is only the memory that saves a person the same question.
"""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(slots=True, kw_only=True, eq=False)
class Grant:
    """One person's yes to one app, redeemed once; every token issued from it lives and dies with it."""

    client_id: str
    user_id: str
    scopes: frozenset[str]
    authorized_at: float
    confidential: bool
    can_refresh: bool = True
    can_read: bool = True

    def end_refreshing(self) -> None:
        """Kill its refresh tokens; access tokens live out their hour, as when a person removes an app."""
        self.can_refresh = False

    def revoke(self) -> None:
        """Kill all of its tokens."""
        self.can_refresh = self.can_read = False


class _Approval(NamedTuple):
    user_id: str
    client_id: str
    scopes: frozenset[str]


class Approvals:
    """What each person has already agreed to, by app and exact set of scopes."""

    def __init__(self) -> None:
        self._approvals: set[_Approval] = set()

    def remember(self, *, user_id: str, client_id: str, scopes: frozenset[str]) -> None:
        """Note that this person has agreed."""
        self._approvals.add(_Approval(user_id, client_id, scopes))

    def hold(self, *, user_id: str, client_id: str, scopes: frozenset[str]) -> bool:
        """Tell whether this person has agreed to exactly this before."""
        return _Approval(user_id, client_id, scopes) in self._approvals

    def forget(self, user_id: str) -> None:
        """Drop everything this person has agreed to."""
        self._approvals = {approval for approval in self._approvals if approval.user_id != user_id}
