"""
What theme and highlighter leave out for those who do not see a page, or use no mouse.

The captions of the navigation get the level that a heading has to have, and what scrolls can be reached by Tab.
"""

from typing import Any

from sphinx.application import Sphinx

_IN_NAVIGATION = {'role="heading"': 'role="heading" aria-level="2"'}
_IN_BODY = {
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div class="output text_html">': '<div tabindex="0" class="output text_html">',
}


def mend(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Change the parts of a page before they are put together."""
    for part, changes in (("furo_navigation_tree", _IN_NAVIGATION), ("body", _IN_BODY)):
        if part in context:
            context[part] = replaced(context[part], changes)


def replaced(text: str, changes: dict[str, str]) -> str:
    """Return a text with each of these replaced."""
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


def setup(app: Sphinx) -> dict[str, Any]:
    """Mend every page, after the theme has made its parts."""
    app.connect("html-page-context", mend, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
