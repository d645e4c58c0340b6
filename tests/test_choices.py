"""The flows and scopes a person may choose from."""

from typing import get_args

import pytest

from spotantic_nb._choices import (
    FLOWS,
    READ_ONLY_SCOPES,
    SCOPES,
    SCOPES_BY_GROUP,
    Flow,
    warning_about_scopes,
)

SPOTIFYS_PAGE = """
    ugc-image-upload
    user-read-playback-state user-modify-playback-state user-read-currently-playing
    app-remote-control streaming
    playlist-read-private playlist-read-collaborative playlist-modify-private playlist-modify-public
    user-follow-modify user-follow-read
    user-read-playback-position user-top-read user-read-recently-played
    user-library-modify user-library-read
    user-read-email user-read-private
"""
"""A line for each group of developer.spotify.com, "Scopes" (2026)."""


def test_the_scopes_are_spotifys_in_spotifys_order() -> None:
    assert list(SCOPES) == SPOTIFYS_PAGE.split()


def test_the_groups_are_spotifys() -> None:
    groups = [tuple(line.split()) for line in SPOTIFYS_PAGE.strip().splitlines()]
    assert list(SCOPES_BY_GROUP.values()) == groups


@pytest.mark.rule(23)
def test_a_session_reads_and_changes_nothing_by_default() -> None:
    """RFC 9700, 2.3: nor does it read who the person is."""
    assert set(READ_ONLY_SCOPES) <= set(SCOPES)
    assert not [scope for scope in READ_ONLY_SCOPES if "modify" in scope]
    assert all("-read-" in scope or scope.endswith("-read") for scope in READ_ONLY_SCOPES)
    assert not {"user-read-email", "user-read-private"} & set(READ_ONLY_SCOPES)


def test_every_flow_is_explained() -> None:
    assert tuple(FLOWS) == get_args(Flow)
    assert all(text.endswith(".") for text in FLOWS.values())


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"streaming"}), frozenset(SCOPES)])
def test_known_scopes_earn_no_warning(scopes: frozenset[str]) -> None:
    assert warning_about_scopes(scopes) == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [("user-top-reed", "user-top-read"), ("playlist_read_private", "playlist-read-private"), ("steaming", "streaming")],
)
def test_a_slip_of_the_pen_is_told_with_what_was_meant(written: str, meant: str) -> None:
    warning = warning_about_scopes(frozenset({written, "user-read-email"}))
    assert warning == f"Spotify's list has no {written} (did you mean {meant}?); it may refuse the login."


def test_unknown_scopes_are_named_in_order_and_without_a_guess() -> None:
    warning = warning_about_scopes(frozenset({"zzzz", "0000"}))
    assert warning == "Spotify's list has no 0000, zzzz; it may refuse the login."
