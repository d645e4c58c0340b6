"""Magics and widgets: the only place that knows IPython and ipywidgets."""
