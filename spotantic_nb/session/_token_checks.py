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
from spotantic_nb.errors import InvalidGrantError, NotLoggedInError, SpotanticNbError
from spotantic_nb.models import Account


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
    if token.account is not None or not isinstance(manager, PersonalFlowManager):
        return
    from spotantic_nb.auth._accounts import whoami

    try:
        account = await whoami(manager.auth_settings.api_url, token)
        await manager.remember(account, token)
    except SpotanticNbError as error:
        notices.append(str(error))  # the login is done all the same
        return
    if before is not None and before.id != account.id:
        notices.append(
            f"This project was used as {isolated(before.name)} before; you are {isolated(account.name)} now."
        )


async def warn_of_exposure(file: Path | None, notices: list[str]) -> None:
    """Ask in a thread who else may read the token file; git may take seconds."""
    if file is not None:
        notices.extend(await asyncio.to_thread(exposures_of, file))
