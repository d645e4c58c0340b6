"""A token is sent to the Web API of the login, and to nobody else."""

from collections.abc import Iterator

import pytest
from clients import refreshes
from elsewhere import Elsewhere
from every_client import ASYNCHRONOUS, THREADED, client_of

from spotantic_nb import ConfigurationError, Session
from spotantic_nb.sandbox import Sandbox

NOTHING_OF_OURS = ([], [None], ["Bearer None"], ["Bearer **********"])
"""tekore, spotifyaio and spotipy send a header of their own, and were given no token to put into it."""


@pytest.mark.parametrize("name", [*THREADED, *ASYNCHRONOUS])
class TestAToken:
    def test_is_not_sent_to_another_host(self, session: Session, sandbox: Sandbox, name: str) -> None:
        with Elsewhere() as elsewhere:
            asked = client_of(name, session, elsewhere.other_url).in_turn(1)
        # spotantic, which knows no other host, is not let go there at all.
        assert asked == ([ConfigurationError] if name == "spotantic" else [401])
        assert elsewhere.seen_by_the_other in NOTHING_OF_OURS
        assert refreshes(sandbox) == 0

    @pytest.fixture
    def elsewhere(self) -> Iterator[Elsewhere]:
        with Elsewhere() as elsewhere:
            yield elsewhere

    @pytest.fixture
    def api_url(self, elsewhere: Elsewhere) -> str:
        return elsewhere.api_url

    def test_does_not_follow_a_redirect_and_is_not_renewed_where_that_is_refused(
        self, session: Session, sandbox: Sandbox, elsewhere: Elsewhere, name: str
    ) -> None:
        sent = [f"Bearer {session.credential().token()}"]
        elsewhere.seen_by_ours.clear()  # the login has asked whose it is
        assert client_of(name, session, session.api_url).in_turn(1) == [401]
        assert elsewhere.seen_by_ours[:1] == sent
        assert set(elsewhere.seen_by_the_other) <= {None, "Bearer None"}
        # The errors of spotantic do not say who answered.
        assert refreshes(sandbox) == (1 if name == "spotantic" else 0)
