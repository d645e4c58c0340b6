"""spotipy: the pauses that Spotify asks for."""

from collections.abc import Iterator

import pytest
from spotipy import Spotify
from spotipy.exceptions import SpotifyException

from spotantic_nb import Session
from spotantic_nb.sandbox import Sandbox


@pytest.fixture
def client(session: Session) -> Iterator[Spotify]:
    """A client whose connections are closed with the test, and not whenever garbage is collected."""
    client = session.spotipy()
    yield client
    client._session.close()


def test_a_used_up_quota_is_told_at_once(client: Spotify, sandbox: Sandbox) -> None:
    sandbox.knobs.api_fault = "429_long"
    asked = len(sandbox.requests)
    with pytest.raises(SpotifyException, match="it asks to wait") as caught:
        client.current_user()
    assert (caught.value.http_status, len(sandbox.requests) - asked) == (429, 1)


def test_a_short_pause_is_sat_through(client: Spotify, sandbox: Sandbox) -> None:
    sandbox.knobs.api_fault, sandbox.knobs.api_fault_count = "429", 1
    assert client.current_user()["display_name"] == "Ada Fjordmark"
