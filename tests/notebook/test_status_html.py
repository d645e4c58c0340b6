"""The status as HTML: nothing is taken for markup, the link goes when it is not needed, and bars tell the time left."""

from datetime import UTC, datetime, timedelta

import pytest

from spotantic_nb import Session, Status
from spotantic_nb._portal import portal
from spotantic_nb.auth._login import Login
from spotantic_nb.auth._placement import Placement
from spotantic_nb.notebook._status_html import status_html

STATUS = Status(state="signed out", message="Not signed in.", service="")


@pytest.fixture
def login(session: Session) -> Login:
    login = session.login("pkce", wait=False)
    assert login is not None
    return login


@pytest.mark.parametrize("state", ["not set up", "signed out", "waiting", "signed in"])
def test_the_state_is_said_in_words_as_well(state: str) -> None:
    shown = status_html(Status(state=state, message="m", service=""))  # type: ignore[arg-type]
    assert f">{state.capitalize()}</span>" in shown
    assert f"spotantic-{state.replace(' ', '-')}" in shown


def test_nothing_of_a_status_is_taken_for_markup() -> None:
    nasty = Status(state="signed in", message="<b>", service="<i>", account="<u>", notices=("<script>",))
    shown = status_html(nasty, with_facts=True)
    assert not [tag for tag in ("<b>", "<script>", "<i>", "<u>") if tag in shown]


def test_the_link_is_shown_as_long_as_the_login_is_on_its_way(login: Login, session: Session) -> None:
    assert "Log in to Spotify</a>" in status_html(STATUS, login=login)
    session.cancel()
    assert "href" not in status_html(STATUS, login=login)


@pytest.mark.parametrize(
    ("browser", "said"),
    [
        ("here", "Follow the link and press Agree"),
        ("unsure", "Because. If the tab ends at an error page, copy its whole address"),
        ("elsewhere", "Because. After Agree the tab shows an error page: that is expected."),
    ],
)
def test_the_advice_depends_on_where_the_browser_is(login: Login, browser: str, said: str) -> None:
    assert said in status_html(STATUS, login=login, placement=Placement(browser, "Because."))  # type: ignore[arg-type]


def test_a_port_that_is_taken_is_said_with_the_way_out(login: Login) -> None:
    login.unreachable = "The port is taken."
    assert "The port is taken. Whatever the tab shows after Agree: copy its whole address" in status_html(
        STATUS, login=login
    )
    portal.call(login.cancel)


@pytest.mark.parametrize(("minutes", "percent"), [(60, 100), (30, 50), (1, 2), (0, 0), (-5, 0), (600, 100)])
def test_a_bar_tells_how_much_of_the_token_is_left(minutes: int, percent: int) -> None:
    end = datetime.now(UTC) + timedelta(minutes=minutes)
    shown = status_html(Status(state="signed in", message="m", service="", expires_at=end), with_facts=True)
    assert f'<progress class="spotantic-bar" max="100" value="{percent}" aria-label="{percent} percent left">' in shown


def test_a_bar_tells_how_much_of_the_consent_is_left() -> None:
    end = datetime.now(UTC) + timedelta(days=92)
    status = Status(state="signed in", message="m", service="", flow="pkce", consent_ends_at=end)
    assert 'value="50"' in status_html(status, with_facts=True).partition("Consent ends")[2]


def test_where_no_end_is_known_there_is_no_bar() -> None:
    status = Status(state="signed in", message="m", service="", flow="pkce", account="Ada")
    assert "<progress" not in status_html(status, with_facts=True)


def test_what_changes_with_the_minutes_is_shown_where_it_is_asked_for_alone() -> None:
    """What is displayed anew would take the focus from a link."""
    end = datetime.now(UTC) + timedelta(minutes=30)
    status = Status(state="waiting", message="m", service="", account="Ada", expires_at=end)
    assert "<table>" in status_html(status, with_facts=True)
    assert "<table>" not in status_html(status)


@pytest.mark.parametrize(("state", "is_named"), [("signed out", True), ("log in again", True), ("waiting", False)])
def test_a_login_that_failed_for_what_the_doctor_examines_names_it(state: str, *, is_named: bool) -> None:
    status = Status(state=state, message="Compare the redirect URI with the dashboard.", service="")  # type: ignore[arg-type]
    assert ("%spotantic_doctor says more." in status_html(status)) == is_named
