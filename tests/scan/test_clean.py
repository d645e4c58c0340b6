"""Nothing is found in two hundred notebooks with nothing secret in them, though all sorts of things look like it."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
from kernels import NOTEBOOK, Cell, Kernel
from made_up import CLEAN

import spotantic_nb
from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.scan import scan

PACKAGE = Path(spotantic_nb.__file__).parent
ROOT = PACKAGE.parent

SHOWN = """
import base64, hashlib, json, os, random, subprocess, uuid
import ipywidgets as widgets, matplotlib.pyplot as plt, numpy as np, pandas as pd
from IPython.display import HTML, JSON, Image, display
%matplotlib inline
"""

CODE = [
    "plt.imshow(np.random.rand(60, 60)); plt.show()",
    "display({'image/png': base64.encodebytes(os.urandom(300_000)).decode()}, raw=True)",
    "display({'image/jpeg': base64.b64encode(os.urandom(300_000)).decode()}, raw=True)",
    "HTML(f'<img src=\"data:image/png;base64,{base64.b64encode(os.urandom(50_000)).decode()}\">')",
    "JSON({'y': {'dtype': 'i4', 'bdata': base64.b64encode(np.arange(1, 500, dtype='int32').tobytes()).decode()}})",
    "JSON([base64.b64encode(np.random.rand(n).tobytes()).decode() for n in range(1, 300)])",
    "JSON([base64.b64encode(np.arange(5, n, dtype=kind).tobytes()).decode() for n in range(6, 90) for kind in 'iqfd'])",
    "JSON([base64.urlsafe_b64encode(b'~' + os.urandom(n)).decode() for n in range(20, 400)])",
    "print(*(uuid.uuid4() for _ in range(2000)))",
    "print(*(hashlib.new(name, os.urandom(9)).hexdigest() for name in ('md5', 'sha1', 'sha512') for _ in range(500)))",
    "print(subprocess.check_output(['git', '-C', ROOT, 'log', '-50', '--raw', '--no-abbrev'], text=True))",
    "pd.DataFrame({'client_secret': ['set', 'unset'], 'md5': [hashlib.md5(b).hexdigest() for b in (b'1', b'2')]})",
    "pd.DataFrame(np.random.rand(500, 9))",
    "widgets.VBox([widgets.Image(value=os.urandom(50_000)), widgets.Text('client_secret='), widgets.FloatSlider()])",
    "def fetch(access_token, client_secret='client_secret'): return {}['refresh_token']\nfetch('BQDx')",
    "%xmode Verbose\nfetch(session.token())",
    "help(session.login)",
    "session.token()",
    "session.headers()",
    "%spotantic_status",
    "%spotantic_token --header",
    "vars(session.settings), session.settings",
    "session.client().get('me').request.headers",
    "session.client().get('me').json()",
    "%spotantic_panel",
    "print(AuthSettings(scope='a').model_dump())",
    "session.spotipy().current_user_top_tracks(limit=3)",
    "raise RuntimeError('https://accounts.spotify.com/authorize?response_type=code&state=')",
]
"""
Cells that show nothing secret; each is run several times, for what is random in them.

Of long random texts in base64url, one in 32,768 begins as a token does, and cannot be told from one: here none does.
"""


def test_nothing_is_found_in_two_hundred_clean_notebooks(
    new_kernel: Callable[..., Kernel], spotify_project: Path, tmp_path: Path
) -> None:
    clean = tmp_path / "clean"
    clean.mkdir()
    for number, notebook in enumerate(clean_notebooks(new_kernel())):
        nbformat.validate(notebook)
        nbformat.write(notebook, clean / f"{number}.ipynb")
    report = scan([clean, spotify_project])
    assert [str(find) for find in report.finds] == []
    assert (report.notebooks >= 200, report.unreadable) == (True, {})


def clean_notebooks(kernel: Kernel) -> Iterator[nbformat.NotebookNode]:
    for path in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.css")]:
        if Sandbox.client_secret not in path.read_text():
            yield notebook_of(nbformat.v4.new_code_cell(path.read_text()))
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        yield notebook_of(*(nbformat.v4.new_markdown_cell(part) for part in path.read_text().split("\n## ")))
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        yield nbformat.read(path, as_version=4)
    for text in CLEAN.values():
        yield notebook_of(nbformat.v4.new_raw_cell(text), with_stream(text))
    yield executed(kernel, code_of("03_hand_over.ipynb"))
    kernel.run("from spotantic_nb import AuthSettings, Session; session = Session.current()")
    kernel.run(f"{SHOWN}\nROOT = {str(ROOT)!r}")
    for some in [CODE[at : at + 2] for at in range(0, len(CODE), 2)] * 3:
        yield executed(kernel, some)


def code_of(name: str) -> list[str]:
    cells = json.loads((ROOT / "notebooks" / name).read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def executed(kernel: Kernel, sources: list[str]) -> nbformat.NotebookNode:
    """Run cells, and return the notebook that a front-end would save, with the state of its widgets."""
    cells = []
    for source in sources:
        shown = kernel.run(source, metadata=NOTEBOOK)
        if source == "%spotantic_login":
            ScriptedUser().follow(kernel.link(shown))
            kernel.wait_until(lambda: "igned in as" in shown.text)  # noqa: B023 - waited for within the loop
        cells.append(nbformat.v4.new_code_cell(source, outputs=list(outputs_of(shown))))
    notebook = notebook_of(*cells)
    state = {name: {"model_name": "M", "state": encoded(model)} for name, model in kernel.models.open.items()}
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": state}}
    return notebook


def encoded(value: object) -> object:
    """Return the state of a model as it is saved."""
    if isinstance(value, dict):
        return {name: encoded(inner) for name, inner in value.items()}
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def outputs_of(shown: Cell) -> Iterator[nbformat.NotebookNode]:
    for output in shown.outputs:
        if "ename" in output:
            yield nbformat.v4.new_output("error", **{key: output[key] for key in ("ename", "evalue", "traceback")})
        elif "text" in output:
            yield nbformat.v4.new_output("stream", name=output["name"], text=output["text"])
        else:
            yield nbformat.v4.new_output("display_data", data=output["data"], metadata=output["metadata"])


def with_stream(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("stream", text=text)])


def notebook_of(*cells: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=list(cells))
