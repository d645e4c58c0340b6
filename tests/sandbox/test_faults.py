"""Faults: what comes instead of an answer, and what becomes of a true one."""

import json

import httpx
import pytest

from spotantic_nb.sandbox._knobs import ApiFault, TokenFault
from tests.sandbox.conftest import BASIC, DemoApp


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "retry_after"),
    [
        ("429", 429, "text/plain", "1"),
        ("429_long", 429, "application/json", "48925"),
        ("429_bare", 429, "text/plain", None),
        ("500_json", 500, "application/json", None),
        ("502_html", 502, "text/html", None),
        ("503_text", 503, "text/plain", None),
        ("504", 504, "text/plain", None),
        ("html_200", 200, "text/html", None),
        ("redirect", 307, None, None),
    ],
)
def test_a_fault_comes_instead_of_an_answer(
    app: DemoApp, fault: TokenFault, status: int, content_type: str | None, retry_after: str | None
) -> None:
    code = app.code()
    app.sandbox.knobs.token_fault = fault
    response = app.redeem(code)
    assert response.status_code == status
    assert response.headers.get("content-type", "").startswith(content_type or "")
    assert response.headers.get("retry-after") == retry_after
    app.sandbox.knobs.token_fault = None
    assert app.redeem(code).status_code == 200


def test_a_truncated_answer_is_no_json_and_its_code_is_spent(app: DemoApp) -> None:
    app.sandbox.knobs.token_fault = "truncated"
    code = app.code()
    with pytest.raises(json.JSONDecodeError):
        app.redeem(code).json()
    app.sandbox.knobs.token_fault = None
    assert app.redeem(code).status_code == 400


def test_an_answer_can_be_oversized_or_of_the_wrong_type(app: DemoApp) -> None:
    app.sandbox.knobs.token_fault = "oversized"
    assert len(app.redeem(app.code()).content) > 8_000_000
    app.sandbox.knobs.token_fault = "wrong_type"
    response = app.redeem(app.code())
    assert response.headers["content-type"].startswith("text/html")
    assert "access_token" in response.json()


def test_a_fault_can_be_counted(app: DemoApp) -> None:
    app.sandbox.knobs.token_fault, app.sandbox.knobs.token_fault_count = "503_text", 2
    answers = [app.post(grant_type="client_credentials", auth=BASIC).status_code for _ in range(3)]
    assert answers == [503, 503, 200]


def test_a_slow_answer_outlasts_the_patience_of_a_client(app: DemoApp) -> None:
    app.sandbox.knobs.token_delay = 30
    app.http.timeout = 0.05
    with pytest.raises(httpx.ReadTimeout):
        app.app_token()


@pytest.mark.parametrize(("fault", "status"), [("401", 401), ("429_long", 429), ("500_json", 500), ("502_html", 502)])
def test_the_web_api_has_faults_of_its_own(app: DemoApp, fault: ApiFault, status: int) -> None:
    token = app.log_in()["access_token"]
    app.sandbox.knobs.api_fault, app.sandbox.knobs.api_fault_count = fault, 1
    assert [app.get("/me", token).status_code for _ in range(2)] == [status, 200]


def test_a_fault_of_the_web_api_lasts_until_it_is_turned_off(app: DemoApp) -> None:
    token = app.log_in()["access_token"]
    app.sandbox.knobs.api_fault = "503_text"
    assert [app.get("/me", token).status_code for _ in range(3)] == [503, 503, 503]
