"""A kernel that the browser cannot reach: the tab ends at an error page, and its address finishes the login."""

from pathlib import Path
from urllib.parse import urlsplit

from kernels import is_free
from labs import LAB, Notebook, free_port, new_notebook, open_link, picture, running
from machines import another_machine
from playwright.sync_api import BrowserContext, Page, expect

from spotantic_nb.sandbox import Sandbox


def test_the_address_of_the_error_page_finishes_a_login_of_a_kernel_out_of_reach(
    browser: BrowserContext, spotify_project: Path, sandbox: Sandbox, environ: dict[str, str], port: int
) -> None:
    environ["SSH_CONNECTION"] = "192.0.2.1 50000 192.0.2.2 22"  # whoever forwards a port has come by SSH
    listens_there = f"__import__('socket').create_connection(('127.0.0.1', {port})).close(); print('listens')"
    cells = ["%load_ext spotantic_nb", "%spotantic_login", listens_there]
    path = new_notebook(spotify_project, "remote.ipynb", *cells)
    lab_port, sandbox_port = free_port(), urlsplit(sandbox.url).port
    assert sandbox_port
    with (
        another_machine(theirs=lab_port, ours=sandbox_port) as there,
        running(LAB, spotify_project, environ, port=lab_port, on=there) as lab,
    ):
        notebook = Notebook(browser.new_page(), lab, path)
        notebook.run(0)
        login = notebook.run(1)
        expect(login.get_by_text("If the tab ends at an error page, copy its whole address")).to_be_visible()
        expect(notebook.run(2).get_by_text("listens", exact=True)).to_be_visible()
        assert is_free(port)

        tab = open_link(browser, login)
        with tab.expect_event("requestfailed") as failed:
            tab.get_by_role("button", name="Agree").click()
        expect(tab.locator("#main-message")).to_contain_text("127.0.0.1 refused to connect")
        picture(tab, "remote-error-page")
        address = address_in_the_bar(tab)
        assert address.startswith(f"http://127.0.0.1:{port}/callback?code=")
        assert (failed.value.url, failed.value.failure) == (address, "net::ERR_CONNECTION_REFUSED")
        expect(login.get_by_text("Waiting for your answer")).to_be_visible()

        picture(notebook.page, "remote-waiting")
        login.get_by_placeholder("or paste the address").fill(address)
        expect(login.get_by_text("Signed in as Ada")).to_be_visible()
        picture(notebook.page, "remote-done")


def test_a_proxy_of_the_server_brings_the_answer_and_nothing_is_pasted(
    browser: BrowserContext, spotify_project: Path, sandbox: Sandbox, environ: dict[str, str], port: int
) -> None:
    lab_port, sandbox_port = free_port(), urlsplit(sandbox.url).port
    assert sandbox_port
    redirect_uri = f"http://127.0.0.1:{lab_port}/proxy/{port}/callback"
    sandbox.register_app(client_id=sandbox.client_id, client_secret=sandbox.client_secret, redirect_uris=[redirect_uri])
    environ |= {"SPOTANTIC_AUTH_REDIRECT_URI": redirect_uri, "SPOTANTIC_AUTH_FORWARDED_TO": str(port)}
    environ |= {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
    path = new_notebook(spotify_project, "proxy.ipynb", "%load_ext spotantic_nb", "%spotantic_login")
    with (
        another_machine(theirs=lab_port, ours=sandbox_port) as there,
        running(LAB, spotify_project, environ, port=lab_port, on=there) as lab,
    ):
        notebook = Notebook(browser.new_page(), lab, path)
        notebook.run(0)
        login = notebook.run(1)
        expect(login.get_by_text("Follow the link and press Agree; the result appears here.")).to_be_visible()
        tab = open_link(browser, login)
        tab.get_by_role("button", name="Agree").click()
        expect(tab.get_by_role("heading", name="You can close this tab")).to_be_visible()
        picture(tab, "proxy-tab")
        assert address_in_the_bar(tab) == redirect_uri
        expect(login.get_by_text("Signed in as Ada")).to_be_visible()
        picture(notebook.page, "proxy-done")


def address_in_the_bar(tab: Page) -> str:
    """Return what a person copies from the address bar; the page itself is Chromium's own."""
    history = tab.context.new_cdp_session(tab).send("Page.getNavigationHistory")
    return str(history["entries"][history["currentIndex"]]["url"])
