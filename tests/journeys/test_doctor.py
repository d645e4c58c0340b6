"""The doctor in a real kernel: its report, its buttons, its help, and what it knows of the kernel."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from kernels import NOTEBOOK, Kernel

from spotantic_nb.sandbox import Sandbox, ScriptedUser


def test_it_returns_a_report_that_is_shown_as_html_and_text(kernel: Kernel) -> None:
    cell = kernel.run("%spotantic_doctor", metadata=NOTEBOOK)
    assert cell.ok, cell.error
    [shown] = [data for data in cell._data if "text/html" in data]
    assert "Spotify login: 0 broken" in shown["text/plain"]
    assert ">ok</span>" in shown["text/html"]
    assert kernel.value("type(_).__name__") == "Report"


def test_a_button_sets_right_what_it_can_and_says_so(kernel: Kernel, spotify_project: Path) -> None:
    (spotify_project / ".env").chmod(0o644)
    cell = kernel.run("%spotantic_doctor", metadata=NOTEBOOK)
    assert "env-file-mode" in cell.text
    kernel.click(cell.box, "Make .env private")
    kernel.wait_until(lambda: "is 0600 now." in kernel.models.text_of(cell.box))
    assert (spotify_project / ".env").stat().st_mode & 0o777 == 0o600
    again = kernel.run("%spotantic_doctor", metadata=NOTEBOOK)
    assert "env-file-mode" not in again.text


def test_in_a_console_there_are_no_buttons(kernel: Kernel, spotify_project: Path) -> None:
    (spotify_project / ".env").chmod(0o644)
    cell = kernel.run("%spotantic_doctor")
    assert "chmod 600" in cell.text
    assert not [data for data in cell._data if "application/vnd.jupyter.widget-view+json" in data]


def test_as_json_it_is_printed_and_holds_no_secret(kernel: Kernel, sandbox: Sandbox) -> None:
    kernel.run("%spotantic_login", metadata=NOTEBOOK)
    ScriptedUser().follow(kernel.value("__import__('spotantic_nb').Session.current().pending_login.url"))
    kernel.run("token = %spotantic_token")
    cell = kernel.run("%spotantic_doctor --json --online", metadata=NOTEBOOK)
    document = json.loads("".join(out["text"] for out in cell.outputs))
    assert document["front_end"] == {"name": "A notebook", "prompts": True, "widgets": True}
    assert [found["level"] for found in document["findings"] if found["name"] == "service"] == ["green"]
    secrets = {sandbox.client_secret, sandbox.client_id, "Ada Fjordmark"}
    secrets |= {kernel.value(f"token.{name}.get_secret_value()") for name in ("access_token", "refresh_token")}
    assert not [secret for secret in secrets if secret in cell.text]


def test_its_options_are_completed_and_its_help_says_what_it_looks_at(kernel: Kernel) -> None:
    kernel.run("%config Completer.use_jedi = False")
    assert kernel.tab("%spotantic_doctor --o") == ["--online"]
    assert {"--online", "--json"} <= set(kernel.tab("%spotantic_doctor --"))
    assert "%spotantic_doctor" in kernel.tab("%spotantic_do")
    help_of_it = kernel.run("%spotantic_doctor?")
    assert help_of_it.reply
    assert "Find what keeps a login from working" in json.dumps(help_of_it.reply["payload"])


def test_an_error_that_it_can_explain_names_it(kernel: Kernel, spotify_project: Path) -> None:
    (spotify_project / ".env").write_text("SPOTANTIC_AUTH_CLIENT_ID=your-client-id\n")
    assert kernel.run("%spotantic_login").error.endswith("%spotantic_doctor says more.")
    assert "client-id-shape" in kernel.run("%spotantic_doctor").text


def test_a_patch_that_loses_the_cells_of_this_kernel_is_found(new_kernel: Callable[..., Kernel]) -> None:
    ipykernel = pytest.importorskip("ipykernel")
    kernel = new_kernel(first="import nest_asyncio; nest_asyncio.apply()")
    found = "nest-asyncio-loses-cells" in kernel.run("%spotantic_doctor").text
    assert found == (ipykernel.version_info[:2] >= (7, 1))


def test_where_notebooks_are_run_by_a_program_it_says_that_nobody_is_there(
    kernel: Kernel, spotify_project: Path, sandbox: Sandbox
) -> None:
    env_file = spotify_project / ".env"
    env_file.write_text(env_file.read_text().replace(sandbox.client_secret, ""))
    cell = kernel.run("%spotantic_doctor", allow_stdin=False)
    assert "nobody-to-ask" in cell.text
