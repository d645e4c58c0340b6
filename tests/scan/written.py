"""A notebook as front-ends write it, with a secret in every place that one gets into."""

import base64
from typing import Any

from made_up import ACCESS, ANSWER, LINK, REFRESH, SECRET

WIDGETS = "application/vnd.jupyter.widget-state+json"


def stream(text: str) -> dict[str, Any]:
    return {"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)}


def display(**data: Any) -> dict[str, Any]:
    return {"data": data, "metadata": {}, "output_type": "display_data"}


def cell(kind: str, name: str, source: str, **fields: Any) -> dict[str, Any]:
    return {"cell_type": kind, "id": name, "metadata": {}, "source": source.splitlines(keepends=True), **fields}


def code(name: str, source: str, *outputs: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return cell("code", name, source, **{"execution_count": 1, "outputs": list(outputs), **fields})


def model(name: str, **state: Any) -> dict[str, Any]:
    return {
        "model_module": "@jupyter-widgets/controls",
        "model_module_version": "2.0.0",
        "model_name": name,
        "state": {"_model_name": name, "layout": "IPY_MODEL_a", **state},
    }


PICTURE = base64.b64encode(bytes(range(256)) * 3).decode()

CELLS = [
    cell("markdown", "words", "# Ärger mit *Tönen* \u2028 ♫\n![](attachment:a.png)"),
    code("first", "print(token)", stream("one\n"), stream(f"{ACCESS}\nend\n"), stream("two\n")),
    code("every", "show()", stream(f"{REFRESH}\n"), display(**{"text/html": [f"<a href='{LINK}'>\n", "x</a>"]})),
    code("clean", "figure", display(**{"image/png": f"{PICTURE}\n", "text/plain": "<Figure>"})),
    code("last", "", stream("kept\n"), stream(f"{ANSWER}\n")),
    code("typed", f"client_secret = '{SECRET}'\nprint(1)", stream("1\n")),
    cell("raw", "pasted", f"see {ANSWER}"),
    cell(
        "markdown",
        "pictures",
        "![](attachment:b.png)",
        attachments={
            "a.png": {"image/png": PICTURE},
            "b.png": {"image/png": base64.b64encode(f"\x89PNG {ACCESS}".encode("latin-1")).decode()},
            "c.svg": {"image/svg+xml": [f"<svg>{LINK}</svg>"]},
        },
    ),
    code("noted", "1", metadata={"note": REFRESH}),
]

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "papermill": {"parameters": {"token": ACCESS}},
    "widgets": {
        WIDGETS: {
            "state": {
                "a": model("LayoutModel"),
                "b": model("HTMLModel", value=f"<a href='{LINK}'>Log in</a>"),
                "c": model("PasswordModel", value=REFRESH, placeholder="paste"),
                "d": model("DropdownModel", _options_labels=["none", ACCESS], index=0),
                "e": {
                    **model("FileUploadModel"),
                    "buffers": [
                        {
                            "data": base64.b64encode(f"client_secret={SECRET}".encode()).decode(),
                            "encoding": "base64",
                            "path": ["value", 0, "content"],
                        }
                    ],
                },
                "f": model("OutputModel", outputs=[stream(f"{ACCESS}\n")]),
                "g": model("ImageModel", value=PICTURE),
            },
            "version_major": 2,
            "version_minor": 0,
        }
    },
}

NOTEBOOK = {"cells": CELLS, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}

FINDS = {
    (2, "first", "output 2", "access token"),
    (3, "every", "output 1", "refresh token or authorization code"),
    (3, "every", "output 2", "link of a login"),
    (5, "last", "output 2", "authorization code"),
    (6, "typed", "source", "client secret"),
    (7, "pasted", "source", "authorization code"),
    (8, "pictures", "attachment 2", "access token"),
    (8, "pictures", "attachment 3", "link of a login"),
    (9, "noted", "metadata", "refresh token or authorization code"),
    (None, "", "metadata of the notebook", "access token"),
    (None, "", "widget state", "access token"),
    (None, "", "widget state", "client secret"),
    (None, "", "widget state", "link of a login"),
    (None, "", "widget state", "refresh token or authorization code"),
}
"""Cell, its id, the part of it, and the kind, of all that is in the notebook."""

LEFT = {find for find in FINDS if find[2] in {"source", "metadata", "metadata of the notebook"}}
"""What somebody wrote, or another program: nothing clears it."""
