"""Every secret is found, and cleared, in what JupyterLab and Notebook 7 save with the state of widgets."""

import json
from collections import defaultdict
from pathlib import Path

import nbformat
from labs import Open
from planted import OUTPUTS, SECRETS, WIDGETS, holding, log_in, outputs_with, secrets_of_links

from spotantic_nb.scan import KnownSecrets, clear, scan

TYPED = "typed = widgets.Password(placeholder='type here'); typed"
ASKED = "asked = input('token: ')"


def test_every_secret_is_found_and_cleared(open_notebook: Open, spotify_project: Path) -> None:
    secrets = log_in()
    notebook = open_notebook(SECRETS, *OUTPUTS, *WIDGETS, TYPED, ASKED, "print('the end')")
    cells = [SECRETS, *OUTPUTS, *WIDGETS, TYPED]
    for index in range(len(cells)):
        notebook.run(index)
    notebook.cell(len(cells) - 1).get_by_placeholder("type here").fill(secrets[0])
    prompt = notebook.begin(len(cells)).locator(".jp-Stdin-input")
    prompt.fill(secrets[1])
    prompt.press("Enter")
    notebook.run(len(cells) + 1)
    notebook.save(with_text="the end\\n", with_widgets=True)
    path = spotify_project / "a.ipynb"

    found = defaultdict(set)
    for find in scan([path], KnownSecrets({})).finds:
        found[find.cell].add(find.kind)
    assert {code: found[number] for number, code in enumerate(OUTPUTS, 2)} == {
        code: {kind} for code, kind in OUTPUTS.items()
    }
    assert found[None] == {*WIDGETS.values()}
    assert found[len(cells) + 1] == {"refresh token or authorization code"}

    before = json.loads(path.read_text())
    leaking = outputs_with(before, [*secrets, *secrets_of_links(path.read_text())])
    clear(path)
    text = path.read_text()
    assert holding(text, secrets) == []
    after = json.loads(text)
    nbformat.validate(after)
    for number, cell in enumerate(before["cells"]):
        kept = [output for index, output in enumerate(cell["outputs"]) if index not in leaking[number]]
        assert after["cells"][number] == {**cell, "outputs": kept}
    assert {path.name for path in spotify_project.rglob("*.ipynb")} == {"a.ipynb", "a-checkpoint.ipynb"}
