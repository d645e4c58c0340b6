"""What a session hands its login to, where the package for it is not installed."""

import sys

import pytest

from spotantic_nb import ConfigurationError, Session


@pytest.mark.parametrize(
    ("package", "method", "said"),
    [
        ("requests", "requests_auth", "requests is not installed. Run: pip install requests"),
        ("spotipy", "spotipy", "spotipy is not installed. Run: pip install spotipy"),
        ("aiohttp", "aiohttp_middleware", "aiohttp is not installed. Run: pip install aiohttp"),
        ("spotantic", "spotantic", "spotantic is not installed; it needs Python 3.12. Run: pip install spotantic"),
    ],
)
def test_a_package_that_is_not_there_is_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch, package: str, method: str, said: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigurationError) as caught:
        getattr(Session(), method)()
    assert str(caught.value) == said
