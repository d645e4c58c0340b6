"""The scripted user: reads pages, fills in forms, and says what stopped it."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from spotantic_nb.sandbox import ScriptedUser
from tests.sandbox.conftest import DemoApp


def test_an_error_page_is_raised_with_its_text(app: DemoApp) -> None:
    with pytest.raises(RuntimeError, match="client_id: Invalid"):
        ScriptedUser().answer(app.authorize_url(client_id="nonsense"))


def test_a_person_who_does_not_live_here_cannot_answer(app: DemoApp) -> None:
    with pytest.raises(RuntimeError, match="shows mallory no way on"):
        ScriptedUser("mallory").answer(app.authorize_url())


def test_no_state_is_in_what_is_raised(app: DemoApp) -> None:
    with pytest.raises(RuntimeError) as raised:
        ScriptedUser("mallory").answer(app.authorize_url())
    assert "state-of-this-attempt" not in str(raised.value)


def test_the_person_who_answers_is_the_one_who_is_logged_in(app: DemoApp) -> None:
    token = app.log_in(ScriptedUser("grace"))["access_token"]
    assert app.get("/me", token).json()["display_name"] == "Grace Okonwater"


def test_following_also_calls_the_listener(app: DemoApp) -> None:
    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"denied" if b"access_denied" in self.path.encode() else b"done")

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Listener) as listener:
        threading.Thread(target=listener.handle_request).start()
        url = app.authorize_url(redirect_uri=f"http://127.0.0.1:{listener.server_port}/callback")
        assert ScriptedUser().follow(url, decision="cancel").text == "denied"


def test_a_visitor_sent_in_circles_gives_up(app: DemoApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app.sandbox.knobs.login_hop = True
    monkeypatch.setattr("spotantic_nb.sandbox._people.Browsers.user_id", lambda *_: None)
    with pytest.raises(RuntimeError, match="in circles"):
        ScriptedUser().answer(app.authorize_url())
