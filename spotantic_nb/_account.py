"""The account behind a login."""

from pydantic import BaseModel, ConfigDict, Field


class Account(BaseModel):
    """
    The person who gave the consent, as ``GET /v1/me`` names them.

    Example:
        >>> Account(id="7Qm2nTzXb1aWc9dKe4fRgA", name="Ada Fjordmark")
        Account(name='Ada Fjordmark')
    """

    model_config = ConfigDict(frozen=True)

    id: str = Field(repr=False)
    """Spotify's stable id of the account (``account_id``; ``id`` for services that do not send it)."""
    name: str
    """The display name, or the id where the person has none."""
