"""
How the documentation is built: ``nox -s docs`` does it, with every warning taken for an error.

The build asks no other machine anything. So there is no intersphinx: types of other packages are named, and not linked.
"""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))

project = "spotantic_nb"
author = "The spotantic_nb founders"
project_copyright = "The spotantic_nb founders"
version = release = version_of("spotantic-nb")

extensions = ["myst_nb", "sphinx.ext.autodoc", "accessible", "docstrings", "executed", "from_the_source"]
exclude_patterns = ["_*"]

html_theme = "furo"
html_title = "spotantic_nb"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False  # a notebook is stored without its outputs, and shown with them
html_show_sourcelink = False

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3
smartquotes = False  # an option has two hyphens, and an error text is to be found as it is

# The notebooks come with their outputs, see _extensions/executed.py.
nb_custom_formats = {".ipynb": "executed.notebook"}
nb_execution_mode = "off"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True

nitpicky = True
nitpick_ignore_regex = [
    # Of the standard library and of other packages, also where only a type checker imports them.
    ("py:class", r"(annotated_types|collections|datetime|httpx|pathlib|pydantic\w*|requests)\..*"),
    ("py:class", r"Client|ClientMiddlewareType|SpotanticClient|Spotify"),
    # What the type of a field that pydantic checks is made of.
    ("py:class", r"PydanticUndefined|spotantic_nb\._requests\._keep_valid_url"),
    # What a manager may be given in place of its own, for tests.
    ("py:class", r"spotantic_nb\.auth\._(accounts\.AccountsService|store\.TokenStore)"),
]
