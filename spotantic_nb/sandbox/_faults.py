"""
Faults: what a service, or the network in front of it, sends on a bad day.

Some come instead of an answer; others spoil a true one, whose effects have then already happened.
"""

from collections.abc import Callable, Mapping

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from spotantic_nb.sandbox._knobs import ApiFault, Knobs, TokenFault

_QUOTA_EXCEEDED = {"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}}
_PORTAL = "<!doctype html><title>Welcome</title><p>Accept the terms of this network to go online.</p>"
_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_NO_UPSTREAM = "upstream connect error or disconnect/reset before headers. reset reason: connection failure"
_FAR_TOO_MUCH = 8 * 1024 * 1024

_INSTEAD: Mapping[str, Callable[[], Response]] = {
    "429": lambda: PlainTextResponse("Too many requests", 429, {"Retry-After": "1"}),
    "429_long": lambda: JSONResponse(_QUOTA_EXCEEDED, 429, {"Retry-After": "48925"}),
    "429_bare": lambda: PlainTextResponse("Too many requests", 429),
    "500_json": lambda: JSONResponse({"error": "server_error"}, 500),
    "502_html": lambda: HTMLResponse(_BAD_GATEWAY, 502),
    "503_text": lambda: PlainTextResponse(_NO_UPSTREAM, 503),
    "504": lambda: PlainTextResponse("upstream request timeout", 504),
    "html_200": lambda: HTMLResponse(_PORTAL),
    "redirect": lambda: RedirectResponse("/api/elsewhere", status_code=307),
}

_SPOILING: Mapping[str, Callable[[bytes], Response]] = {
    "truncated": lambda body: Response(body[: len(body) // 2], media_type="application/json"),
    "oversized": lambda body: Response(body + b" " * _FAR_TOO_MUCH, media_type="application/json"),
    "wrong_type": lambda body: Response(body, media_type="text/html"),
}


def next_token_fault(knobs: Knobs) -> TokenFault | None:
    """Return the fault of the token request at hand, and count it."""
    if knobs.token_fault is None or knobs.token_fault_count is None:
        return knobs.token_fault
    if knobs.token_fault_count < 1:
        return None
    knobs.token_fault_count -= 1
    return knobs.token_fault


def next_api_fault(knobs: Knobs) -> ApiFault | None:
    """Return the fault of the API request at hand, and count it."""
    if knobs.api_fault is None or knobs.api_fault_count is None:
        return knobs.api_fault
    if knobs.api_fault_count < 1:
        return None
    knobs.api_fault_count -= 1
    return knobs.api_fault


def answer_instead(fault: TokenFault | ApiFault | None) -> Response | None:
    """Return what comes in place of an answer, if this fault does that."""
    make = _INSTEAD.get(fault or "")
    return make() if make else None


def spoiled(answer: Response, fault: TokenFault | None) -> Response:
    """Return the answer as this fault leaves it."""
    spoil = _SPOILING.get(fault or "")
    return spoil(bytes(answer.body)) if spoil else answer
