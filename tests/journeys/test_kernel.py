"""Whole stories in real kernels, told through what a front-end sends and sees."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from kernels import NOTEBOOK, Kernel, is_free

from spotantic_nb.sandbox import Sandbox, ScriptedUser


def test_run_all_completes_once_the_link_is_followed(kernel: Kernel) -> None:
    login, token, last = kernel.send("%spotantic_login"), kernel.send("token = %spotantic_token"), kernel.send("token")
    kernel.wait_until(lambda: login.is_done)
    assert token.reply is None
    ScriptedUser().follow(kernel.link(login))
    kernel.wait_until(lambda: last.is_done)
    assert token.ok
    assert "SecretStr('**********')" in last.text


def test_the_token_of_a_login_is_one_that_the_web_api_accepts(kernel: Kernel, sandbox: Sandbox) -> None:
    log_in(kernel)
    token = kernel.value("get_ipython().run_line_magic('spotantic_token', '--reveal')")
    reply = httpx.get(f"{sandbox.api_url}/me", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    assert reply.status_code == 200


def test_the_output_of_a_login_says_who_signed_in_and_keeps_no_link(kernel: Kernel) -> None:
    login = log_in(kernel)
    kernel.wait_until(lambda: "Signed in as " in login.text)
    assert "authorize?" not in str(login.outputs)


def test_a_restarted_kernel_has_the_token_without_a_login(kernel: Kernel) -> None:
    log_in(kernel)
    kernel.restart()
    cell = kernel.run("%load_ext spotantic_nb\n%spotantic_token")
    assert "AccessTokenInfo" in cell.text


def test_a_notebook_in_a_sub_folder_shares_the_login(new_kernel: Callable[..., Kernel], spotify_project: Path) -> None:
    log_in(new_kernel())
    folder = spotify_project / "notebooks" / "2026"
    folder.mkdir(parents=True)
    assert "Signed in as " in new_kernel(folder).run("%spotantic_login").text


def test_the_pasted_address_completes_a_login_at_the_prompt(kernel: Kernel) -> None:
    login = kernel.send("%spotantic_login --paste")
    kernel.on_prompt = lambda: kernel.answers.append(ScriptedUser().answer(kernel.link(login)))
    kernel.wait_until(lambda: login.is_done)
    assert login.ok, login.error
    assert kernel.prompts == ["Paste the address, or press Enter when the tab says done: "]


def test_rubbish_at_the_prompt_is_refused_with_a_reason_and_asked_for_again(kernel: Kernel) -> None:
    login = kernel.send("%spotantic_login --paste")
    right = lambda: ScriptedUser().answer(kernel.link(login))  # noqa: E731
    wrong = ["AQ-only-a-code", "", "https://example.com/callback?code=1"]
    kernel.on_prompt = lambda: kernel.answers.append(wrong.pop(0) if wrong else right())
    kernel.wait_until(lambda: login.is_done)
    assert login.ok, login.error
    assert "a code alone cannot show" in login.text
    assert "No answer has arrived yet." in login.text


def test_enter_at_the_prompt_ends_it_when_the_listener_got_the_answer(kernel: Kernel) -> None:
    login = kernel.send("%spotantic_login --paste")
    kernel.on_prompt = lambda: (ScriptedUser().follow(kernel.link(login)), kernel.answers.append(""))
    kernel.wait_until(lambda: login.is_done)
    assert login.ok, login.error
    assert "Signed in as " in kernel.run("%spotantic_login").text


def test_stop_during_the_wait_leaves_the_kernel_healthy_and_the_login_pending(kernel: Kernel) -> None:
    login = kernel.run("%spotantic_login")
    wait = kernel.send("print('waiting'); token = get_ipython().run_line_magic('spotantic_token', '')")
    kernel.wait_until(lambda: "waiting" in wait.text)
    kernel.interrupt()
    kernel.wait_until(lambda: wait.is_done)
    assert wait.reply is not None
    assert wait.reply["ename"] == "KeyboardInterrupt"
    assert kernel.value("6 * 7") == "42"
    ScriptedUser().follow(kernel.link(login))
    assert kernel.run("%spotantic_token").ok


def test_running_the_login_again_replaces_the_one_on_its_way(kernel: Kernel) -> None:
    first = kernel.run("%spotantic_login")
    old_link = kernel.link(first)
    second = kernel.run("%spotantic_login")
    assert ScriptedUser().follow(old_link).status_code == 400
    assert ScriptedUser().follow(kernel.link(second)).status_code == 200
    kernel.wait_until(lambda: "The login was cancelled." in first.text)
    assert kernel.run("%spotantic_token").ok


def test_without_stdin_and_token_a_login_is_refused_in_one_line(kernel: Kernel, port: int) -> None:
    cell = kernel.run("%spotantic_login", allow_stdin=False)
    assert cell.error.startswith("NotLoggedInError: Not logged in, and nobody is there to be asked.")
    assert len(cell.error.splitlines()) == 1
    assert is_free(port)


def test_without_stdin_a_token_of_the_project_is_used(kernel: Kernel) -> None:
    log_in(kernel)
    assert "Signed in as " in kernel.run("%spotantic_login", allow_stdin=False).text


def test_the_client_flow_needs_no_person(kernel: Kernel) -> None:
    cell = kernel.run("%spotantic_login client", allow_stdin=False)
    assert cell.ok, cell.error
    assert "Signed in, valid until" in cell.text


def test_refresh_moves_the_expiry_and_logout_ends_the_login(kernel: Kernel) -> None:
    log_in(kernel)
    expiry = "__import__('spotantic_nb').Session.current().status.expires_at"
    before = kernel.value(expiry)
    assert kernel.run("%spotantic_refresh").ok
    assert kernel.value(expiry) > before
    assert "Signed out." in kernel.run("%spotantic_logout").text
    assert "NotLoggedInError" in kernel.run("%spotantic_token").error


def test_status_tells_all_but_the_secrets(kernel: Kernel, spotify_project: Path, sandbox: Sandbox) -> None:
    log_in(kernel)
    text = kernel.run("%spotantic_status").text
    for told in ("Ada", "pkce", "user-top-read", str(spotify_project / ".spotantic"), str(spotify_project / ".env")):
        assert told in text
    assert sandbox.client_secret not in text


def test_the_sandbox_switch_needs_neither_settings_nor_account(kernel: Kernel, spotify_project: Path) -> None:
    (spotify_project / ".env").unlink()
    assert "Sandbox on at" in kernel.run("%spotantic_sandbox on").text
    log_in(kernel)
    assert kernel.run("%spotantic_token").ok
    assert "Sandbox off" in kernel.run("%spotantic_sandbox off").text
    assert "SPOTANTIC_AUTH_CLIENT_ID" in kernel.run("%spotantic_token").error
    assert not list(spotify_project.glob(".spotantic/*.json"))


def test_a_reload_with_the_sandbox_on_says_that_it_is_off(kernel: Kernel, spotify_project: Path) -> None:
    (spotify_project / ".env").unlink()
    kernel.run("%spotantic_sandbox on")
    log_in(kernel)
    said = kernel.run("%reload_ext spotantic_nb").text
    assert "Sandbox off, because the extension was unloaded." in said
    assert len(said.strip().splitlines()) == 1
    assert "No app is set up" in kernel.run("%spotantic_status").text
    assert "spotify-sandbox" not in kernel.value("__import__('threading').enumerate()")
    assert "Sandbox on at" in kernel.run("%spotantic_sandbox on").text


def test_a_reload_keeps_a_login_that_is_in_memory_only(kernel: Kernel, spotify_project: Path) -> None:
    with (spotify_project / ".env").open("a") as file:
        file.write("SPOTANTIC_AUTH_STORE_ACCESS_TOKEN=false\n")
    log_in(kernel)
    assert kernel.run("%reload_ext spotantic_nb").text.strip() == ""
    assert "Signed in as Ada" in kernel.run("%spotantic_status").text


def test_a_missing_setting_is_one_line_with_variable_and_file(kernel: Kernel, spotify_project: Path) -> None:
    (spotify_project / ".env").write_text("")
    error = kernel.run("%spotantic_login").error
    assert error == (
        "ConfigurationError: No app is set up for this project: SPOTANTIC_AUTH_CLIENT_ID is not set. "
        f"Set it in the environment or in {spotify_project / '.env'}; %spotantic_panel shows how. "
        "%spotantic_doctor says more."
    )


@pytest.mark.parametrize("code", ["%spotantic_login pkc", "%spotantic_login --scope a pkce", "%spotantic_token --nope"])
def test_a_mistyped_line_is_answered_in_one_line(kernel: Kernel, code: str) -> None:
    cell = kernel.run(code)
    assert not cell.ok
    assert "Traceback" not in cell.text


def test_a_saved_notebook_says_who_had_signed_in(kernel: Kernel) -> None:
    cells = [kernel.run(f"%spotantic_{magic}", metadata={"cellId": magic}) for magic in ("panel", "login")]
    ScriptedUser().follow(kernel.value("__import__('spotantic_nb').Session.current().pending_login.url"))
    kernel.wait_until(lambda: all("Spotify: signed in as Ada Fjordmark." in cell.text for cell in cells))
    assert "authorize?" not in str([cell.outputs for cell in cells])
    kernel.run("%spotantic_logout")
    kernel.wait_until(lambda: "Spotify: signed out." in cells[0].text)


@pytest.mark.parametrize("again", ["%spotantic_panel", "%unload_ext spotantic_nb"])
def test_a_panel_that_is_closed_leaves_a_line_where_another_tab_still_shows_it(kernel: Kernel, again: str) -> None:
    panel = kernel.run("%spotantic_panel", metadata=NOTEBOOK)
    kernel.run(again, metadata=NOTEBOOK)
    kernel.wait_until(lambda: panel.text.strip().startswith("This box was closed"))
    assert "application/vnd.jupyter.widget-view+json" not in str(panel.outputs)


def log_in(kernel: Kernel) -> "object":
    """Log in by following the link, to the end."""
    cell = kernel.run("%spotantic_login")
    assert cell.ok, cell.error
    ScriptedUser().follow(kernel.link(cell))
    assert kernel.run("_token = get_ipython().run_line_magic('spotantic_token', '')").ok
    return cell
