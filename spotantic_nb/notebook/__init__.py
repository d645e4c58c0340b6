"""The notebook's face: the only place that knows IPython and ipywidgets."""
