"""
What a session checks about a token: whether it serves a request, whose it is, and who else may read its file.

A check adds to the notices of a session what the person should know.
"""

import asyncio
from pathlib import Path

from spotantic_nb._exposure import exposures_of
from spotantic_nb._text import isolated
from spotantic_nb.auth._base import AuthManagerBase
from spotantic_nb.auth._flows import PersonalFlowManager
from spotantic_nb.errors import AccountMismatchError, InvalidGrantError, NotLoggedInError, SpotanticNbError
from spotantic_nb.models import AccessTokenInfo, Account


async def is_served_by(manager: AuthManagerBase, notices: list[str]) -> bool:
    """Tell whether the manager has, or can renew, a token with the scopes that its settings ask for."""
    held = manager.access_token_info
    if held is None:
        return False
    if held.ended_at is not None:
        notices.append("The consent for the login so far ended or was withdrawn.")
        return False
    try:
        token = await manager.get_valid_access_token()
    except (InvalidGrantError, NotLoggedInError) as error:
        notices.append(error.message)
        return False
    return manager.flow == "client" or token.scopes >= frozenset((manager.auth_settings.scope or "").split())


async def ask_whose(manager: AuthManagerBase, before: Account | None, notices: list[str]) -> None:
    """
    Ask once whose login it is, and store that with the token.

    Args:
        manager: The manager that was logged in.
        before: The account of the login before, where it is known.
        notices: Are told where it is another account now.
    """
    token = await manager.get_valid_access_token()
    if token.account is not None:
        return
    try:
        account = await _account_of(manager, token)
    except SpotanticNbError as error:
        notices.append(str(error))  # the login is done all the same
        return
    if account is not None and before is not None and before.id != account.id:
        notices.append(
            f"This project was used as {isolated(before.name)} before; you are {isolated(account.name)} now."
        )


def is_of_account(token: AccessTokenInfo, required: str | None) -> bool:
    """Tell whether a token is known to be of this account; None is any."""
    return required is None or (token.account is not None and token.account.id == required)


async def refuse_another_account(manager: AuthManagerBase, token: AccessTokenInfo, required: str) -> None:
    """
    Let pass only where the token is this account's; ask once where nobody knows whose it is.

    Raises:
        AccountMismatchError: It is another account's, or the app's own.
        SpotanticNbError: Nobody knows whose it is, and Spotify did not say.
    """
    account = token.account or await _account_of(manager, token)
    if account is None or account.id != required:
        raise another_account(required, account)


def another_account(required: str, account: Account | None) -> AccountMismatchError:
    """Return the error for a login of another account, or of none (None: the app's own)."""
    whose = f"{isolated(account.name)}'s (account {isolated(account.id)})" if account else "the app's own"
    return AccountMismatchError(
        f"This code must run as the account {isolated(required)}, and the login is {whose}.",
        hint="Go back with %spotantic_login --switch-user, or lift this with session.require_account(None).",
    )


async def _account_of(manager: AuthManagerBase, token: AccessTokenInfo) -> Account | None:
    """Ask whose token it is, and store that with it; None where it is the app's own."""
    if not isinstance(manager, PersonalFlowManager):
        return None
    from spotantic_nb.auth._accounts import whoami

    account = await whoami(manager.auth_settings.api_url, token)
    await manager.remember(account, token)
    return account


async def warn_of_exposure(file: Path | None, notices: list[str]) -> None:
    """Ask in a thread who else may read the token file; git may take seconds."""
    if file is not None:
        notices.extend(await asyncio.to_thread(exposures_of, file))
