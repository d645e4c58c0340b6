"""The doctor in JupyterLab and Notebook 7: a report to read, and buttons that set right what can be."""

from pathlib import Path

from labs import LOAD, Open
from playwright.sync_api import expect

# What of a badge stands out from what is behind it, as browsers compute it.
CONTRAST = """badge => {
    const light = color => {
        const [r, g, b] = color.match(/[\\d.]+/g).map(part => part / 255)
            .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const style = getComputedStyle(badge), [dark, bright] = [style.backgroundColor, style.color].map(light).sort();
    return (bright + 0.05) / (dark + 0.05);
}"""

READABLE = 4.5
"""The least contrast of text, WCAG 2, success criterion 1.4.3."""


def test_the_worst_is_read_first_and_a_button_sets_right_what_it_can(
    open_notebook: Open, spotify_project: Path
) -> None:
    with (spotify_project / ".env").open("a") as file:
        file.write("SPOTANTIC_AUTH_REDIRECT_URI=http://localhost:8888/callback\nSPOTANTIC_AUTH_SCOPES=user-top-read\n")
    (spotify_project / ".env").chmod(0o644)
    notebook = open_notebook(LOAD, "%spotantic_doctor")
    notebook.run(0)
    cell = notebook.run(1)
    badges = cell.locator("span", has_text="broken")
    expect(badges).to_have_count(1)
    expect(cell.locator("tr").first).to_contain_text("redirect-uri-localhost")
    expect(cell.locator("tr").first).to_contain_text("SPOTANTIC_AUTH_REDIRECT_URI=http://127.0.0.1:8888/callback")
    assert badges.evaluate(CONTRAST) >= READABLE
    notebook.pictures("doctor")
    cell.get_by_role("button", name="Make .env private").click()
    expect(cell).to_contain_text("is 0600 now.")
    notebook.pictures("doctor-fixed")
    assert (spotify_project / ".env").stat().st_mode & 0o777 == 0o600
